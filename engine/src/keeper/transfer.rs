//! Moves the program's output into the log, and queued input to the program.

use super::{Keeper, child::Reading, masking::Masking, serving::TELL_AFTER};
use crate::log::LogWriter;
use execdeck_wire::Stream;
use std::time::Instant;

/// Pieces of one stream that are read before the others are looked at.
const READS_IN_A_ROW: usize = 4;

/// Writes output without its secrets, or holds back what may be the beginning of one.
pub(super) fn record(log: &mut LogWriter, masking: &mut Option<Masking>, stream: Stream, bytes: &[u8]) {
    match masking {
        None => log.append(stream, bytes),
        Some(masking) => masking.push(stream, bytes, |stream, bytes| log.append(stream, bytes)),
    }
}

/// Writes what is held back of a stream that has ended.
pub(super) fn record_rest(log: &mut LogWriter, masking: &mut Option<Masking>, stream: Stream) {
    if let Some(masking) = masking {
        masking.finish(stream, |stream, bytes| log.append(stream, bytes));
    }
}

impl Keeper {
    pub(super) fn read_outputs(&mut self, ready: &[bool]) {
        if !ready.contains(&true) {
            self.buffer.release_if_idle(Instant::now());
            return;
        }
        let mut ready = ready.iter();
        let (log, masking) = (&mut self.log, &mut self.masking);
        let (buffer, reply_expected) = (self.buffer.bytes(), self.reply_expected);
        self.outputs.retain_mut(|output| {
            if !ready.next().copied().unwrap_or(false) {
                return true;
            }
            let mut filled = 0;
            let mut open = true;
            let mut appended = 0;
            let mut yielded_at = None;
            let since = Instant::now();
            while appended < READS_IN_A_ROW {
                let room = buffer.len() - filled;
                match output.read(&mut buffer[filled..]) {
                    // A terminal returns little per read, however much there is, so reads are collected and written in
                    // one piece. But not for long: a trickle must not delay stops, input and timeouts.
                    Reading::Bytes(read) if output.stream == Stream::Terminal && read < room && since.elapsed() < TELL_AFTER => {
                        filled += read;
                    }
                    Reading::Bytes(read) => {
                        record(log, masking, output.stream, &buffer[..filled + read]);
                        filled = 0;
                        appended += 1;
                        if read < room {
                            break;
                        }
                    }
                    // The kernel passes a terminal's output on in the background: let it run, as long as that yields more.
                    Reading::Empty if filled > 0 && !reply_expected && yielded_at != Some(filled) => {
                        yielded_at = Some(filled);
                        std::thread::yield_now();
                    }
                    Reading::Empty => break,
                    Reading::Closed => {
                        open = false;
                        break;
                    }
                }
            }
            record(log, masking, output.stream, &buffer[..filled]);
            if !open {
                record_rest(log, masking, output.stream);
            }
            open
        });
    }

    /// Writes what has been held back for long enough, since it might have been the beginning of a secret.
    pub(super) fn release_overdue_output(&mut self) {
        if let Some(masking) = &mut self.masking {
            masking.release_overdue(Instant::now(), |stream, bytes| self.log.append(stream, bytes));
        }
    }

    pub(super) fn write_input(&mut self, ready: bool) {
        let Some(child) = &mut self.child else { return };
        if ready
            && let Some(input) = &mut child.input
            && self.input.write_to(input).is_err()
        {
            // The program has closed its input.
            child.input = None;
            self.input.clear();
        }
        if self.close_input && self.input.is_empty() {
            self.close_input = false;
            child.input = None;
        }
    }
}

//! The keeper's side of the output log. It never fails and never waits: what cannot be written becomes a gap.
//!
//! When written bytes go to the disk is the kernel's affair: asking for it early makes the process wait for the device,
//! and most of what a chatty process prints is forgotten before it would have to be there.

use super::{Record, segment_path};
use crate::folder::create_new;
use execdeck_wire::{OutputRange, Stream};
use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A run of one stream gets a new record after this many bytes or this long, so that offsets can be found by time and line.
const RECORD_EVERY: u64 = 64 * 1024;
const RECORD_AFTER: Duration = Duration::from_millis(20);
/// What a reader holds back may grow the output by its cap once more, or by this if the cap is smaller.
const HOLD_FLOOR: u64 = 64 << 20;

struct Segment {
    base: u64,
    len: u64,
    log: File,
    index: File,
}

/// Appends output in segments and forgets the oldest beyond the cap.
pub(crate) struct LogWriter {
    folder: PathBuf,
    cap: u64,
    segment_bytes: u64,
    current: Option<Segment>,
    /// Base and length of finished segments, oldest first.
    finished: VecDeque<(u64, u64)>,
    end: u64,
    lines: u64,
    last: Option<(Record, Instant)>,
    /// The oldest byte that a reader still wants.
    hold: Option<u64>,
}

impl LogWriter {
    /// A log in an empty folder that keeps about `cap` bytes.
    pub(crate) fn new(folder: PathBuf, cap: u64) -> Self {
        Self {
            folder,
            cap,
            segment_bytes: (cap / 8).clamp(64 << 10, 32 << 20),
            current: None,
            finished: VecDeque::new(),
            end: 0,
            lines: 0,
            last: None,
            hold: None,
        }
    }

    /// Which bytes there are.
    pub(crate) fn range(&self) -> OutputRange {
        let oldest = self.finished.front().map(|(base, _)| *base);
        let start = oldest.or(self.current.as_ref().map(|segment| segment.base)).unwrap_or(self.end);
        OutputRange { start, end: self.end }
    }

    /// Keeps the bytes from this offset on, within a bound, although the cap is passed.
    pub(crate) fn hold_from(&mut self, offset: Option<u64>) {
        self.hold = offset;
    }

    /// Appends bytes of one stream.
    pub(crate) fn append(&mut self, stream: Stream, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if let Ok(written) = self.append_some(stream, bytes) {
                bytes = &bytes[written..];
            } else {
                // A gap: the rest of this piece is lost, and the next one begins a segment of its own.
                self.close();
                self.end += bytes.len() as u64;
                self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
                return;
            }
        }
    }

    fn append_some(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        if self.current.as_ref().is_some_and(|segment| segment.len >= self.segment_bytes) {
            self.close();
            self.retain();
        }
        if self.current.is_none() {
            self.current = Some(self.open()?);
            self.last = None;
        }
        self.index(stream)?;
        let segment = self.current.as_mut().expect("a segment was opened above");
        let room = (self.segment_bytes - segment.len).min(bytes.len() as u64) as usize;
        let written = match segment.log.write(&bytes[..room]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        segment.len += written as u64;
        self.end += written as u64;
        self.lines += memchr::memchr_iter(b'\n', &bytes[..written]).count() as u64;
        Ok(written)
    }

    /// Writes a record where the stream changes or the last one is far behind. It comes before the bytes that it
    /// speaks of: a reader that knows of the bytes finds it.
    fn index(&mut self, stream: Stream) -> io::Result<()> {
        let due = self
            .last
            .is_none_or(|(last, at)| last.stream != stream || self.end - last.offset >= RECORD_EVERY || at.elapsed() >= RECORD_AFTER);
        if !due {
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let record = Record { offset: self.end, time_us: now.as_micros() as i64, lines: self.lines, stream };
        let segment = self.current.as_mut().expect("the index belongs to an open segment");
        segment.index.write_all(&record.encode())?;
        self.last = Some((record, Instant::now()));
        Ok(())
    }

    fn open(&self) -> io::Result<Segment> {
        let log = segment_path(&self.folder, self.end, "log");
        let index = segment_path(&self.folder, self.end, "idx");
        let opened = create_new(&index).and_then(|index| Ok((create_new(&log)?, index)));
        match opened {
            Ok((log, index)) => Ok(Segment { base: self.end, len: 0, log, index }),
            Err(error) => {
                let _ = fs::remove_file(index);
                Err(error)
            }
        }
    }

    fn close(&mut self) {
        let Some(segment) = self.current.take() else { return };
        if segment.len == 0 {
            self.unlink(segment.base);
        } else {
            self.finished.push_back((segment.base, segment.len));
        }
    }

    /// Removes whole oldest segments beyond the cap. What a reader holds stays, up to a bound.
    fn retain(&mut self) {
        let mut kept: u64 = self.finished.iter().map(|(_, len)| len).sum();
        while let Some(&(base, len)) = self.finished.front() {
            let held = self.hold.is_some_and(|offset| base + len > offset);
            let cap = if held { self.cap + self.cap.max(HOLD_FLOOR) } else { self.cap };
            // The segment that is about to be opened counts as well.
            if kept + self.segment_bytes <= cap || self.finished.len() == 1 {
                break;
            }
            kept -= len;
            self.finished.pop_front();
            self.unlink(base);
        }
    }

    fn unlink(&self, base: u64) {
        let _ = fs::remove_file(segment_path(&self.folder, base, "log"));
        let _ = fs::remove_file(segment_path(&self.folder, base, "idx"));
    }
}

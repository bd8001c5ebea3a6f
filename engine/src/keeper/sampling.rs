//! Samples of what the tree uses: often at first and ever more rarely, and rarely while nothing happens.

use super::{Keeper, sys};
use crate::{
    protocol,
    usage::{Measured, UsageWriter, measure},
};
use execdeck_wire::{Timestamp, Usage, UsageSample};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// The pause between samples in the first minute.
const FIRST_MINUTE: Duration = Duration::from_secs(1);
/// The pause in the first ten minutes.
const FIRST_TEN_MINUTES: Duration = Duration::from_secs(5);
/// The pause from then on.
const LATER: Duration = Duration::from_secs(30);
/// After the first minute, the pause doubles up to this while nothing changes and nothing is printed.
const QUIET: Duration = Duration::from_mins(1);
/// A sample takes this part of the time at most: one of a very large tree is followed by a longer pause.
const MOST_OF_THE_TIME: u32 = 100;
/// How often the tree is looked at again when its CPU time seems to have decreased: a process that ended meanwhile may have been
/// missed.
const LOOKS: u32 = 3;

/// Samples the tree below this keeper.
pub(super) struct Sampler {
    file: UsageWriter,
    started: Instant,
    due: Instant,
    /// The pause before the sample that is due.
    pause: Duration,
    last: Option<Taken>,
    peak_memory_bytes: u64,
    /// CPU time of processes that nobody has waited for (`SIGCHLD` ignored), which the kernel then no longer counts.
    unaccounted: Duration,
    /// The end of the output at the last sample.
    output_end: u64,
}

#[derive(Clone, Copy)]
struct Taken {
    at: Instant,
    measured: Measured,
}

impl Sampler {
    pub(super) fn new(file: PathBuf) -> Self {
        let started = Instant::now();
        Self {
            file: UsageWriter::new(file),
            started,
            due: started + FIRST_MINUTE,
            pause: FIRST_MINUTE,
            last: None,
            peak_memory_bytes: 0,
            unaccounted: Duration::ZERO,
            output_end: 0,
        }
    }

    /// When the next sample is taken.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Takes a sample.
    fn sample(&mut self, output_end: u64) -> Usage {
        let begin = Instant::now();
        let measured = self.measure();
        let before = self.last.replace(Taken { at: begin, measured });
        let quiet = before.is_some_and(|before| before.measured == measured) && self.output_end == output_end;
        self.output_end = output_end;
        self.pause = pause(begin - self.started, quiet.then_some(self.pause)).max(begin.elapsed() * MOST_OF_THE_TIME);
        self.due = Instant::now() + self.pause;
        self.peak_memory_bytes = self.peak_memory_bytes.max(measured.memory_bytes);
        self.append(Timestamp::now(), measured);
        let (since, cpu_before) = before.map_or((self.started, Duration::ZERO), |before| (before.at, before.measured.cpu));
        let share = measured.cpu.saturating_sub(cpu_before).as_secs_f64() / (begin - since).as_secs_f64().max(0.001);
        Usage {
            cpu_ms: measured.cpu.as_millis() as u64,
            peak_memory_bytes: self.peak_memory_bytes,
            cpu_percent: (share * 100.0).round() as u32,
            memory_bytes: measured.memory_bytes,
            processes: measured.processes,
        }
    }

    /// Measures the tree. The CPU time includes what has been waited for and never decreases.
    fn measure(&mut self) -> Measured {
        let known = self.last.map_or(Duration::ZERO, |last| last.measured.cpu);
        let mut looks = 1;
        loop {
            let (reaped, _) = sys::children_usage();
            let mut measured = measure(std::process::id() as i32);
            measured.cpu += reaped + self.unaccounted;
            if measured.cpu < known && looks == LOOKS {
                self.unaccounted += known.saturating_sub(measured.cpu);
                measured.cpu = known;
            }
            if measured.cpu >= known {
                return measured;
            }
            looks += 1;
        }
    }

    fn append(&mut self, time: Timestamp, measured: Measured) {
        let Measured { cpu, memory_bytes, processes } = measured;
        self.file.append(&UsageSample { time, cpu_ms: cpu.as_millis() as u64, memory_bytes, processes });
    }

    /// Something was printed: a quiet process is no longer quiet.
    fn wake(&mut self, output_end: u64) {
        if let Some(last) = self.last.filter(|_| output_end != self.output_end) {
            self.due = self.due.min(last.at + pause(self.started.elapsed(), None));
        }
    }

    /// What the tree has used, now that it is gone. The samples end with it, if there are any.
    pub(super) fn finish(&mut self) -> Usage {
        let (reaped, largest) = sys::children_usage();
        let known = self.last.map_or(Duration::ZERO, |last| last.measured.cpu);
        let cpu = (reaped + self.unaccounted).max(known);
        if self.last.is_some() {
            self.append(Timestamp::now(), Measured { cpu, ..Measured::default() });
        }
        Usage { cpu_ms: cpu.as_millis() as u64, peak_memory_bytes: self.peak_memory_bytes.max(largest), ..Usage::default() }
    }
}

/// The pause before the next sample of a process of this age. `quiet`: the pause before this sample, which found nothing new.
fn pause(age: Duration, quiet: Option<Duration>) -> Duration {
    let usual = match age.as_secs() {
        0..60 => return FIRST_MINUTE,
        60..600 => FIRST_TEN_MINUTES,
        _ => LATER,
    };
    quiet.map_or(usual, |before| (before * 2).clamp(usual, QUIET))
}

impl Keeper {
    /// Takes a sample if one is due, and tells the servers.
    pub(super) fn sample_usage(&mut self) {
        let output_end = self.log.range().end;
        self.sampler.wake(output_end);
        if self.sampler.due() > Instant::now() {
            return;
        }
        let usage = self.sampler.sample(output_end);
        self.status.usage = Some(usage);
        let message = protocol::json_message(protocol::USAGE, &usage);
        // Only the newest counts: a server that has not read what came before gets a later one.
        for connection in self.connections.iter_mut().filter(|connection| !connection.has_unsent()) {
            connection.send(&message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_taken_more_rarely_with_age_and_while_nothing_happens() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_mins(1));
        assert_eq!(pause(second, None), FIRST_MINUTE);
        assert_eq!(pause(second * 59, Some(FIRST_MINUTE)), FIRST_MINUTE);
        assert_eq!(pause(minute, None), FIRST_TEN_MINUTES);
        assert_eq!(pause(minute * 10, None), LATER);
        let mut quiet = FIRST_MINUTE;
        let pauses: Vec<_> = (0..6).map(|_| (quiet = pause(minute * 2, Some(quiet)), quiet.as_secs()).1).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
        assert_eq!(pause(minute * 60, Some(LATER)), QUIET);
    }
}

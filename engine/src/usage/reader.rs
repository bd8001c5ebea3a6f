//! The server's side of the file, which may be damaged.

use super::{
    MAX_SAMPLES,
    record::{RECORD_BYTES, decode},
};
use crate::regular_file;
use execdeck_wire::{Timestamp, Usage, UsageSample};
use std::{
    io::{self, Read},
    path::Path,
    time::Duration,
};

/// Samples from further in the future are left out: their clock was wrong, or they are damaged.
const FUTURE: Duration = Duration::from_hours(24);

/// What is wrong with the samples of a process, if anything is.
pub(crate) fn check(path: &Path) -> io::Result<Option<String>> {
    let length = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?.len(),
    };
    let (records, rest) = (length / RECORD_BYTES as u64, length % RECORD_BYTES as u64);
    Ok(if rest > 0 {
        Some(format!("it ends with {rest} bytes that are no whole sample"))
    } else if records > MAX_SAMPLES {
        Some(format!("it has {records} samples, and a keeper writes {MAX_SAMPLES} at most"))
    } else {
        let (_, damaged) = samples_in(&read_bytes(path)?);
        (damaged > 0).then(|| format!("{damaged} of its {records} samples are damaged"))
    })
}

/// The samples of a process, oldest first, in which CPU time never decreases; time does where the clock was set back. A process that
/// has none, since it ended before the first one, has no file. What is damaged is left out: half a record at the end, zeros, impossible
/// values.
pub(crate) fn read(path: &Path) -> io::Result<Vec<UsageSample>> {
    Ok(samples_in(&read_bytes(path)?).0)
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = match regular_file::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    // Nobody but a keeper writes it, and no keeper more than this.
    file.take(MAX_SAMPLES * RECORD_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The samples in the bytes of a file, and how many records are damaged.
fn samples_in(bytes: &[u8]) -> (Vec<UsageSample>, usize) {
    let latest = Timestamp::from_micros(Timestamp::now().as_micros() + FUTURE.as_micros() as u64);
    let mut samples: Vec<UsageSample> = Vec::with_capacity(bytes.len() / RECORD_BYTES);
    let mut damaged = 0;
    for record in bytes.chunks_exact(RECORD_BYTES) {
        match decode(record) {
            Some(sample) if sample.time > latest => {}
            Some(sample) if samples.last().is_none_or(|last| last.cpu_ms <= sample.cpu_ms) => samples.push(sample),
            _ => damaged += 1,
        }
    }
    (samples, damaged)
}

/// What a process has used whose keeper left nothing but its samples; `None` without any.
pub(crate) fn last_known(path: &Path) -> Option<Usage> {
    let samples = read(path).ok()?;
    let peak_memory_bytes = samples.iter().map(|sample| sample.memory_bytes).max()?;
    Some(Usage { cpu_ms: samples.last()?.cpu_ms, peak_memory_bytes, ..Usage::default() })
}

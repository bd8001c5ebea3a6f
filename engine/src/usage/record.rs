//! A sample in the file: i64 time in µs, u64 CPU time in ms, u64 bytes of memory, u32 processes, u32 zero, little-endian.

use execdeck_wire::UsageSample;

/// The size of a record.
pub(super) const RECORD_BYTES: usize = 32;

pub(super) fn encode(sample: &UsageSample) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    record[..8].copy_from_slice(&(sample.time.as_micros() as i64).to_le_bytes());
    record[8..16].copy_from_slice(&sample.cpu_ms.to_le_bytes());
    record[16..24].copy_from_slice(&sample.memory_bytes.to_le_bytes());
    record[24..28].copy_from_slice(&sample.processes.to_le_bytes());
    record
}

/// `None` for what no keeper has written, such as the zeros that a power cut leaves.
#[cfg(feature = "host")]
pub(super) fn decode(record: &[u8]) -> Option<UsageSample> {
    let u64_at = |at: usize| Some(u64::from_le_bytes(record.get(at..at + 8)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(record.get(at..at + 4)?.try_into().ok()?));
    let micros = u64_at(0).filter(|micros| *micros > 0 && i64::try_from(*micros).is_ok())?;
    let (cpu_ms, memory_bytes, processes) = (u64_at(8)?, u64_at(16)?, u32_at(24)?);
    (u32_at(28)? == 0).then_some(UsageSample { time: execdeck_wire::Timestamp::from_micros(micros), cpu_ms, memory_bytes, processes })
}

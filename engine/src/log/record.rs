//! The records of an index: which stream bytes came from, and when.

use execdeck_wire::Stream;

/// Bytes of a record on disk.
pub(super) const RECORD_BYTES: usize = 32;

/// From `offset` on, bytes came from `stream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Absolute offset of the first byte that it describes.
    pub offset: u64,
    /// When that byte was read, in microseconds since 1970.
    pub time_us: i64,
    /// How many lines ended before that byte: at a line feed, where another stream begins, or where bytes could not be written.
    pub lines: u64,
    pub stream: Stream,
}

impl Record {
    pub(super) fn encode(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.time_us.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.lines.to_le_bytes());
        bytes[24] = self.stream as u8;
        bytes
    }

    /// `None` for bytes that are not a record, such as the zeros that a power cut leaves.
    #[cfg(any(test, feature = "host"))]
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        Some(Self { offset: number(0)?, time_us: number(8)? as i64, lines: number(16)?, stream: Stream::from_byte(*bytes.get(24)?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_written_and_zeros_are_none() {
        let record = Record { offset: u64::MAX - 1, time_us: -5, lines: 7, stream: Stream::Terminal };
        assert_eq!(Record::decode(&record.encode()), Some(record));
        assert_eq!(Record::decode(&[0; RECORD_BYTES]), None);
        assert_eq!(Record::decode(&record.encode()[..24]), None);
    }
}

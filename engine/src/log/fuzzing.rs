//! Fuzzing of reading a log whose index holds anything.

use super::{
    Chunk, LogReader, OnCacheMiss,
    record::{RECORD_BYTES, Record},
    segment_path,
};
use execdeck_wire::Stream;
use std::{fs, path::PathBuf};

/// An index as it is on disk, after four bytes that say where its log begins, how long it is, where reading begins, and how many
/// bytes are read at a time.
pub fn fuzz_index(bytes: &[u8]) {
    let [base, length, from, room, index @ ..] = bytes else { return };
    let (base, length) = (u64::from(*base), u64::from(*length));
    let end = base + length;
    let from = (base + u64::from(*from)).min(end);
    let folder = Folder::new();
    let log: Vec<u8> = (base..end).map(|offset| offset as u8).collect();
    fs::write(segment_path(&folder.0, base, "log"), &log).expect("there is room");
    fs::write(segment_path(&folder.0, base, "idx"), index).expect("there is room");

    let mut reader = LogReader::new(folder.0.clone(), from, Stream::Terminal);
    let (mut position, mut buffer) = (from, vec![0; usize::from(*room) + 1]);
    while let Some(chunk) = reader.read(end, &mut buffer, OnCacheMiss::Wait).expect("a damaged index is no error") {
        let Chunk::Output { stream, offset, length } = chunk else { panic!("{chunk:?} in a log that is whole") };
        assert!(offset == position && length > 0, "every byte comes once and in order");
        for (offset, byte) in (offset..).zip(&buffer[..length]) {
            assert_eq!(*byte, offset as u8);
            if let Some(expected) = recorded(index, base, end, offset) {
                assert_eq!(stream, expected, "at {offset}");
            }
        }
        position += length as u64;
    }
    assert_eq!(position, end);
}

/// The stream that an index says a byte came from; `None` unless the whole index is as a keeper writes it.
fn recorded(index: &[u8], base: u64, end: u64, offset: u64) -> Option<Stream> {
    let records: Option<Vec<Record>> = index.chunks_exact(RECORD_BYTES).map(Record::decode).collect();
    let records = records.filter(|records| records.is_sorted_by_key(|record| record.offset))?;
    let valid = records.iter().all(|record| (base..=end).contains(&record.offset));
    let last = records.iter().rfind(|record| record.offset <= offset);
    valid.then(|| last.map_or(Stream::Terminal, |record| record.stream))
}

/// A folder that goes with the run.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("execdeck-fuzz-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).expect("a folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

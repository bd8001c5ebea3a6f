//! Files as a power cut leaves them: missing, cut short, full of zeros or of anything else.

use super::{Folder, read_all, write_log};
use execdeck_wire::{GapReason, Stream};
use proptest::prelude::*;
use std::fs;

/// Three segments with changes of stream in each.
fn pieces() -> Vec<(Stream, &'static [u8])> {
    let words: [&[u8]; 3] = [b"the quick\n", b"brown fox jumps\n", b"over the lazy dog\n"];
    (0..18).map(|at| (if at % 2 == 0 { Stream::Stdout } else { Stream::Stderr }, words[at % 3])).collect()
}

fn text() -> Vec<u8> {
    pieces().iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
}

/// Offsets to read from: the ends, the middle and the edges of segments.
fn offsets(end: u64) -> [u64; 6] {
    [0, 1, 99, 100, end / 2, end]
}

#[test]
fn an_index_that_is_cut_anywhere_loses_no_byte() {
    let folder = Folder::new();
    let end = write_log(&folder, &pieces());
    let whole = read_all(&folder, 0, end, Stream::Stdout, 1000);
    for index in folder.files("idx") {
        let records = fs::read(&index).unwrap();
        for length in 0..records.len() {
            fs::write(&index, &records[..length]).unwrap();
            for from in offsets(end) {
                let found = read_all(&folder, from, end, Stream::Stdout, 1000);
                assert!(found.gaps.is_empty() && found.text() == text()[from as usize..], "{length} bytes of {}", index.display());
            }
            let mut zeros = records.clone();
            zeros[length..].fill(0);
            fs::write(&index, zeros).unwrap();
            let found = read_all(&folder, 0, end, Stream::Stdout, 1000);
            assert!(found.gaps.is_empty() && found.text() == text(), "zeros from {length} on in {}", index.display());
        }
        fs::write(&index, &records).unwrap();
        assert_eq!(read_all(&folder, 0, end, Stream::Stdout, 1000), whole);
    }
}

#[test]
fn a_log_that_is_cut_anywhere_ends_in_a_gap() {
    let folder = Folder::new();
    let end = write_log(&folder, &pieces());
    for log in folder.files("log") {
        let bytes = fs::read(&log).unwrap();
        let base: u64 = log.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        for length in 0..bytes.len() as u64 {
            fs::write(&log, &bytes[..length as usize]).unwrap();
            let gap = (base + length, base + bytes.len() as u64);
            for from in offsets(end) {
                let found = read_all(&folder, from, end, Stream::Stdout, 1000);
                let expected = (from < gap.1).then_some((gap.0.max(from), gap.1, GapReason::NotWritten));
                assert_eq!(found.gaps, expected.into_iter().collect::<Vec<_>>(), "from {from}");
                let missing = |offset: &usize| (gap.0..gap.1).contains(&(*offset as u64));
                let there: Vec<u8> = (from as usize..end as usize).filter(|offset| !missing(offset)).map(|at| text()[at]).collect();
                assert!(found.text() == there, "from {from}");
            }
        }
        fs::write(&log, &bytes).unwrap();
    }
}

#[test]
fn bytes_without_an_index_are_those_of_the_default_stream() {
    let folder = Folder::new();
    let end = write_log(&folder, &pieces());
    for index in folder.files("idx") {
        fs::remove_file(index).unwrap();
    }
    for stream in [Stream::Stdout, Stream::Terminal] {
        let found = read_all(&folder, 0, end, stream, 1000);
        assert_eq!((found.text(), found.streams(), found.gaps), (text(), vec![stream], vec![]));
    }
}

#[test]
fn records_behind_a_hole_in_the_index_still_count() {
    let folder = Folder::new();
    let end = write_log(&folder, &[(Stream::Terminal, b"aaaa"), (Stream::Stderr, b"bbbb"), (Stream::Terminal, b"cccc")]);
    let [index] = &folder.files("idx")[..] else { panic!("one segment") };
    let mut records = fs::read(index).unwrap();
    records[..32].fill(0);
    fs::write(index, records).unwrap();
    let found = read_all(&folder, 0, end, Stream::Stdout, 1000);
    assert_eq!(found.streams(), [Stream::Stdout, Stream::Stderr, Stream::Terminal]);
    assert_eq!(read_all(&folder, 5, end, Stream::Stdout, 1000).streams(), [Stream::Stderr, Stream::Terminal]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_index_full_of_garbage_loses_no_byte(
        garbage in proptest::collection::vec(prop_oneof![3 => 0..4u8, 1 => any::<u8>()], 0..700),
        from in 0..250usize,
        room in 1..300usize,
    ) {
        let folder = Folder::new();
        let end = write_log(&folder, &pieces());
        for index in folder.files("idx") {
            fs::write(index, &garbage).unwrap();
        }
        let found = read_all(&folder, from as u64, end, Stream::Stdout, room);
        prop_assert!(found.gaps.is_empty());
        prop_assert_eq!(found.text(), &text()[from..]);
    }
}

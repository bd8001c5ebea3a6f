//! Lines by their numbers, against all that is read.

use super::{Fault, FaultyDisk, Folder, LogWriter, STREAMS, compressing::compress_small, read_all, write_log};
use crate::log::{LineLimits, Log, LogLine, count_lines, read_lines, segment::FileSystem};
use execdeck_wire::{GapReason, Stream};
use proptest::{prelude::*, sample::Index};
use std::time::Duration;

pub(super) const SEGMENT: u64 = 300;
pub(super) const ALL: LineLimits =
    LineLimits { stream: None, before: u64::MAX, lines: usize::MAX, line_bytes: usize::MAX, bytes: usize::MAX };

pub(super) fn log(folder: &Folder, end: u64) -> Log {
    Log { folder: folder.path(), end, default_stream: Stream::Stdout }
}

/// Offset, stream and text of each line that can still be read, found in all bytes.
fn expected(folder: &Folder, end: u64) -> Vec<(u64, Stream, Vec<u8>)> {
    let found = read_all(folder, 0, end, Stream::Stdout, 1000);
    let mut lines: Vec<(u64, Stream, Vec<u8>)> = Vec::new();
    let (mut next, mut open) = (0, false);
    for (offset, (byte, stream)) in found.bytes {
        if !open || offset != next || lines.last().is_some_and(|last| last.1 != stream) {
            lines.push((offset, stream, Vec::new()));
        }
        (next, open) = (offset + 1, byte != b'\n');
        if let Some((_, _, text)) = lines.last_mut().filter(|_| open) {
            text.push(byte);
        }
    }
    lines
}

fn piece() -> impl Strategy<Value = (usize, String)> {
    (0..3usize, prop_oneof![8 => "[ab\n]{0,40}", 1 => "[ab]{200,900}", 1 => "\n{0,300}"])
}

pub(super) fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![6 => Just(Fault::None), 2 => (0..40usize).prop_map(Fault::Short), 1 => Just(Fault::Full)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn from_any_number_the_lines_are_those_that_all_bytes_make(
        pieces in proptest::collection::vec(piece(), 0..60),
        faults in proptest::collection::vec(fault(), 0..80),
        is_faulty in any::<bool>(),
        cap in prop_oneof![Just(1 << 20), Just(2000u64)],
        compressed in any::<bool>(),
        from in any::<Index>(),
        most in 1..30usize,
    ) {
        let (folder, disk) = (Folder::in_memory(), FaultyDisk::default());
        if is_faulty {
            disk.0.borrow_mut().extend(faults);
        }
        let mut writer = LogWriter::on(disk, folder.path(), cap, SEGMENT);
        for (stream, text) in &pieces {
            writer.append(STREAMS[*stream], text.as_bytes());
        }
        let end = writer.range().end;
        if compressed {
            writer.finish();
            compress_small(&folder);
        }
        let (expected, log) = (expected(&folder, end), log(&folder, end));
        let all = read_lines(&log, 1, ALL).unwrap();
        let found: Vec<_> = all.lines.iter().map(|line| (line.offset, line.stream, line.bytes.clone())).collect();
        prop_assert_eq!(found, expected);

        let total = count_lines(&log).unwrap();
        let numbers: Vec<_> = all.lines.iter().map(|line| line.number).collect();
        prop_assert!(numbers.is_sorted_by(|one, next| one < next), "{:?}", numbers);
        if !is_faulty {
            let first = total + 1 - numbers.len() as u64;
            prop_assert_eq!(&numbers, &(first..=total).collect::<Vec<_>>());
            prop_assert!(first == 1 || cap == 2000);
        }
        prop_assert!(numbers.last().is_none_or(|last| *last <= total));

        let from = from.index(total as usize + 2) as u64;
        let part = read_lines(&log, from, LineLimits { lines: most, ..ALL }).unwrap();
        let wanted: Vec<&LogLine> = all.lines.iter().filter(|line| line.number >= from).take(most).collect();
        prop_assert_eq!(part.lines.iter().collect::<Vec<_>>(), wanted);
        for gap in part.gaps {
            prop_assert!(all.gaps.contains(&gap), "{:?}", gap);
        }
    }
}

#[test]
fn a_line_belongs_to_one_stream_and_has_a_time() {
    let folder = Folder::new();
    let end = write_log(&folder, &[(Stream::Stdout, b"half"), (Stream::Stderr, b"whole\n"), (Stream::Stdout, b" a line\nlast")]);
    let log = log(&folder, end);
    let lines = read_lines(&log, 1, ALL).unwrap().lines;
    let found: Vec<_> = lines.iter().map(|line| (line.number, line.offset, line.stream, line.bytes.as_slice())).collect();
    let (out, err) = (Stream::Stdout, Stream::Stderr);
    assert_eq!(found, [(1, 0, out, b"half".as_slice()), (2, 4, err, b"whole"), (3, 10, out, b" a line"), (4, 18, out, b"last")]);
    assert!(lines.iter().all(|line| line.time_us.is_some_and(|time| time > 1_700_000_000_000_000)));
    assert_eq!(count_lines(&log).unwrap(), 4);
}

#[test]
fn long_lines_are_cut_and_those_behind_them_are_found() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 30, 1 << 20);
    writer.append(Stream::Stdout, b"first\n");
    // In pieces of the size that a keeper reads.
    for _ in 0..160 {
        writer.append(Stream::Stdout, &vec![b'x'; 64 << 10]);
    }
    writer.append(Stream::Stdout, b"\nthird\n");
    let end = writer.range().end;
    let log = log(&folder, end);
    let found = read_lines(&log, 1, LineLimits { line_bytes: 10, ..ALL }).unwrap().lines;
    let lines: Vec<_> = found.iter().map(|line| (line.number, line.bytes.as_slice(), line.is_cut)).collect();
    assert_eq!(lines, [(1, b"first".as_slice(), false), (2, b"xxxxxxxxxx", true), (3, b"third", false)]);
    assert_eq!(found[2].offset, end - 6);
    assert_eq!(read_lines(&log, 3, ALL).unwrap().lines[0].bytes, b"third");
    // No more lines once there is enough of them.
    let some = read_lines(&log, 1, LineLimits { line_bytes: 10, bytes: 5, ..ALL }).unwrap().lines;
    assert_eq!(some.len(), 1);
}

#[test]
fn what_is_missing_is_told() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1000, SEGMENT);
    for number in 0..200 {
        writer.append(Stream::Stdout, format!("line {number}\n").as_bytes());
    }
    writer.finish();
    let log = log(&folder, writer.range().end);
    let start = writer.range().start;
    for from in [0, 1, 50] {
        let found = read_lines(&log, from, ALL).unwrap();
        assert_eq!(found.gaps.iter().map(|gap| (gap.from, gap.to, gap.reason)).collect::<Vec<_>>(), [(0, start, GapReason::Retention)]);
        assert_eq!((found.lines[0].offset, found.lines.last().unwrap().number), (start, 200));
    }
    let last = read_lines(&log, 200, ALL).unwrap();
    assert_eq!((last.lines[0].bytes.as_slice(), last.gaps.len()), (b"line 199".as_slice(), 0));
    assert_eq!(read_lines(&log, 201, ALL).unwrap().lines, []);
}

#[test]
fn of_one_stream_no_more_is_looked_through_than_the_limit_at_a_time() {
    let folder = Folder::in_memory();
    let mut writer = LogWriter::on(FaultyDisk::default(), folder.path(), 1 << 30, 1 << 30);
    let mut write = |stream, text: &[u8]| writer.append(stream, text);
    write(Stream::Stderr, b"first\n");
    let chunk = b"0123456789abcde\n".repeat(1 << 16);
    for _ in 0..70 {
        write(Stream::Stdout, &chunk);
    }
    write(Stream::Stderr, b"last\n");
    let end = 70 * chunk.len() as u64 + 11;
    let (log, limits) = (log(&folder, end), LineLimits { stream: Some(Stream::Stderr), ..ALL });
    let first = read_lines(&log, 1, limits).unwrap();
    let next = first.next.unwrap();
    assert!(first.lines.len() == 1 && (60 << 16..70 << 16).contains(&next), "{next}");
    let last = read_lines(&log, next, limits).unwrap();
    assert_eq!((last.next, last.lines.len(), last.lines[0].number), (None, 1, (70 << 16) + 2));
}

#[test]
fn lines_keep_their_times_however_many_came_before() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 30, 32 << 20);
    // Of two streams by turns, each with a record: as many as a trickle has made after a while.
    for number in 0..4000 {
        let (stream, name) = if number % 2 == 0 { (Stream::Stdout, "out") } else { (Stream::Stderr, "err") };
        writer.append(stream, format!("2026-11-29T12:00:{number:05} {name}\n").as_bytes());
    }
    for text in ["first\n", "second\n"] {
        std::thread::sleep(Duration::from_millis(25));
        writer.append(Stream::Stdout, text.as_bytes());
    }
    let lines = read_lines(&log(&folder, writer.range().end), 4001, ALL).unwrap().lines;
    let between = lines[1].time_us.unwrap() - lines[0].time_us.unwrap();
    assert!(between >= 20_000, "{between} µs");
}

//! Lines that match, against all lines.

use super::{
    Fault, FaultyDisk, Folder, LogWriter, STREAMS,
    compressing::compress_small,
    lines::{ALL, SEGMENT, fault, log},
    write_log,
};
use crate::log::{Hit, Log, Pattern, PatternOptions, Scan, read_lines, segment::FileSystem};
use execdeck_wire::Stream;
use proptest::{prelude::*, sample::Index};
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);

pub(super) fn pattern(text: &str, options: PatternOptions) -> Pattern {
    Pattern::new(text, options).unwrap()
}

fn search(log: &Log, pattern: &Pattern, from: u64, most: usize) -> Vec<Hit> {
    search_in_steps(log, pattern, from, most, LONG)
}

pub(super) fn search_in_steps(log: &Log, pattern: &Pattern, from: u64, most: usize, time: Duration) -> Vec<Hit> {
    let mut scan = Scan::begin(log.clone(), pattern.clone(), from, 1 << 20).unwrap();
    let mut hits = Vec::new();
    while hits.len() < most
        && let Some(found) = scan.next(most - hits.len(), time).unwrap()
    {
        hits.extend(found);
    }
    hits
}

/// What a line of the test shows, whose escape sequences are colours.
fn shown(bytes: &[u8]) -> String {
    let text = str::from_utf8(bytes).unwrap();
    let parts = text.split("\x1b[").enumerate();
    parts.map(|(at, part)| if at == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) }).collect()
}

fn piece() -> impl Strategy<Value = (usize, String)> {
    let coloured = proptest::collection::vec(prop_oneof![4 => "[aBb\n]{1,9}", 1 => Just("\x1b[31m".to_owned())], 0..8);
    (0..3usize, prop_oneof![3 => "[aBb\n]{0,40}".boxed(), 2 => coloured.prop_map(|parts| parts.concat()).boxed(), 1 => "\n{0,300}".boxed()])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn those_lines_are_found_that_contain_the_text(
        pieces in proptest::collection::vec(piece(), 0..60),
        faults in proptest::collection::vec(fault(), 0..80),
        is_faulty in any::<bool>(),
        cap in prop_oneof![Just(1 << 20), Just(2000u64)],
        compressed in any::<bool>(),
        text in "[ab]{1,3}",
        ignore_case in any::<bool>(),
        stream in proptest::option::of(0..3usize),
        from in any::<Index>(),
        most in 1..30usize,
        has_time in any::<bool>(),
    ) {
        let (folder, disk) = (Folder::in_memory(), FaultyDisk::default());
        // A line that is cut short could end in the middle of a sequence, about which `shown` knows nothing.
        if is_faulty && pieces.iter().all(|(_, text)| !text.contains('\x1b')) {
            disk.0.borrow_mut().extend(faults.into_iter().chain([Fault::None]));
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
        let log = log(&folder, end);
        let lines = read_lines(&log, 1, ALL).unwrap().lines;
        prop_assume!(cap != 2000 || lines.iter().all(|line| !line.bytes.contains(&0x1b)));
        let stream = stream.map(|stream| STREAMS[stream]);
        let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
        let from = from.index(lines.len() + 2) as u64;
        let wanted: Vec<_> = lines
            .iter()
            .filter(|line| line.number >= from && stream.is_none_or(|stream| stream == line.stream))
            .map(|line| (line.number, line.offset, line.time_us, line.stream, shown(&line.bytes)))
            .filter(|(.., shown)| fold(shown).contains(&text))
            .take(most)
            .collect();
        let pattern = pattern(&text, PatternOptions { ignore_case, stream, ..PatternOptions::default() });
        let time = if has_time { LONG } else { Duration::from_nanos(1) };
        let hits = search_in_steps(&log, &pattern, from, most, time);
        for hit in &hits {
            let first = fold(&hit.text).find(&text).unwrap();
            prop_assert_eq!(hit.ranges.first(), Some(&(first, first + text.len())));
        }
        let found: Vec<_> = hits.into_iter().map(|hit| (hit.line, hit.offset, hit.time_us, hit.stream, hit.text)).collect();
        prop_assert_eq!(found, wanted);
    }
}

#[test]
fn what_a_line_shows_is_searched_and_ranges_are_bytes_of_it() {
    let folder = Folder::new();
    let out = Stream::Stdout;
    let lines: [&[u8]; 4] = [b"\x1b[1mer\x1b[0mror: a.b\r\n", "größe: ERROR axb error\n".as_bytes(), b"\xff\xfe error\n", b"fine"];
    let log = log(&folder, write_log(&folder, &lines.map(|line| (out, line))));
    let find = |text: &str, options| -> Vec<_> {
        search(&log, &pattern(text, options), 1, 100).into_iter().map(|hit| (hit.line, hit.offset, hit.text, hit.ranges)).collect()
    };
    let (plain, any_case) = (PatternOptions::default(), PatternOptions { ignore_case: true, ..PatternOptions::default() });
    let regex = PatternOptions { regex: true, ..plain };
    let first = lines[0].len() as u64;
    let second = "größe: ERROR axb error";
    let third = "\u{fffd}\u{fffd} error";
    assert_eq!(
        find("error", plain),
        [
            (1, 0, "error: a.b".to_owned(), vec![(0, 5)]),
            (2, first, second.to_owned(), vec![(19, 24)]),
            (3, first + lines[1].len() as u64, third.to_owned(), vec![(7, 12)]),
        ]
    );
    assert_eq!(find("error", any_case)[1].3, [(9, 14), (19, 24)]);
    assert_eq!((find("a.b", plain).len(), find("a.b", regex).len()), (1, 2));
    assert_eq!(find("b$", regex), [(1, 0, "error: a.b".to_owned(), vec![(9, 10)])]);
    assert_eq!([find("^fine$", regex), find("^größe", regex), find("b error$", regex)].map(|hits| hits.len()), [1, 1, 1]);
}

#[test]
fn what_cannot_be_compiled_is_refused_with_the_reason() {
    let regex = PatternOptions { regex: true, ..PatternOptions::default() };
    assert!(Pattern::new("a(", regex).unwrap_err().contains("unclosed group"));
    // As it was given, without what the search adds to it.
    assert!(Pattern::new("(", regex).unwrap_err().starts_with("regex parse error:\n    (\n"));
    assert!(Pattern::new("a)|(?:b", regex).unwrap_err().contains("unopened group"));
    assert!(Pattern::new("(a{1000}){1000}", regex).unwrap_err().contains("too large"));
    assert!(Pattern::new("(?x) a b # comment", regex).is_ok());
    assert!(Pattern::new("two\nlines", PatternOptions::default()).is_err());
    assert!(Pattern::new("a(", PatternOptions::default()).is_ok());
}

#[test]
fn a_line_that_matches_everywhere_takes_little_time_and_tells_the_first_places() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 30, 1 << 20);
    for _ in 0..16 {
        writer.append(Stream::Stdout, &vec![b'A'; 64 << 10]);
    }
    // From each place on, all of the line is looked at before the second part matches.
    let everywhere = pattern(".*[^A-Z]|[A-Z]", PatternOptions { regex: true, ..PatternOptions::default() });
    let hits = search(&log(&folder, writer.range().end), &everywhere, 1, 10);
    assert_eq!((hits.len(), hits[0].ranges[0]), (1, (0, 1)));
    assert!(hits[0].ranges.len() <= 1000, "{}", hits[0].ranges.len());
}

#[test]
fn a_search_stands_still_between_two_calls_and_long_lines_are_cut() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 30, 1 << 20);
    for number in 0..30 {
        writer.append(Stream::Stdout, number.to_string().as_bytes());
        // In pieces of the size that a keeper reads.
        for _ in 0..6 {
            writer.append(Stream::Stdout, &vec![b'x'; 64 << 10]);
        }
        writer.append(Stream::Stdout, b"\n");
    }
    let log = log(&folder, writer.range().end);
    let mut scan = Scan::begin(log, pattern("x{3}$", PatternOptions { regex: true, ..PatternOptions::default() }), 1, 5).unwrap();
    let first = scan.next(1, LONG).unwrap().unwrap();
    assert_eq!((first[0].text.as_str(), first[0].is_cut, first[0].ranges.len()), ("0xxxx", true, 0));
    let position = scan.position();
    assert!(position > 0 && position < 3 << 20, "{position}");
    assert_eq!(scan.next(100, Duration::ZERO).unwrap(), Some(vec![]), "there was no time");
    assert_eq!(scan.position(), position);
}

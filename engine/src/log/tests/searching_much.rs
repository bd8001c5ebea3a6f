//! A search of more than one block, against a search of all lines one by one.

use super::{
    FileSystem, Folder, LogWriter,
    lines::log,
    search::{pattern, search_in_steps},
};
use crate::log::{Log, PatternOptions, Piece, Pieces, Scan, compress_log};
use execdeck_wire::Stream;
use proptest::prelude::*;
use std::{fs, time::Duration};

/// Of a line this much is searched, and somewhat more of some.
const LINE: usize = 1 << 20;

/// What a process prints: lines of one kind, perhaps with the text in the last of them.
#[derive(Clone, Copy, Debug)]
struct Printed {
    kind: Kind,
    is_error: bool,
    times: usize,
    is_found: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain,
    Coloured,
    Progress,
    Empty,
    /// A line with so many bytes more than the least that a block has.
    Long(usize),
    Endless,
    Open,
}

impl Printed {
    fn text(self) -> String {
        let text = match self.kind {
            Kind::Plain => "a plain line as they are printed most often\n".to_owned(),
            Kind::Coloured => "\x1b[32minfo\x1b[m a line with nee\x1b[1mdles in colours\n".to_owned(),
            Kind::Progress => "1 %\r\x1b[K50 %\r\x1b[K100 %\r\n".to_owned(),
            Kind::Empty => "\n".to_owned(),
            Kind::Long(more) => "x".repeat((256 << 10) + more) + "\n",
            Kind::Endless => "y".repeat(3 * LINE) + "\n",
            Kind::Open => "a line that does not end".to_owned(),
        };
        let found = if self.is_found { "here is the \x1b[31mNEE\x1b[mDLE, " } else { "" };
        let times = match self.kind {
            Kind::Long(_) | Kind::Endless => 1,
            Kind::Open => self.times.min(100),
            _ => self.times,
        };
        text.repeat(times - 1) + found + &text
    }
}

fn printed() -> impl Strategy<Value = Printed> {
    let kind = prop_oneof![
        4 => Just(Kind::Plain),
        4 => Just(Kind::Coloured),
        2 => Just(Kind::Progress),
        2 => Just(Kind::Empty),
        1 => (0..20usize).prop_map(Kind::Long),
        1 => Just(Kind::Endless),
        1 => Just(Kind::Open),
    ];
    let times = prop_oneof![3 => 1..20usize, 1 => 1..20_000usize];
    (kind, any::<bool>(), times, any::<bool>()).prop_map(|(kind, is_error, times, is_found)| Printed { kind, is_error, times, is_found })
}

/// What a line shows, whose escape sequences end at a letter.
fn shown(bytes: &[u8]) -> String {
    let text = str::from_utf8(bytes).unwrap();
    let parts = text.split("\x1b[").enumerate();
    parts.map(|(at, part)| if at == 0 { part } else { part.split_once(char::is_alphabetic).map_or("", |(_, rest)| rest) }).collect()
}

/// A line by hand: its offset, its time, its stream, and its bytes.
type Line = (u64, Option<i64>, Stream, Vec<u8>);

fn lines(log: &Log) -> Vec<Line> {
    let (mut pieces, mut lines): (_, Vec<Line>) = (Pieces::new(log.clone()), Vec::new());
    let mut each = |piece: Piece<'_>| {
        let Piece::Output { stream, offset, time_us, bytes } = piece else { panic!("a gap in a log that is whole") };
        for (offset, byte) in (offset..).zip(bytes) {
            match lines.last_mut().filter(|(.., before, line)| *before == stream && line.last() != Some(&b'\n')) {
                Some((.., line)) => line.push(*byte),
                None => lines.push((offset, time_us, stream, vec![*byte])),
            }
        }
    };
    while pieces.next(&mut each).unwrap() {}
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_of_many_blocks_finds_what_a_search_of_each_line_does(
        all in proptest::collection::vec(printed(), 1..40),
        compressed in any::<bool>(),
        is_of_errors in any::<bool>(),
        millis in 1..20u64,
    ) {
        let folder = Folder::in_memory();
        let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 30, 3 << 20);
        for printed in &all {
            let stream = if printed.is_error { Stream::Stderr } else { Stream::Stdout };
            for piece in printed.text().as_bytes().chunks(64 << 10) {
                writer.append(stream, piece);
            }
        }
        let end = writer.range().end;
        writer.finish();
        if compressed {
            compress_log(&folder.path(), &mut || Ok(())).unwrap();
        }
        let log = log(&folder, end);
        let wanted: Vec<_> = (1..)
            .zip(lines(&log))
            .filter(|(_, (.., stream, _))| !is_of_errors || *stream == Stream::Stderr)
            .map(|(number, (offset, time_us, stream, bytes))| {
                let is_endless = bytes.len() > 2 * LINE;
                let text = shown(&bytes[..bytes.len().min(LINE)]);
                let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned();
                let ranges: Vec<_> = text.match_indices("NEEDLE").map(|(at, found)| (at, at + found.len())).collect();
                (number, offset, time_us, stream, text, ranges, is_endless)
            })
            .filter(|(.., ranges, _)| !ranges.is_empty())
            .collect();
        let options = PatternOptions { stream: is_of_errors.then_some(Stream::Stderr), ..PatternOptions::default() };
        let hits = search_in_steps(&log, &pattern("NEEDLE", options), 1, usize::MAX, Duration::from_millis(millis));
        let found: Vec<_> = hits.into_iter().map(|hit| (hit.line, hit.offset, hit.time_us, hit.stream, hit.text, hit.ranges, hit.is_cut)).collect();
        prop_assert!(found == wanted, "{} lines of {}", found.len(), wanted.len());
    }
}

#[test]
fn what_is_found_before_an_error_is_told_before_it() {
    let folder = Folder::new();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 30, 1 << 20);
    for lines in ["a plain line\n".repeat(50_000), "here is the NEEDLE\n".to_owned(), "a plain line\n".repeat(50_000)] {
        writer.append(Stream::Stdout, lines.as_bytes());
    }
    let log = log(&folder, writer.range().end);
    let last = folder.files("log").pop().unwrap();
    fs::remove_file(&last).unwrap();
    fs::create_dir(&last).unwrap();
    let mut scan = Scan::begin(log, pattern("NEEDLE", PatternOptions::default()), 1, 100).unwrap();
    let mut hits = 0;
    let error = loop {
        match scan.next(10, Duration::from_mins(1)) {
            Ok(found) => hits += found.unwrap().len(),
            Err(error) => break error,
        }
    };
    assert_eq!(hits, 1, "{error}");
}

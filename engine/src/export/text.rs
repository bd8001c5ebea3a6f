//! Output as plain text.

use super::gap_text;
use crate::log::Piece;
use execdeck_wire::{Stream, Timestamp};
use std::io::Write;
use vte::{Params, Parser, Perform};

/// Ends whatever escape sequence has begun.
const CANCEL: u8 = 0x18;
/// A line that is longer is written in parts, in characters.
const LONG: usize = 1 << 20;

/// Writes what lines show, as a terminal of unlimited width would show it in the end. A line belongs to one stream, and also ends
/// where another one begins.
pub(super) struct TextWriter {
    has_times: bool,
    parser: Parser,
    line: Line,
    stream: Option<Stream>,
    /// Whether a line is open, and when it began, as far as that is known.
    is_open: bool,
    began: Option<i64>,
    /// The beginning of the line was written already.
    is_continued: bool,
}

impl TextWriter {
    pub(super) fn new(has_times: bool) -> Self {
        Self { has_times, parser: Parser::new(), line: Line::default(), stream: None, is_open: false, began: None, is_continued: false }
    }

    pub(super) fn write(&mut self, piece: Piece<'_>, out: &mut Vec<u8>) {
        match piece {
            Piece::Output { stream, time_us, bytes, .. } => {
                if self.stream.replace(stream).is_some_and(|last| last != stream) {
                    self.finish(out);
                }
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    if !std::mem::replace(&mut self.is_open, true) {
                        self.began = time_us;
                    }
                    let shown = line.strip_suffix(b"\n").unwrap_or(line);
                    self.parser.advance(&mut self.line, shown);
                    if shown.len() < line.len() {
                        self.end_line(out);
                    } else if self.line.chars.len() > LONG {
                        self.write_line(out);
                    }
                }
            }
            Piece::Gap(gap) => {
                self.finish(out);
                out.extend_from_slice(format!("\u{2014} {} \u{2014}\n", gap_text(gap)).as_bytes());
            }
        }
    }

    /// Ends the open line, if there is one.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.is_open {
            self.end_line(out);
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        // What a line leaves unfinished takes nothing of the next one.
        self.parser.advance(&mut self.line, &[CANCEL]);
        self.write_line(out);
        out.push(b'\n');
        (self.is_open, self.is_continued) = (false, false);
    }

    fn write_line(&mut self, out: &mut Vec<u8>) {
        if self.has_times && !self.is_continued {
            let time = self.began.and_then(|time| u64::try_from(time).ok()).map(Timestamp::from_micros);
            // In memory nothing can fail.
            let _ = write!(out, "{} ", time.map_or_else(|| "-".to_owned(), |time| time.to_string()));
        }
        let mut utf8 = [0; 4];
        for char in &self.line.chars {
            out.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
        }
        self.line = Line::default();
        self.is_continued = true;
    }
}

/// A line as it is being written over.
#[derive(Default)]
struct Line {
    chars: Vec<char>,
    column: usize,
}

impl Perform for Line {
    fn print(&mut self, char: char) {
        match self.chars.get_mut(self.column) {
            Some(old) => *old = char,
            None => self.chars.push(char),
        }
        self.column += 1;
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\t' => self.print('\t'),
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            _ => {}
        }
    }

    // Progress bars erase what is behind them.
    fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: char) {
        match (action, params.iter().next().and_then(|first| first.first()).copied().unwrap_or(0)) {
            ('K', 0) => self.chars.truncate(self.column),
            ('K', 2) => self.chars = vec![' '; self.column],
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::{GapReason, LineGap};

    const NOON: i64 = 1_790_000_000_000_000;

    fn written(has_times: bool, pieces: &[(Stream, &[u8])]) -> String {
        let (mut writer, mut out) = (TextWriter::new(has_times), Vec::new());
        for (time, (stream, bytes)) in (NOON..).zip(pieces) {
            writer.write(Piece::Output { stream: *stream, offset: 0, time_us: Some(time), bytes }, &mut out);
        }
        writer.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_what_it_shows_in_the_end() {
        let text = |bytes: &[u8]| written(false, &[(Stream::Terminal, bytes)]);
        assert_eq!(text(b"\x1b[1;31mred\x1b[0m\ttab\r\n"), "red\ttab\n");
        assert_eq!(text(b" 10 %\r 20 %\r100 %\r\n"), "100 %\n");
        assert_eq!(text(b"a long line\rshort\x1b[K\n"), "short\n");
        assert_eq!(text(b"N\x08NA\x08AM\x08M\n\xff\x1b]0;title\nnext"), "NAM\n\u{fffd}\nnext\n");
        assert_eq!(text(b""), "");
        assert_eq!(text(b"\n\n"), "\n\n");
    }

    #[test]
    fn pieces_are_cut_anywhere() {
        let whole = "gr\u{f6}\u{df}e \x1b[38;2;1;2;3mcolour\x1b[m \u{1f600}\r\nend".as_bytes();
        for cut in 0..whole.len() {
            let (one, two) = whole.split_at(cut);
            assert_eq!(written(false, &[(Stream::Stdout, one), (Stream::Stdout, two)]), "gr\u{f6}\u{df}e colour \u{1f600}\nend\n", "{cut}");
        }
    }

    #[test]
    fn a_line_has_the_time_of_its_beginning_and_belongs_to_one_stream() {
        let pieces: [(Stream, &[u8]); 4] =
            [(Stream::Stdout, b"one\nhalf"), (Stream::Stdout, b" a line"), (Stream::Stderr, b"error\n"), (Stream::Stdout, b"two\n")];
        let text = written(true, &pieces);
        let lines: Vec<_> = text.lines().map(|line| line.split_once(' ').unwrap()).collect();
        assert_eq!(lines.iter().map(|(_, text)| *text).collect::<Vec<_>>(), ["one", "half a line", "error", "two"]);
        let times: Vec<_> = [0, 0, 2, 3].map(|after| Timestamp::from_micros((NOON + after) as u64).to_string()).into();
        assert_eq!(lines.iter().map(|(time, _)| (*time).to_owned()).collect::<Vec<_>>(), times);
    }

    #[test]
    fn a_gap_is_said_in_its_place_and_long_lines_are_whole() {
        let (mut writer, mut out) = (TextWriter::new(false), Vec::new());
        let long = vec![b'x'; 100_000];
        for _ in 0..30 {
            writer.write(Piece::Output { stream: Stream::Stdout, offset: 0, time_us: None, bytes: &long }, &mut out);
        }
        writer.write(Piece::Gap(LineGap { from: 3_000_000, to: 3_000_010, reason: GapReason::NotWritten }), &mut out);
        let text = String::from_utf8(out).unwrap();
        let (line, note) = text.split_once('\n').unwrap();
        assert!(line.len() == 3_000_000 && line.bytes().all(|byte| byte == b'x'));
        assert_eq!(note, "\u{2014} 10 bytes not saved: the disk was full or failed \u{2014}\n");
    }
}

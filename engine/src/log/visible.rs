//! What lines show: without the escape sequences and control characters that are for terminals.

use super::sequence::{ESC, sequence};
use vte::{Parser, Perform};

/// Ends whatever escape sequence has begun.
const CANCEL: u8 = 0x18;
/// So many bytes are looked at before it is asked whether one of them was found: without a branch for each, the compiler looks at many
/// at once.
const GROUP: usize = 256;

/// The text of lines, line feeds included, as many lines as there were. Tabs and carriage returns stay. Lines that show everything
/// they have are the same bytes, UTF-8 or not; in others, what is not UTF-8 is replaced (U+FFFD). `room` is a buffer to reuse for text
/// that differs from the bytes.
pub(super) fn visible<'a>(bytes: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    if !has_control(bytes) {
        return bytes;
    }
    room.clear();
    room.reserve(bytes.len());
    let mut text = Text(std::mem::take(room));
    let mut parser = Parser::new();
    if bytes.is_ascii() {
        text.add(bytes, &mut parser);
    } else {
        for line in lines(bytes) {
            if !has_control(line) {
                text.0.extend_from_slice(line);
            } else if is_printable(line) {
                text.add(line, &mut parser);
            } else {
                text.add_parsed(line, &mut parser);
            }
        }
    }
    if has_control(&text.0) {
        text.0.retain(|byte| !is_control(*byte));
    }
    *room = text.0;
    room
}

const fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\n' | b'\t' | b'\r')
}

fn has_control(bytes: &[u8]) -> bool {
    bytes.chunks(GROUP).any(|group| group.iter().fold(false, |found, byte| found | is_control(*byte)))
}

/// Whether bytes are UTF-8 without the control characters from U+0080 to U+009F.
fn is_printable(bytes: &[u8]) -> bool {
    let is_c1 = |at: usize| bytes.get(at + 1).is_some_and(|next| *next < 0xa0);
    str::from_utf8(bytes).is_ok() && !memchr::memchr_iter(0xc2, bytes).any(is_c1)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let last = bytes.last().filter(|last| **last != b'\n').map(|_| bytes.len());
    let mut begin = 0;
    memchr::memchr_iter(b'\n', bytes).map(|feed| feed + 1).chain(last).map(move |end| &bytes[std::mem::replace(&mut begin, end)..end])
}

struct Text(Vec<u8>);

impl Text {
    /// Adds what whole lines show, which are printable but for ASCII's control characters. Those that stand alone are left in it.
    fn add(&mut self, lines: &[u8], parser: &mut Parser) {
        let mut done = 0;
        while let Some(at) = memchr::memchr(ESC, &lines[done..]).map(|at| done + at) {
            self.0.extend_from_slice(&lines[done..at]);
            if let Some(length) = sequence(&lines[at..]) {
                done = at + length;
            } else {
                let begin = memchr::memrchr(b'\n', &lines[..at]).map_or(0, |feed| feed + 1);
                done = memchr::memchr(b'\n', &lines[at..]).map_or(lines.len(), |feed| at + feed + 1);
                self.0.truncate(memchr::memrchr(b'\n', &self.0).map_or(0, |feed| feed + 1));
                self.add_parsed(&lines[begin..done], parser);
            }
        }
        self.0.extend_from_slice(&lines[done..]);
    }

    /// Adds what any line shows.
    fn add_parsed(&mut self, line: &[u8], parser: &mut Parser) {
        let shown = line.strip_suffix(b"\n").unwrap_or(line);
        parser.advance(self, shown);
        // What a line leaves unfinished takes nothing of the next one.
        parser.advance(self, &[CANCEL]);
        self.0.extend_from_slice(&line[shown.len()..]);
    }
}

impl Perform for Text {
    fn print(&mut self, char: char) {
        self.0.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn execute(&mut self, byte: u8) {
        if !is_control(byte) {
            self.0.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(bytes: &[u8]) -> String {
        String::from_utf8_lossy(visible(bytes, &mut vec![b'x'])).into_owned()
    }

    /// Each line with a control character by the parser of terminals.
    fn parsed(bytes: &[u8]) -> Vec<u8> {
        let (mut text, mut parser) = (Text(Vec::new()), Parser::new());
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if line.iter().any(|byte| *byte < 0x20 && !b"\n\t\r".contains(byte)) {
                text.add_parsed(line, &mut parser);
            } else {
                text.0.extend_from_slice(line);
            }
        }
        text.0
    }

    fn part() -> impl Strategy<Value = Vec<u8>> {
        let text = |text: &'static str| Just(text.as_bytes().to_vec());
        prop_oneof![
            8 => "[ -~]{0,9}".prop_map(String::into_bytes),
            4 => text("\n"),
            4 => text("\x1b"),
            3 => "\x1b\\[[ -/0-?]{0,6}[@-~]".prop_map(String::into_bytes),
            2 => "\x1b\\][a-z8;]{0,6}(\x07|\x1b\\\\|\x18|\n)".prop_map(String::into_bytes),
            2 => "\x1b[ -/]{0,2}[0-~]".prop_map(String::into_bytes),
            2 => "[\u{80}-\u{a0}é漢]".prop_map(String::into_bytes),
            2 => proptest::collection::vec(any::<u8>(), 1..3),
            2 => proptest::collection::vec(0..0x20u8, 1..3),
            1 => text("\r"),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_show_what_the_parser_of_terminals_shows(parts in proptest::collection::vec(part(), 0..40), is_ascii in any::<bool>()) {
            let mut bytes = parts.concat();
            if is_ascii {
                bytes.retain(u8::is_ascii);
            }
            let mut room = Vec::new();
            prop_assert_eq!(visible(&bytes, &mut room), parsed(&bytes));
        }
    }

    #[test]
    fn escape_sequences_and_control_characters_are_left_out() {
        assert_eq!(shown(b"\x1b[1;31merr\x1b[0mor\tof \x1b]8;;http://x\x07link\x1b]8;;\x07\r\n"), "error\tof link\r\n");
        assert_eq!(shown(b"\x07bell \x1b(B\x1b[?25lend"), "bell end");
        assert_eq!(shown("na\u{308}ive \u{6f22} \x1b[m\u{1f600}".as_bytes()), "na\u{308}ive \u{6f22} \u{1f600}");
    }

    #[test]
    fn an_unfinished_sequence_ends_with_its_line() {
        assert_eq!(shown(b"one\x1b]0;title\ntwo\x1b[3\nthree\xc3\n\x1b[mfour\n"), "one\ntwo\nthree\u{fffd}\nfour\n");
    }

    #[test]
    fn what_has_none_is_not_copied() {
        let bytes = b"plain\r\n\xff\n";
        assert_eq!(visible(bytes, &mut Vec::new()).as_ptr(), bytes.as_ptr());
    }
}

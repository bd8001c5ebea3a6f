//! What lines show: without the escape sequences and control characters that are for terminals.

use std::borrow::Cow;
use vte::{Parser, Perform};

/// Ends whatever escape sequence has begun.
const CANCEL: u8 = 0x18;

/// The text of lines, line feeds included, as many lines as there were. Tabs and carriage returns stay. Lines that show everything
/// they have are the same bytes, UTF-8 or not; in others, what is not UTF-8 is replaced (U+FFFD).
pub(super) fn visible(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.iter().any(|byte| is_control(*byte)) {
        return bytes.into();
    }
    let (mut parser, mut text) = (Parser::new(), Text(Vec::with_capacity(bytes.len())));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.iter().any(|byte| is_control(*byte)) {
            let shown = line.strip_suffix(b"\n").unwrap_or(line);
            parser.advance(&mut text, shown);
            // What a line leaves unfinished takes nothing of the next one.
            parser.advance(&mut text, &[CANCEL]);
            text.0.extend_from_slice(&line[shown.len()..]);
        } else {
            text.0.extend_from_slice(line);
        }
    }
    text.0.into()
}

const fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\n' | b'\t' | b'\r')
}

struct Text(Vec<u8>);

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

    fn shown(bytes: &[u8]) -> String {
        String::from_utf8_lossy(&visible(bytes)).into_owned()
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
        assert!(matches!(visible(b"plain\r\n\xff\n"), Cow::Borrowed(b"plain\r\n\xff\n")));
    }
}

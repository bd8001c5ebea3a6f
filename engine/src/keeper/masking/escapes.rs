//! What a terminal does not show: escape sequences (ECMA-48, and the control strings of xterm's ctlseqs).

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;
const CANCEL: [u8; 2] = [0x18, 0x1a];
/// NUL, BEL, and the shifts between character sets, which some terminals are sent at the end of each colour.
const SILENT: [u8; 4] = [0x00, BELL, 0x0e, 0x0f];

/// Whether a byte may come between two characters of a text without being seen: the start of an escape sequence, a carriage
/// return, and those that do nothing.
pub(super) fn is_invisible(byte: u8) -> bool {
    byte < 0x20 && (byte == ESCAPE || byte == b'\r' || SILENT.contains(&byte))
}

/// Where in an escape sequence the text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Escapes {
    #[default]
    Outside,
    /// After ESC.
    Begun,
    /// After ESC and an intermediate byte, as in `ESC ( B`.
    Intermediate,
    /// In a control sequence: `ESC [`, parameters, and a final byte.
    Control,
    /// In a control string, such as a title or a hyperlink, up to BEL or `ESC \`.
    Text,
}

impl Escapes {
    /// Takes in the next byte; whether it is part of an escape sequence or otherwise not shown.
    pub(super) fn hides(&mut self, byte: u8) -> bool {
        let next = match (*self, byte) {
            (Self::Outside, byte) if SILENT.contains(&byte) => Some(Self::Outside),
            (_, ESCAPE) => Some(Self::Begun),
            (Self::Begun, b'[') | (Self::Control, 0x20..=0x3f) => Some(Self::Control),
            (Self::Begun, b']' | b'P' | b'X' | b'^' | b'_') => Some(Self::Text),
            (Self::Begun | Self::Intermediate, 0x20..=0x2f) => Some(Self::Intermediate),
            (Self::Begun | Self::Intermediate, 0x30..=0x7e) | (Self::Control, 0x40..=0x7e) | (Self::Text, BELL) => Some(Self::Outside),
            (Self::Text, byte) if CANCEL.contains(&byte) => Some(Self::Outside),
            // No line ends in a control string: this was none.
            (Self::Text, byte) if byte != b'\n' => Some(Self::Text),
            _ => None,
        };
        *self = next.unwrap_or_default();
        next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_terminal_shows_is_left() {
        let shown = |text: &str| {
            let mut escapes = Escapes::default();
            String::from_utf8(text.bytes().filter(|byte| !escapes.hides(*byte)).collect()).unwrap()
        };
        assert_eq!(shown("a\x1b[1;38;2;1;2;3mb\x1b(B\x1b[mc\x0f\0\x07d"), "abcd");
        assert_eq!(shown("a\x1b]0;title\x07b\x1b]8;;http://x/\x1b\\c\x1bPq#0\x18d"), "abcd");
        assert_eq!(shown("a\x1b7b\x1b\x1b[2Kc\x1b[1\x1b[md"), "abcd");
        assert_eq!(shown("a\x1b\nb\x1b[1\nc\x1b]0;\nd"), "a\nb\nc\nd");
    }
}

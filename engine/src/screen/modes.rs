//! What a program has set in its terminal and the emulator does not tell: how keys and mouse are reported, the cursor's form, margins.

use std::fmt::Write;
use vte::{Params, Parser, Perform};

/// Which mouse events are reported: the mode that was set last counts, and resetting any of them ends the reports.
const MOUSE: [u16; 4] = [9, 1000, 1002, 1003];
/// How they are encoded, likewise.
const ENCODINGS: [u16; 4] = [1005, 1006, 1015, 1016];
/// Blinking cursor, reverse wrap-around, focus reports, wheel as cursor keys, pasted text in brackets.
const OTHERS: [u16; 5] = [12, 45, 1004, 1007, 2004];
/// Of these, what a soft reset ends.
const SOFT: [u16; 3] = [45, 1004, 2004];

/// The modes that a program has set, from all that it has printed.
#[derive(Default)]
pub(super) struct Modes {
    parser: Parser,
    set: Set,
}

#[derive(Default)]
struct Set {
    /// Numbers of private modes (DECSET), in the order in which they were set.
    private: Vec<u16>,
    /// Whether the keypad types escape sequences (DECKPAM).
    keypad: bool,
    /// The form of the cursor (DECSCUSR); 0 for the usual one.
    cursor: u16,
    /// Whether the alternate screen is shown.
    alternate: bool,
    /// The first and the last row that scroll (DECSTBM), from 1, of the primary and the alternate screen; 0 for those of the screen.
    margins: [(u16, u16); 2],
    /// Whether G1 is used instead of G0 (SO, SI).
    shifted: bool,
}

impl Modes {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.set, bytes);
    }

    /// The size has changed, which ends the margins.
    pub(super) fn resized(&mut self) {
        self.set.margins = Default::default();
    }

    /// Sets the margins of the screen that is shown, which has so many rows, and returns the first row that scrolls, from 0. The cursor
    /// moves.
    pub(super) fn write_margins(&self, rows: usize, out: &mut String) -> i32 {
        let (top, bottom) = self.set.margins[usize::from(self.set.alternate)];
        let (top, bottom) = (usize::from(top.max(1)), if bottom == 0 { rows } else { usize::from(bottom).min(rows) });
        if top >= bottom || (top, bottom) == (1, rows) {
            return 0;
        }
        let _ = write!(out, "\x1b[{top};{bottom}r");
        top as i32 - 1
    }

    /// Says which of the two character sets is used.
    pub(super) fn write_shift(&self, out: &mut String) {
        if self.set.shifted {
            out.push('\x0e');
        }
    }

    /// Sets the modes in a terminal that was reset, with one escape sequence for each.
    pub(super) fn write(&self, out: &mut String) {
        // Writing to a string cannot fail.
        for mode in &self.set.private {
            let _ = write!(out, "\x1b[?{mode}h");
        }
        if self.set.keypad {
            out.push_str("\x1b=");
        }
        if self.set.cursor > 0 {
            let _ = write!(out, "\x1b[{} q", self.set.cursor);
        }
    }
}

impl Set {
    fn private(&mut self, mode: u16, on: bool) {
        let group: &[u16] = match mode {
            _ if MOUSE.contains(&mode) => &MOUSE,
            _ if ENCODINGS.contains(&mode) => &ENCODINGS,
            _ if OTHERS.contains(&mode) => &[mode],
            66 => {
                self.keypad = on;
                return;
            }
            47 | 1047 | 1049 => {
                if on != self.alternate {
                    (self.alternate, self.margins[1]) = (on, (0, 0));
                }
                return;
            }
            _ => return,
        };
        if on {
            self.private.retain(|set| *set != mode);
            self.private.push(mode);
        } else {
            self.private.retain(|set| !group.contains(set));
        }
    }
}

impl Perform for Set {
    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        let mut numbers = params.iter().filter_map(|param| param.first().copied());
        match (intermediates, action) {
            (b"?", 'h' | 'l') => numbers.for_each(|mode| self.private(mode, action == 'h')),
            (b" ", 'q') => self.cursor = numbers.next().unwrap_or(0),
            (b"", 'r') => {
                let (top, bottom) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
                // Others have no effect.
                if bottom == 0 || top.max(1) < bottom {
                    self.margins[usize::from(self.alternate)] = (top, bottom);
                }
            }
            (b"!", 'p') => {
                self.private.retain(|set| !SOFT.contains(set));
                self.keypad = false;
                self.margins[usize::from(self.alternate)] = (0, 0);
            }
            _ => {}
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            0x0e => self.shifted = true,
            0x0f => self.shifted = false,
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        match (intermediates, byte) {
            (b"", b'=') => self.keypad = true,
            (b"", b'>') => self.keypad = false,
            (b"", b'c') => *self = Self::default(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(bytes: &[u8]) -> String {
        let (mut modes, mut out) = (Modes::default(), String::new());
        modes.feed(bytes);
        modes.write(&mut out);
        out
    }

    #[test]
    fn modes_are_set_one_by_one() {
        assert_eq!(after(b"\x1b[?1000;1006h text \x1b[?2004h\x1b=\x1b[6 q"), "\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b=\x1b[6 q");
        assert_eq!(after(b"\x1b[?1000h\x1b[?1003h\x1b[?1000l\x1b[?2004h\x1b[?2004l"), "");
        assert_eq!(after(b"\x1b[?1002h\x1b[?1000h\x1b[?1002h"), "\x1b[?1000h\x1b[?1002h");
    }

    #[test]
    fn resets_end_them() {
        assert_eq!(after(b"\x1b[?1000h\x1b[?2004h\x1b=\x1b[3 q\x1bc"), "");
        assert_eq!(after(b"\x1b[?1000h\x1b[?1004h\x1b[?2004h\x1b=\x1b[!p"), "\x1b[?1000h");
        assert_eq!(after(b"\x1b[?1049h\x1b[?25l\x1b[2J"), "", "the emulator knows these");
    }
}

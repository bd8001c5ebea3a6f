//! How cells look, as escape sequences (SGR and OSC 8).

use alacritty_terminal::term::cell::{Cell, Flags};
use std::fmt::Write;
use vte::ansi::Color;

/// The flags of a cell that have a code.
const CODES: [(Flags, &str); 10] = [
    (Flags::BOLD, ";1"),
    (Flags::DIM, ";2"),
    (Flags::ITALIC, ";3"),
    (Flags::UNDERLINE, ";4"),
    (Flags::DOUBLE_UNDERLINE, ";21"),
    (Flags::UNDERCURL, ";4:3"),
    (Flags::DOTTED_UNDERLINE, ";4:4"),
    (Flags::INVERSE, ";7"),
    (Flags::HIDDEN, ";8"),
    (Flags::STRIKEOUT, ";9"),
];

/// Whether a cell shows nothing.
pub(super) fn is_blank(cell: &Cell) -> bool {
    matches!(cell.c, ' ' | '\t') && cell.zerowidth().is_none() && looks(cell) == looks(&Cell::default()) && cell.extra.is_none()
}

/// Whether the same escape sequences set the look of two cells, but for their links.
pub(super) fn look_alike(one: &Cell, other: &Cell) -> bool {
    looks(one) == looks(other) && one.underline_color() == other.underline_color()
}

/// What of a cell escape sequences set, but for its link.
fn looks(cell: &Cell) -> (Color, Color, Flags) {
    (cell.fg, cell.bg, cell.flags & CODES.iter().fold(Flags::DASHED_UNDERLINE, |all, (flag, _)| all | *flag))
}

/// Links are left out of what is longer, in bytes: a program may give every cell one of its own, of any length.
const MOST_WITH_LINKS: usize = 1 << 20;

/// Changes the look from one cell to another.
pub(super) fn change(from: &Cell, to: &Cell, out: &mut String) {
    if !look_alike(from, to) {
        write_look(to, out);
    }
    if from.hyperlink() != to.hyperlink() {
        // Writing to a string cannot fail.
        let _ = match to.hyperlink().filter(|_| out.len() < MOST_WITH_LINKS) {
            Some(link) => write!(out, "\x1b]8;id={};{}\x1b\\", link.id(), link.uri()),
            None => write!(out, "\x1b]8;;\x1b\\"),
        };
    }
}

fn write_look(cell: &Cell, out: &mut String) {
    out.push_str("\x1b[0");
    out.extend(CODES.iter().filter(|(flag, _)| cell.flags.contains(*flag)).map(|(_, code)| *code));
    if cell.flags.contains(Flags::DASHED_UNDERLINE) {
        out.push_str(";4:5");
    }
    write_color(cell.fg, 30, out);
    write_color(cell.bg, 40, out);
    if let Some(color) = cell.underline_color() {
        write_color(color, 50, out);
    }
    out.push('m');
}

/// `base`: 30 for the foreground, 40 for the background, 50 for underlines, which have no short codes.
fn write_color(color: Color, base: u16, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match color {
        Color::Named(named) => match named as u16 {
            index @ 0..8 if base < 50 => write!(out, ";{}", base + index),
            index @ 8..16 if base < 50 => write!(out, ";{}", base + 52 + index),
            index @ 0..16 => write!(out, ";{};5;{index}", base + 8),
            _ => Ok(()),
        },
        Color::Indexed(index) => write!(out, ";{};5;{index}", base + 8),
        Color::Spec(rgb) => write!(out, ";{};2;{};{};{}", base + 8, rgb.r, rgb.g, rgb.b),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use vte::ansi::{NamedColor, Rgb};

    fn code(cell: &Cell) -> String {
        let mut out = String::new();
        change(&Cell::default(), cell, &mut out);
        out
    }

    #[test]
    fn each_look_has_its_code() {
        let cell = |fg, bg, flags| Cell { fg, bg, flags, ..Cell::default() };
        let (front, back) = (Color::Named(NamedColor::Foreground), Color::Named(NamedColor::Background));
        assert_eq!(code(&Cell::default()), "");
        assert_eq!(code(&cell(Color::Named(NamedColor::Red), back, Flags::BOLD | Flags::UNDERLINE)), "\x1b[0;1;4;31m");
        assert_eq!(code(&cell(front, Color::Named(NamedColor::BrightBlue), Flags::INVERSE)), "\x1b[0;7;104m");
        let rgb = Color::Spec(Rgb { r: 1, g: 2, b: 3 });
        assert_eq!(code(&cell(Color::Indexed(200), rgb, Flags::empty())), "\x1b[0;38;5;200;48;2;1;2;3m");
        let mut underlined = cell(front, back, Flags::UNDERCURL);
        underlined.set_underline_color(Some(rgb));
        assert_eq!(code(&underlined), "\x1b[0;4:3;58;2;1;2;3m");
    }
}

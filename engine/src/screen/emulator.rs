//! A terminal that draws nothing: it reads what a program prints, and says how to bring another terminal to the same state.

use super::{modes::Modes, redraw::redraw, unfinished::unfinished};
use alacritty_terminal::{Term, event::VoidListener, grid::Dimensions, term::Config};
use execdeck_wire::TerminalSize;
use vte::ansi::Processor;

/// Rows above the screen that are kept.
const SCROLLBACK: usize = 2000;

pub(super) struct Emulator {
    terminal: Term<VoidListener>,
    processor: Processor,
    modes: Modes,
    size: Size,
    /// The beginning of a character or a sequence whose other bytes have not come.
    held: Vec<u8>,
}

impl Emulator {
    pub(super) fn new(size: TerminalSize) -> Self {
        let size = Size::from(size);
        let config = Config { scrolling_history: SCROLLBACK, ..Config::default() };
        let terminal = Term::new(config, &size, VoidListener);
        Self { terminal, processor: Processor::new(), modes: Modes::default(), size, held: Vec::new() }
    }

    pub(super) fn resize(&mut self, size: TerminalSize) {
        let size = Size::from(size);
        if self.size != size {
            self.terminal.resize(size);
            self.modes.resized();
            self.size = size;
        }
    }

    /// Reads what was printed; it may be cut anywhere.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.held.is_empty() {
            let (whole, held) = bytes.split_at(bytes.len() - unfinished(bytes));
            self.read(whole);
            self.held.extend_from_slice(held);
        } else {
            let mut all = std::mem::take(&mut self.held);
            all.extend_from_slice(bytes);
            self.feed(&all);
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        self.modes.feed(bytes);
        let mut rest = bytes;
        while let Some((before, replacement, after)) = next_unknown(rest) {
            self.advance(before);
            self.processor.advance(&mut self.terminal, replacement);
            rest = after;
        }
        self.advance(rest);
    }

    /// What is not UTF-8 is left out, as the terminal in the page does.
    fn advance(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.processor.advance(&mut self.terminal, chunk.valid().as_bytes());
        }
    }

    /// What another terminal of the same size has to read to be in the same state.
    pub(super) fn dump(mut self) -> Vec<u8> {
        // A screen that is being updated is shown as far as it is.
        self.processor.stop_sync(&mut self.terminal);
        let mut out = String::from("\x1bc");
        self.modes.write(&mut out);
        redraw(&mut self.terminal, &self.modes, &mut out);
        let mut out = out.into_bytes();
        out.append(&mut self.held);
        out
    }
}

/// Sequences that the emulator does not know, and what does the same: a soft reset (DECSTR), and older ones for the alternate screen.
const UNKNOWN: [(&[u8], &[u8]); 5] = [
    (b"\x1b[!p", b"\x1b7\x1b[?6l\x1b[r\x1b8\x1b[m\x1b(B\x1b)B\x0f\x1b[?25h\x1b[4l\x1b[?7h\x1b[?1l"),
    (b"\x1b[?47h", b"\x1b[?1049h"),
    (b"\x1b[?47l", b"\x1b[?1049l"),
    (b"\x1b[?1047h", b"\x1b[?1049h"),
    (b"\x1b[?1047l", b"\x1b[?1049l"),
];

/// The first of them: what comes before it, what does the same, and what comes after it.
fn next_unknown(bytes: &[u8]) -> Option<(&[u8], &'static [u8], &[u8])> {
    memchr::memchr_iter(0x1b, bytes).find_map(|at| {
        let (before, sequence) = bytes.split_at(at);
        UNKNOWN.iter().find_map(|(unknown, same)| Some((before, *same, sequence.strip_prefix(*unknown)?)))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Size {
    cols: usize,
    rows: usize,
}

impl From<TerminalSize> for Size {
    fn from(size: TerminalSize) -> Self {
        // The emulator cannot have a single column.
        Self { cols: usize::from(size.cols.max(2)), rows: usize::from(size.rows.max(1)) }
    }
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.rows
    }

    fn screen_lines(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.cols
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alacritty_terminal::{
        grid::Row,
        index::{Column, Line, Point},
        term::cell::{Cell, Flags},
    };
    use proptest::prelude::*;

    const SIZE: TerminalSize = TerminalSize { cols: 20, rows: 6 };

    fn fed(pieces: &[&[u8]]) -> Emulator {
        let mut emulator = Emulator::new(SIZE);
        for piece in pieces {
            emulator.feed(piece);
        }
        emulator
    }

    fn text(row: &Row<Cell>) -> String {
        let cells = row[..].iter().filter(|cell| !cell.flags.contains(Flags::WIDE_CHAR_SPACER));
        cells.flat_map(|cell| std::iter::once(cell.c).chain(cell.zerowidth().into_iter().flatten().copied())).collect()
    }

    /// The rows above the screen and of the screen, and the cursor.
    fn seen(emulator: &Emulator) -> (Vec<String>, Point) {
        let grid = emulator.terminal.grid();
        let rows = (grid.topmost_line().0..=grid.bottommost_line().0).map(|line| text(&grid[Line(line)]).trim_end().to_owned());
        (rows.collect(), grid.cursor.point)
    }

    /// The cells of two screens that do not look the same.
    fn differences(one: &Emulator, other: &Emulator) -> Vec<(Cell, Cell)> {
        let cells = |emulator: &Emulator| {
            let grid = emulator.terminal.grid();
            let rows = (0..grid.screen_lines()).map(|line| &grid[Line(line as i32)]);
            rows.flat_map(|row| (0..grid.columns()).map(|column| whole(row, column))).collect::<Vec<_>>()
        };
        let look = |cell: &Cell| {
            let c = if cell.c == '\t' { ' ' } else { cell.c };
            let is_empty = c == ' ' && cell.zerowidth().is_none();
            let unseen = if is_empty { Flags::BOLD | Flags::DIM | Flags::ITALIC } else { Flags::empty() };
            let flags = cell.flags - Flags::WRAPLINE - Flags::WIDE_CHAR_SPACER - unseen;
            let fg = if is_empty && !flags.intersects(Flags::INVERSE | Flags::ALL_UNDERLINES | Flags::STRIKEOUT) {
                Cell::default().fg
            } else {
                cell.fg
            };
            (c, cell.zerowidth().map(<[char]>::to_vec), fg, cell.bg, flags)
        };
        // What a wide character without room leaves empty is of no account.
        let is_left = |cell: &Cell| cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER);
        let pairs = cells(one).into_iter().zip(cells(other));
        pairs.filter(|(one, other)| !is_left(one) && !is_left(other) && look(one) != look(other)).collect()
    }

    /// A cell, empty if half of its wide character was erased.
    fn whole(row: &Row<Cell>, column: usize) -> Cell {
        let mut cell = row[Column(column)].clone();
        let next = row[..].get(column + 1);
        if cell.flags.contains(Flags::WIDE_CHAR) && !next.is_some_and(|next| next.flags.contains(Flags::WIDE_CHAR_SPACER)) {
            cell.c = ' ';
            cell.flags.remove(Flags::WIDE_CHAR);
        }
        cell
    }

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z ]{1,30}",
            2 => Just("\r\n".to_owned()),
            1 => (1..8u16, 1..22u16).prop_map(|(row, col)| format!("\x1b[{row};{col}H")),
            1 => (0..108u16).prop_map(|number| format!("\x1b[{number}m")),
            1 => (1..4u16, 3..7u16).prop_map(|(top, bottom)| format!("\x1b[{top};{bottom}r")),
            // Some terminals have margins for each of the two screens, others for both.
            1 => prop_oneof![
                Just("\x1b[r\x1b[?1049h"), Just("\x1b[r\x1b[?1049l"), Just("\x1b[2J"), Just("\x1b[K"), Just("\x1b7"), Just("\x1b8"), Just("\x1b[?25l"),
                Just("\x1b[?25h"), Just("\x1b[?2004h"), Just("\x1b[?7l"), Just("\x1b[?7h"), Just("\x1b[L"), Just("\x1b(0"),
                Just("\x1b(B"), Just("\t"), Just("\x1bM"), Just("\x1b[38;5;200m"), Just("\x1b[48;2;1;2;3m"),
            ].prop_map(str::to_owned),
            1 => prop_oneof![Just("\u{6f22}"), Just("\u{1f600}"), Just("e\u{301}"), Just("\u{df}")].prop_map(str::to_owned),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_terminal_that_reads_the_dump_shows_the_same_now_and_later(
            before in proptest::collection::vec(piece(), 0..60),
            later in proptest::collection::vec(piece(), 0..20),
            cut in any::<proptest::sample::Index>(),
        ) {
            let before = before.concat().into_bytes();
            let (first, second) = before.split_at(cut.index(before.len() + 1));
            let mut original = fed(&[first, second]);
            let dump = fed(&[&before]).dump();
            prop_assert_eq!(&fed(&[first, second]).dump(), &dump);
            let mut copy = fed(&[&dump]);
            let text = dump.escape_ascii();
            prop_assert_eq!(seen(&copy).1, seen(&original).1, "{}", text);
            prop_assert!(differences(&copy, &original).is_empty(), "{} {:?}", text, differences(&copy, &original));
            for piece in later {
                original.feed(piece.as_bytes());
                copy.feed(piece.as_bytes());
                prop_assert!(differences(&copy, &original).is_empty(), "{} {:?} {:?}", text, piece, differences(&copy, &original));
            }
        }
    }

    #[test]
    fn a_column_that_a_wide_character_had_no_room_in_keeps_its_look() {
        let before = "\x1b[4m\x1b[1;20H\u{6f22}\x1b[m\x1b[2K\x1b[2;1H\u{6f22}";
        let mut original = fed(&[before.as_bytes()]);
        let mut copy = fed(&[&fed(&[before.as_bytes()]).dump()]);
        // The column shows as soon as the wide character is written over.
        for screen in [&mut original, &mut copy] {
            screen.feed(b"\x1b[2;1Ha");
        }
        assert!(differences(&copy, &original).is_empty(), "{:?}", differences(&copy, &original));
    }

    #[test]
    fn the_scrollback_comes_with_the_screen() {
        let text: String = (1..=30).fold(String::new(), |text, number| text + &format!("line {number}\r\n"));
        for text in [text.as_str(), "one\r\ntwo"] {
            let (original, copy) = (fed(&[text.as_bytes()]), fed(&[&fed(&[text.as_bytes()]).dump()]));
            assert_eq!(seen(&copy), seen(&original));
            assert_eq!(seen(&copy).0.len(), text.lines().count().max(5) + 1);
        }
    }

    #[test]
    fn a_soft_reset_and_the_older_alternate_screens_are_followed() {
        let reset = fed(&[b"\x1b[2;4r\x1b[31;44m\x1b[?6h\x1b[?25l\x1b[4h\x1b[?1hcrashed\x1b[!p\x1b[H\x1b[2Jfine\xff\x1b[20h"]);
        let text = String::from_utf8(reset.dump()).unwrap();
        assert!(text.ends_with("\x1b[1;5H\x1b[20h") && text.contains("fine"), "{text:?}");
        for (on, off) in [("\x1b[?47h", "\x1b[?47l"), ("\x1b[?1047h", "\x1b[?1047l")] {
            let shown = fed(&[format!("main{on}\x1b[HALT").as_bytes()]);
            assert_eq!(seen(&shown).0[0], "ALT");
            assert_eq!(seen(&fed(&[format!("main{on}\x1b[HALT{off}").as_bytes()])).0[0], "main");
        }
    }

    #[test]
    fn hostile_output_makes_no_huge_screen() {
        let size = TerminalSize { cols: 200, rows: 50 };
        let mut emulator = Emulator::new(size);
        let link = "x".repeat(2000);
        for number in 0..10_000 {
            emulator.feed(format!("\x1b]8;;http://{link}{number}\x07\x1b[38;2;{};1;1ma\u{301}", number % 256).as_bytes());
        }
        emulator.feed("\u{301}".repeat(500_000).as_bytes());
        let dump = emulator.dump();
        assert!(dump.len() < 4 << 20, "{}", dump.len());
        let rows = seen(&fed(&[&dump])).0.len();
        assert!(rows > 50, "{rows}");
    }

    #[test]
    fn what_lies_below_the_alternate_screen_comes_back_when_it_is_left() {
        let printed = b"shell $ vim\r\n\x1b[?1049h\x1b[?1h\x1b[?1000;1006h\x1b[Hfile\x1b[3;4Hx";
        let (mut original, dump) = (fed(&[printed]), fed(&[printed]).dump());
        let text = String::from_utf8(dump.clone()).unwrap();
        for mode in ["\x1b[?1049h", "\x1b[?1h", "\x1b[?1000h", "\x1b[?1006h"] {
            assert!(text.contains(mode), "{text:?}");
        }
        let mut copy = fed(&[&dump]);
        for emulator in [&mut original, &mut copy] {
            emulator.feed(b"\x1b[?1049l$ ");
        }
        assert_eq!(seen(&copy), seen(&original));
        assert_eq!(seen(&copy).0[1], "$");
    }

    #[test]
    fn a_character_or_a_sequence_that_is_cut_goes_on_in_the_copy() {
        let whole = "a\u{1f600}\x1b[1;31mb\x1b]0;title\x07c\u{6f22}".as_bytes();
        for cut in 0..=whole.len() {
            let (first, second) = whole.split_at(cut);
            let copy = fed(&[&fed(&[first]).dump(), second]);
            assert_eq!(seen(&copy), seen(&fed(&[whole])), "{cut}");
        }
        assert_eq!(seen(&fed(&[b"\xff\xc3\xc3\xa4\xf0\x9f!"])), seen(&fed(&["\u{e4}!".as_bytes()])));
    }
}

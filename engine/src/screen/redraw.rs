//! The escape codes that redraw a terminal in one of the same size that was reset.

use super::{
    modes::Modes,
    pen::{change, is_blank, look_alike},
};
use alacritty_terminal::{
    Grid, Term,
    event::VoidListener,
    grid::{Cursor, Dimensions, Row},
    index::{Column, Line, Point},
    term::{
        TermMode,
        cell::{Cell, Flags},
    },
};
use std::fmt::Write;
use vte::ansi::{CharsetIndex, StandardCharset};

/// Characters without a width that are drawn in one cell.
const MOST_MARKS: usize = 8;
/// About how much the rows above the screen may take, in bytes.
const MOST_ABOVE: usize = 1 << 20;

/// Draws the rows above the screen and the screen, or what lies below the alternate screen and that, then sets everything else.
/// The terminal is of no use afterwards.
pub(super) fn redraw(terminal: &mut Term<VoidListener>, modes: &Modes, out: &mut String) {
    let mode = *terminal.mode();
    let mut end = String::new();
    if mode.contains(TermMode::ALT_SCREEN) {
        let alternate = terminal.grid();
        write_screen(alternate, &mut end);
        write_saved_cursor(alternate, &mut end);
        write_state(alternate, mode, modes, &mut end);
        // Only the screen that is shown can be looked at; changing back would erase the alternate one.
        terminal.swap_alt();
        let primary = terminal.grid();
        write_rows(primary, out);
        // It begins with the background of the cursor.
        write_cursor(primary, &primary.cursor, "\x1b[?1049h\x1b[0m\x1b[2J", out);
    } else {
        let primary = terminal.grid();
        write_rows(primary, out);
        write_saved_cursor(primary, out);
        write_state(primary, mode, modes, &mut end);
    }
    out.push_str(&end);
}

/// The oldest row to draw: those that follow do not take too much.
fn first_row(grid: &Grid<Cell>) -> Line {
    let (mut line, mut text, mut look) = (Line(0), String::new(), Cell::default());
    while line > grid.topmost_line() {
        write_row(&grid[line - 1], shown(&grid[line - 1]), &mut look, &mut text);
        if text.len() > MOST_ABOVE {
            break;
        }
        line -= 1;
    }
    line
}

/// All rows from the oldest one, each below the last, so that the terminal scrolls as it did before.
fn write_rows(grid: &Grid<Cell>, out: &mut String) {
    let mut look = Cell::default();
    let last = grid.bottommost_line();
    let mut line = first_row(grid);
    let mut is_continued = false;
    loop {
        let row = &grid[line];
        // Without a character in the next row nothing would wrap.
        let continues = row[grid.last_column()].flags.contains(Flags::WRAPLINE) && line < last && shown(&grid[line + 1]) > 0;
        let wraps_wide = continues && leaves_room_for_wide(&row[grid.last_column()], &grid[line + 1_i32][Column(0)]);
        let cells = if continues { grid.columns() - usize::from(wraps_wide) } else { shown(row) };
        write_row(row, cells, &mut look, out);
        if !continues {
            change(&look, &Cell::default(), out);
            look = Cell::default();
            // A row that scrolls in has the background of the character that wraps.
            if is_continued && cells < grid.columns() {
                out.push_str("\x1b[K");
            }
        }
        if line >= last {
            break;
        }
        if !continues {
            out.push_str("\r\n");
        }
        is_continued = continues;
        line += 1;
    }
}

/// Whether a wide character that had no room in the last column wraps by itself and leaves that column as it is.
/// It does not if it was written over by one that looks different.
fn leaves_room_for_wide(last: &Cell, next: &Cell) -> bool {
    last.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER) && next.flags.contains(Flags::WIDE_CHAR) && look_alike(last, next)
}

/// The rows of the screen, each at its place.
fn write_screen(grid: &Grid<Cell>, out: &mut String) {
    let mut look = Cell::default();
    for line in 0..grid.screen_lines() {
        let row = &grid[Line(line as i32)];
        let shown = shown(row);
        if shown > 0 {
            let _ = write!(out, "\x1b[{};1H", line + 1);
            write_row(row, shown, &mut look, out);
        }
    }
    change(&look, &Cell::default(), out);
}

/// How many cells a row has up to the last one that shows something.
fn shown(row: &Row<Cell>) -> usize {
    row[..].iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1)
}

fn write_row(row: &Row<Cell>, cells: usize, look: &mut Cell, out: &mut String) {
    let mut column = 0;
    while column < cells {
        let cell = &row[Column(column)];
        let is_wide = cell.flags.contains(Flags::WIDE_CHAR);
        let has_room = row[..].get(column + 1).is_some_and(|next| next.flags.contains(Flags::WIDE_CHAR_SPACER));
        change(look, cell, out);
        *look = cell.clone();
        if is_wide && !has_room {
            // The other half was written over.
            out.push(' ');
        } else {
            write_cell(cell, out);
        }
        column += if is_wide && has_room { 2 } else { 1 };
    }
}

fn write_cell(cell: &Cell, out: &mut String) {
    // A tab is where it has moved the cursor from.
    out.push(if cell.c == '\t' { ' ' } else { cell.c });
    out.extend(cell.zerowidth().into_iter().flatten().take(MOST_MARKS));
}

fn write_position(point: Point, out: &mut String) {
    let _ = write!(out, "\x1b[{};{}H", point.line.0 + 1, point.column.0 + 1);
}

/// Saves the cursor that a program has saved, unless it is where it is from the start.
fn write_saved_cursor(grid: &Grid<Cell>, out: &mut String) {
    let saved = &grid.saved_cursor;
    if *saved != Cursor::default() {
        write_cursor(grid, saved, "\x1b7\x1b[0m", out);
    }
}

/// A sequence at a cursor, with its look and character sets for just as long.
fn write_cursor(grid: &Grid<Cell>, cursor: &Cursor<Cell>, sequence: &str, out: &mut String) {
    write_position(cursor.point, out);
    write_pen(grid, cursor, out);
    let has_drawing = write_charsets(cursor, out);
    out.push_str(sequence);
    if cursor.template.hyperlink().is_some() {
        out.push_str("\x1b]8;;\x1b\\");
    }
    if has_drawing {
        out.push_str("\x1b(B\x1b)B");
    }
}

/// Chooses the character sets for drawing lines. Returns whether there are any.
fn write_charsets(cursor: &Cursor<Cell>, out: &mut String) -> bool {
    let sets = [(CharsetIndex::G0, "\x1b(0"), (CharsetIndex::G1, "\x1b)0")];
    let codes = sets.into_iter().filter(|(set, _)| cursor.charsets[*set] == StandardCharset::SpecialCharacterAndLineDrawing);
    let before = out.len();
    out.extend(codes.map(|(_, code)| code));
    out.len() > before
}

/// The look of what is printed at a cursor. A character in the last column, after which the next one begins a row, is printed again.
fn write_pen(grid: &Grid<Cell>, cursor: &Cursor<Cell>, out: &mut String) {
    let mut look = Cell::default();
    if cursor.input_needs_wrap {
        let Point { line, column } = cursor.point;
        let row = &grid[line];
        let is_spacer = row[column].flags.contains(Flags::WIDE_CHAR_SPACER) && column.0 > 0;
        let cell = &row[if is_spacer { column - 1 } else { column }];
        if is_spacer {
            out.push_str("\x1b[D");
        }
        change(&look, cell, out);
        write_cell(cell, out);
        look = cell.clone();
    }
    change(&look, &cursor.template, out);
}

/// Cursor, margins and modes.
fn write_state(grid: &Grid<Cell>, mode: TermMode, modes: &Modes, out: &mut String) {
    let top = modes.write_margins(grid.screen_lines(), out);
    let cursor = &grid.cursor;
    let Point { line, column } = cursor.point;
    if mode.contains(TermMode::ORIGIN) {
        out.push_str("\x1b[?6h");
        write_position(Point::new(Line((line.0 - top).max(0)), column), out);
    } else {
        write_position(cursor.point, out);
    }
    write_pen(grid, cursor, out);
    write_charsets(cursor, out);
    modes.write_shift(out);
    let codes = [
        (TermMode::SHOW_CURSOR, false, "\x1b[?25l"),
        (TermMode::LINE_WRAP, false, "\x1b[?7l"),
        (TermMode::INSERT, true, "\x1b[4h"),
        (TermMode::LINE_FEED_NEW_LINE, true, "\x1b[20h"),
        (TermMode::APP_CURSOR, true, "\x1b[?1h"),
    ];
    out.extend(codes.into_iter().filter(|(flag, is_set, _)| mode.contains(*flag) == *is_set).map(|(.., code)| code));
}

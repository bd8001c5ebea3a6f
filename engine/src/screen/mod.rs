//! What a terminal shows now, for those who begin to watch it: made when they come, and kept by nobody.
//!
//! # Layout
//! `emulator`: reads output, but for what is `unfinished`. `modes`: what it does not tell. `redraw`: the escape codes that draw its state,
//! `pen`: those for how cells look.
//! `checkpoint`: a state on disk, so that what was read once is not read again.

mod checkpoint;
mod emulator;
mod modes;
mod pen;
mod redraw;
mod unfinished;

use crate::{
    attach::on_blocking_pool,
    error::Error,
    log::{Log, Piece, Pieces},
    viewer::Viewer,
};
use checkpoint::Checkpoint;
use emulator::Emulator;
use execdeck_wire::TerminalSize;
use std::io;
use tokio::sync::Semaphore;

/// Whoever has read this much since the last checkpoint, in bytes, leaves another one.
const CHECKPOINT: u64 = 1 << 20;

/// So many are built at a time: a large terminal takes some memory.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A terminal as it is at an offset of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Output before this absolute offset was read.
    pub offset: u64,
    /// Its size.
    pub size: TerminalSize,
    /// The escape codes that redraw it with its modes, in a terminal of this size: rows above the screen, the screen itself, or what lies
    /// below the alternate screen and that.
    pub bytes: Vec<u8>,
}

impl Viewer {
    /// The screen of a terminal that is still used, from whose offset on the viewer reads then; `None` for another process.
    pub async fn screen(&mut self) -> Result<Option<Screen>, Error> {
        let process = self.process();
        let Some(size) = process.terminal.filter(|_| process.state.is_active()) else { return Ok(None) };
        let log = self.log();
        // Never fails: it is not closed.
        let _turn = TURNS.acquire().await;
        let screen = on_blocking_pool(move || build(log, size)).await.map_err(|error| self.reading_failed(error))?;
        self.seek(screen.offset);
        Ok(Some(screen))
    }
}

/// Builds the screen at the end of a log. Its size is that of the terminal now; what was printed for another one is drawn as well as it can be.
fn build(log: Log, size: TerminalSize) -> io::Result<Screen> {
    let (folder, end) = (log.folder.clone(), log.end);
    let checkpoint = Checkpoint::read(&folder).filter(|checkpoint| checkpoint.offset <= end);
    let (mut emulator, begin) = match checkpoint {
        Some(Checkpoint { offset, size, bytes }) => {
            let mut emulator = Emulator::new(size);
            emulator.feed(&bytes);
            (emulator, offset)
        }
        None => (Emulator::new(size), 0),
    };
    emulator.resize(size);
    let mut pieces = Pieces::from(log, begin);
    while pieces.next(|piece| {
        if let Piece::Output { bytes, .. } = piece {
            emulator.feed(bytes);
        }
    })? {}
    let bytes = emulator.dump();
    if end - begin >= CHECKPOINT {
        let checkpoint = Checkpoint { offset: end, size, bytes: bytes.clone() };
        // It is made again by the next viewer.
        if let Err(error) = checkpoint.write(&folder) {
            tracing::debug!(%error, folder = %folder.display(), "the state of a terminal was not stored");
        }
    }
    Ok(Screen { offset: end, size, bytes })
}

/// Output as anybody may print it, after a byte that says where it is cut: it can be drawn, and drawn again from what was drawn.
#[cfg(any(test, feature = "fuzzing"))]
pub fn fuzz_screen(bytes: &[u8]) {
    const SIZE: TerminalSize = TerminalSize { cols: 20, rows: 6 };
    let Some((cut, printed)) = bytes.split_first() else { return };
    let (first, second) = printed.split_at(printed.len() * usize::from(*cut) / 256);
    let mut emulator = Emulator::new(SIZE);
    emulator.feed(first);
    emulator.resize(TerminalSize { cols: 2 + u16::from(*cut), rows: 1 + u16::from(*cut % 7) });
    emulator.feed(second);
    let mut again = Emulator::new(SIZE);
    again.feed(&emulator.dump());
    again.dump();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Folder, write_segment};
    use execdeck_wire::Stream;

    const SIZE: TerminalSize = TerminalSize { cols: 40, rows: 5 };

    fn log(folder: &Folder, end: u64) -> Log {
        Log { folder: folder.path(), end, default_stream: Stream::Terminal }
    }

    #[test]
    fn the_screen_is_built_from_a_checkpoint_and_what_follows() {
        let folder = Folder::new();
        let text: String = (0..60_000).map(|number| format!("\x1b[32mline\x1b[m {number}\r\n")).collect();
        let pieces: Vec<_> = text.as_bytes().chunks(60_000).map(|bytes| (Stream::Terminal, bytes)).collect();
        let end = write_segment(&folder, &pieces);
        let whole = build(log(&folder, end), SIZE).unwrap();
        let stored = Checkpoint::read(&folder.path()).unwrap();
        assert_eq!((stored.offset, stored.size, &stored.bytes), (end, SIZE, &whole.bytes));
        let again = build(log(&folder, end), SIZE).unwrap();
        assert_eq!(again, whole);
        // What is damaged, or is from a later time, is not used.
        Checkpoint { offset: end + 1, ..stored }.write(&folder.path()).unwrap();
        assert_eq!(build(log(&folder, end), SIZE).unwrap(), whole);
        std::fs::write(folder.path().join("screen"), "{\"version\":1").unwrap();
        assert_eq!(build(log(&folder, end), SIZE).unwrap(), whole);
    }

    #[test]
    fn a_checkpoint_of_another_size_is_used() {
        let folder = Folder::new();
        let end = write_segment(&folder, &[(Stream::Terminal, b"one\r\ntwo\x1b[?2004h")]);
        let small = TerminalSize { cols: 10, rows: 3 };
        let bytes = build(log(&folder, end), small).unwrap().bytes;
        Checkpoint { offset: end, size: small, bytes }.write(&folder.path()).unwrap();
        let screen = build(log(&folder, end), SIZE).unwrap();
        let text = String::from_utf8(screen.bytes).unwrap();
        assert!(screen.size == SIZE && text.contains("one\r\ntwo") && text.contains("\x1b[?2004h"), "{text:?}");
    }
}

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
    log::{Log, Piece, Pieces},
    sizes::Sizes,
    viewer::Viewer,
};
use checkpoint::Checkpoint;
use emulator::Emulator;
use execdeck_wire::TerminalSize;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinHandle, time::timeout};

/// Whoever has read this much since the last checkpoint, in bytes, leaves another one.
const CHECKPOINT: u64 = 1 << 20;

/// A screen that takes longer is not built, and one that waits longer for its turn.
const LONGEST: Duration = Duration::from_secs(10);
/// It is looked whether that is so after as much output, in bytes.
const SLICE: usize = 4 << 10;

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

/// A screen that is being built. Dropping it ends that.
pub struct ScreenBuild {
    task: JoinHandle<io::Result<Option<Screen>>>,
    is_dropped: Arc<AtomicBool>,
}

impl ScreenBuild {
    /// The screen; `None` if it takes too long. Can be cancelled; nothing is lost then. Not to be called again once it has returned.
    pub async fn finish(&mut self) -> io::Result<Option<Screen>> {
        (&mut self.task).await.map_err(io::Error::other)?
    }
}

impl Drop for ScreenBuild {
    fn drop(&mut self) {
        self.is_dropped.store(true, Ordering::Relaxed);
        // A build that waits for its turn ends at once.
        self.task.abort();
    }
}

impl Viewer {
    /// Begins to build the screen of a terminal that is still used; `None` for another process. The viewer then has to go on at the
    /// offset of the screen.
    pub fn begin_screen(&mut self) -> Option<ScreenBuild> {
        let process = self.process();
        let size = process.terminal.filter(|_| process.state.is_active())?;
        let (log, is_dropped) = (self.log(), Arc::<AtomicBool>::default());
        let watched = Arc::clone(&is_dropped);
        let task = tokio::spawn(async move {
            let Ok(Ok(turn)) = timeout(LONGEST, TURNS.acquire()).await else { return Ok(None) };
            let begin = Instant::now();
            on_blocking_pool(move || {
                // Held for as long as the thread is taken, also if nobody waits for it any more.
                let _turn = turn;
                build(log, size, || watched.load(Ordering::Relaxed) || begin.elapsed() > LONGEST)
            })
            .await
        });
        Some(ScreenBuild { task, is_dropped })
    }
}

/// Builds the screen at the end of a log, unless `is_over`. Its size is that of the terminal now; what was printed for another one is
/// drawn in that one, as far as the sizes are on record.
fn build(log: Log, size: TerminalSize, is_over: impl Fn() -> bool) -> io::Result<Option<Screen>> {
    let (folder, end) = (log.folder.clone(), log.end);
    let mut sizes = Sizes::of_log(&folder)?;
    let checkpoint = Checkpoint::read(&folder).filter(|checkpoint| checkpoint.offset <= end);
    let (mut emulator, begin) = match checkpoint {
        Some(Checkpoint { offset, size, bytes }) => {
            let mut emulator = Emulator::new(size);
            emulator.feed(&bytes);
            (emulator, offset)
        }
        None => (Emulator::new(size), 0),
    };
    emulator.resize(sizes.skip_to(begin).unwrap_or(size));
    let mut pieces = Pieces::from(log, begin);
    while pieces.next(|piece| {
        if let Piece::Output { offset, bytes, .. } = piece {
            let (mut at, mut rest) = (offset, bytes);
            while let Some(change) = sizes.next_before(offset + bytes.len() as u64).filter(|_| !is_over()) {
                let (before, after) = rest.split_at(change.offset.saturating_sub(at) as usize);
                feed(&mut emulator, before, &is_over);
                emulator.resize(change.size);
                (at, rest) = (at.max(change.offset), after);
            }
            feed(&mut emulator, rest, &is_over);
        }
    })? && !is_over()
    {}
    if is_over() {
        return Ok(None);
    }
    emulator.resize(size);
    let bytes = emulator.dump();
    if end - begin >= CHECKPOINT {
        let checkpoint = Checkpoint { offset: end, size, bytes: bytes.clone() };
        // It is made again by the next viewer.
        if let Err(error) = checkpoint.write(&folder) {
            tracing::debug!(%error, folder = %folder.display(), "the state of a terminal was not stored");
        }
    }
    Ok(Some(Screen { offset: end, size, bytes }))
}

/// A few bytes may make a lot of work.
fn feed(emulator: &mut Emulator, bytes: &[u8], is_over: &impl Fn() -> bool) {
    bytes.chunks(SLICE).take_while(|_| !is_over()).for_each(|slice| emulator.feed(slice));
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
    use crate::{
        log::tests::{Folder, write_segment, write_segment_in},
        sizes::SizeChange,
    };
    use execdeck_wire::Stream;

    const SIZE: TerminalSize = TerminalSize { cols: 40, rows: 5 };

    fn log(folder: &Folder, end: u64) -> Log {
        Log { folder: folder.path(), end, default_stream: Stream::Terminal }
    }

    fn built(log: Log, size: TerminalSize) -> Screen {
        build(log, size, || false).unwrap().unwrap()
    }

    #[test]
    fn the_screen_is_built_from_a_checkpoint_and_what_follows() {
        let folder = Folder::new();
        let text: String = (0..60_000).fold(String::new(), |text, number| text + &format!("\x1b[32mline\x1b[m {number}\r\n"));
        let pieces: Vec<_> = text.as_bytes().chunks(60_000).map(|bytes| (Stream::Terminal, bytes)).collect();
        let end = write_segment(&folder, &pieces);
        let whole = built(log(&folder, end), SIZE);
        let stored = Checkpoint::read(&folder.path()).unwrap();
        assert_eq!((stored.offset, stored.size, &stored.bytes), (end, SIZE, &whole.bytes));
        let again = built(log(&folder, end), SIZE);
        assert_eq!(again, whole);
        // What is damaged, or is from a later time, is not used.
        Checkpoint { offset: end + 1, ..stored }.write(&folder.path()).unwrap();
        assert_eq!(built(log(&folder, end), SIZE), whole);
        std::fs::write(folder.path().join("screen"), "{\"version\":1").unwrap();
        assert_eq!(built(log(&folder, end), SIZE), whole);
    }

    #[tokio::test]
    async fn what_takes_too_long_or_is_not_wanted_any_more_is_not_built() {
        let folder = Folder::new();
        // Each of these makes 65,535 characters.
        let end = write_segment(&folder, &[(Stream::Terminal, b"a\x1b[1000000000b".repeat(3000).as_slice()); 5]);
        let large = TerminalSize { cols: 1000, rows: 1000 };
        let begin = Instant::now();
        let soon = || begin.elapsed() > Duration::from_millis(300);
        assert!(build(log(&folder, end), large, soon).unwrap().is_none());
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }

    #[test]
    fn what_was_printed_for_another_size_is_drawn_in_it() {
        let folder = Folder::new();
        let output = folder.path().join("output");
        std::fs::create_dir(&output).unwrap();
        let sized = |offset: u64, cols: u16, rows: u16| {
            let change = SizeChange { offset, time_us: 1, size: TerminalSize { cols, rows } };
            change.append(&folder.path().join("sizes")).unwrap();
        };
        // A program sets margins for the size that it has, draws, is resized, which ends its margins, and scrolls.
        let first = b"\x1b[1;3r\x1b[3;1Hthird";
        let second = b"\x1b[5;1Hfifth\r\nlast";
        sized(0, 40, 3);
        sized(first.len() as u64, 40, 5);
        let end = write_segment_in(output.clone(), &[(Stream::Terminal, &[first.as_slice(), second].concat())]);
        let log = Log { folder: output, end, default_stream: Stream::Terminal };
        let text = String::from_utf8(built(log, SIZE).bytes).unwrap();
        assert!(text.contains("third\r\n\r\nfifth\r\nlast"), "{text:?}");
    }

    #[test]
    fn a_checkpoint_of_another_size_is_used() {
        let folder = Folder::new();
        let end = write_segment(&folder, &[(Stream::Terminal, b"one\r\ntwo\x1b[?2004h")]);
        let small = TerminalSize { cols: 10, rows: 3 };
        let bytes = built(log(&folder, end), small).bytes;
        Checkpoint { offset: end, size: small, bytes }.write(&folder.path()).unwrap();
        let screen = built(log(&folder, end), SIZE);
        let text = String::from_utf8(screen.bytes).unwrap();
        assert!(screen.size == SIZE && text.contains("one\r\ntwo") && text.contains("\x1b[?2004h"), "{text:?}");
    }
}

//! The blocks of a log, where there are many read by another thread while those before them are searched.

use super::{block::Block, blocks::Blocks};
use std::{
    collections::VecDeque,
    io,
    ops::ControlFlow,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

/// Blocks are handed over together, about so many bytes, and so many times before the first of them is taken.
const HANDED_OVER: usize = 256 << 10;
const WAITING: usize = 3;

/// A block, none at the end.
type Next = io::Result<Option<Block>>;

/// The blocks, in order.
pub(super) struct Ahead {
    blocks: Blocks,
    /// What was read but not wanted any more.
    waiting: VecDeque<Next>,
}

impl Ahead {
    pub(super) fn new(blocks: Blocks) -> Self {
        Self { blocks, waiting: VecDeque::new() }
    }

    /// What is returned next is an error.
    pub(super) fn fail_next(&mut self, error: io::Error) {
        self.waiting.push_front(Err(error));
    }

    /// Gives blocks to `each` until it wants no more. False once there are no more. After `alone` bytes a second thread reads them, if
    /// that is not `None`.
    pub(super) fn each(&mut self, alone: Option<usize>, mut each: impl FnMut(Block) -> io::Result<ControlFlow<()>>) -> io::Result<bool> {
        let mut given = 0;
        while alone.is_none_or(|alone| given < alone) || !self.waiting.is_empty() {
            let Some(block) = self.waiting.pop_front().unwrap_or_else(|| self.blocks.next())? else { return Ok(false) };
            given += block.bytes.len();
            if each(block)?.is_break() {
                return Ok(true);
            }
        }
        self.each_read_ahead(each)
    }

    /// The same with a second thread, which has ended when this returns. Nothing is waiting.
    fn each_read_ahead(&mut self, each: impl FnMut(Block) -> io::Result<ControlFlow<()>>) -> io::Result<bool> {
        let Self { blocks, waiting } = self;
        let is_enough = &AtomicBool::new(false);
        thread::scope(move |scope| {
            let (sender, receiver) = sync_channel(WAITING);
            // If the system has no thread to spare, nothing is read, and the next call goes on.
            let _ = thread::Builder::new().name("read ahead".into()).spawn_scoped(scope, move || read_ahead(blocks, &sender, is_enough));
            let mut read = receiver.into_iter().flatten();
            let given = give(&mut read, each);
            is_enough.store(true, Ordering::Relaxed);
            waiting.extend(read);
            given
        })
    }
}

/// Gives blocks to `each` until it wants no more. False once there are no more.
fn give(blocks: impl Iterator<Item = Next>, mut each: impl FnMut(Block) -> io::Result<ControlFlow<()>>) -> io::Result<bool> {
    for next in blocks {
        let Some(block) = next? else { return Ok(false) };
        if each(block)?.is_break() {
            break;
        }
    }
    Ok(true)
}

/// Reads blocks until there are no more, or enough.
fn read_ahead(blocks: &mut Blocks, sender: &SyncSender<Vec<Next>>, is_enough: &AtomicBool) {
    let mut is_over = false;
    while !is_over && !is_enough.load(Ordering::Relaxed) {
        let (mut some, mut bytes) = (Vec::new(), 0);
        while !is_over && bytes < HANDED_OVER {
            let next = blocks.next();
            match &next {
                Ok(Some(block)) => bytes += block.bytes.len(),
                _ => is_over = true,
            }
            some.push(next);
        }
        if sender.send(some).is_err() {
            return;
        }
    }
}

//! The frames of output: read straight into the memory that the socket then sends from.

use crate::deck::{Chunk, EngineError as Error, Viewer};
use axum::body::Bytes;
use bytes::BytesMut;
use execdeck_wire::{Frame, GapReason};

/// Bytes of a frame before its output.
const HEADER: usize = 9;
/// Small frames share an allocation of this size, so that a slow trickle costs little memory.
const SMALLEST: usize = 4 << 10;

/// What comes next for the viewer.
pub(super) enum Next {
    /// Output up to an offset, and how much of it.
    Output { frame: Bytes, end: u64, length: u64 },
    /// Some will not come.
    Gap(u64, u64, GapReason),
}

/// Makes frames, all in one piece of memory where the socket has let go of the last one.
#[derive(Default)]
pub(super) struct Frames(Bytes);

impl Frames {
    /// Reads the next output, at most so many bytes; `None` when there is nothing now.
    pub(super) async fn next(&mut self, viewer: &mut Viewer, most: usize) -> Result<Option<Next>, Error> {
        let end = viewer.extent().range.end;
        let most = most.min(end.saturating_sub(viewer.position()) as usize);
        let room = HEADER + most;
        let last = std::mem::take(&mut self.0).try_into_mut().ok().filter(|last| last.len() >= room);
        let mut memory = last.unwrap_or_else(|| BytesMut::zeroed(room.max(SMALLEST)));
        let chunk = viewer.read_into(end, &mut memory[HEADER..room]).await?;
        let next = match chunk {
            None => None,
            Some(Chunk::Gap(from, to, reason)) => Some(Next::Gap(from, to, reason)),
            Some(Chunk::Output(stream, offset, length)) => {
                memory[..HEADER].copy_from_slice(&Frame::output_header(stream, offset));
                self.0 = memory.freeze();
                let (end, frame) = (offset + length as u64, self.0.slice(..HEADER + length));
                return Ok(Some(Next::Output { frame, end, length: length as u64 }));
            }
        };
        self.0 = memory.freeze();
        Ok(next)
    }

    /// Gives the memory back while nothing is printed.
    pub(super) fn rest(&mut self) {
        self.0 = Bytes::new();
    }
}

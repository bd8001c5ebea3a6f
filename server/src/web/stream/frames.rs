//! The frames of output: read straight into the memory that the socket then sends from.

use crate::deck::{Chunk, EngineError, Viewer};
use axum::body::Bytes;
use bytes::BytesMut;
use execdeck_wire::Frame;

/// Bytes of a frame before its output.
const HEADER: usize = 9;
/// Small frames share an allocation of this size, so that a slow trickle costs little memory.
const MIN_ALLOCATION: usize = 4 << 10;

/// Makes frames, all in one piece of memory where the socket has let go of the last one.
#[derive(Default)]
pub(super) struct Frames {
    buffer: Bytes,
}

impl Frames {
    /// Reads the next output, at most so many bytes, as a frame; `None` when there is nothing now.
    pub(super) async fn next(&mut self, viewer: &mut Viewer, most: usize) -> Result<Option<(Chunk, Bytes)>, EngineError> {
        let end = viewer.extent().range.end;
        let most = most.min(end.saturating_sub(viewer.position()) as usize);
        let room = HEADER + most;
        let last = std::mem::take(&mut self.buffer).try_into_mut().ok().filter(|last| last.len() >= room);
        let mut memory = last.unwrap_or_else(|| BytesMut::zeroed(room.max(MIN_ALLOCATION)));
        let chunk = viewer.read_before(end, &mut memory[HEADER..room]).await?;
        if let Some(Chunk::Output { stream, offset, .. }) = chunk {
            memory[..HEADER].copy_from_slice(&Frame::output_header(stream, offset));
        }
        self.buffer = memory.freeze();
        Ok(chunk.map(|chunk| match chunk {
            Chunk::Output { length, .. } => (chunk, self.buffer.slice(..HEADER + length)),
            Chunk::Gap { from, to, reason } => (chunk, Frame::Gap(from, to, reason).encode().into()),
        }))
    }

    /// Gives the memory back while nothing is printed.
    pub(super) fn release_buffer(&mut self) {
        self.buffer = Bytes::new();
    }
}

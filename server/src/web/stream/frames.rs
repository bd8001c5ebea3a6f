//! Output frames, read straight into the memory that the socket then sends from.

use crate::deck::{Chunk, EngineError, Viewer};
use axum::body::Bytes;
use bytes::BytesMut;
use execdeck_wire::Frame;

/// Bytes of a frame before the output itself.
const HEADER: usize = 9;
/// Small frames share an allocation of this size, so that a slow trickle costs little memory.
const MIN_ALLOCATION: usize = 4 << 10;

/// Makes frames, reusing one allocation whenever the socket is done with the previous frame.
#[derive(Default)]
pub(super) struct Frames {
    buffer: Bytes,
}

impl Frames {
    /// Reads the next output, at most `most` bytes, as a frame; `None` if there is nothing to read now.
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

    /// Frees the memory while nothing is being printed.
    pub(super) fn release_buffer(&mut self) {
        self.buffer = Bytes::new();
    }
}

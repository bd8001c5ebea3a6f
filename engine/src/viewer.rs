//! One viewer of one process's output: reads the log at its own pace and waits for more.

use crate::{
    error::Error,
    live::OutputExtent,
    log::{Chunk, LogReader, Uncached},
    source::Source,
};
use execdeck_wire::{GapReason, Process, Stream, TerminalSize};

/// A viewer says how far it has come whenever it has read this much.
const HOLD_EVERY: u64 = 1 << 20;
/// Opening at the tail shows about this much.
const TAIL: u64 = 256 << 10;

/// What a viewer gets next.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Bytes of one stream from an offset on.
    Output(Stream, u64, &'a [u8]),
    /// Bytes `from..to` will not come.
    Gap(u64, u64, GapReason),
}

impl Piece<'_> {
    /// The output; empty for a gap.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Output(_, _, bytes) => bytes,
            Self::Gap(..) => &[],
        }
    }
}

/// A viewer. It leaves when it is dropped.
pub struct Viewer {
    reader: Option<LogReader>,
    position: u64,
    buffer: Vec<u8>,
    source: Source,
    held: u64,
}

impl Viewer {
    /// A viewer at the oldest byte of its source.
    pub(crate) fn open(source: Source) -> Self {
        let start = source.extent.borrow().range.start;
        let reader = Some(LogReader::new(source.folder.clone(), start));
        let mut viewer = Self { reader, position: start, buffer: Vec::new(), source, held: 0 };
        viewer.hold(start);
        viewer
    }

    /// The offset of the next byte that it reads.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How far the output reaches now.
    pub fn extent(&self) -> OutputExtent {
        *self.source.extent.borrow()
    }

    /// The process as it is now.
    pub fn process(&mut self) -> Process {
        let mut process = self.source.process.borrow_and_update().clone();
        process.output = self.source.extent.borrow().range;
        process
    }

    /// Whether the process has changed since it was last looked at.
    pub fn process_changed(&self) -> bool {
        self.source.process.has_changed().unwrap_or(false)
    }

    /// Goes on from another offset. One beyond the end means the end.
    pub fn seek(&mut self, offset: u64) {
        let offset = offset.min(self.extent().range.end);
        self.position = offset;
        if let Some(reader) = &mut self.reader {
            reader.seek(offset);
        }
        self.hold(offset);
    }

    /// Goes to the tail: what somebody who looks in now wants to see first. It begins at a line if there is one.
    pub async fn seek_tail(&mut self) -> Result<(), Error> {
        let range = self.extent().range;
        let from = range.end.saturating_sub(TAIL).max(range.start);
        self.seek(from);
        if from == range.start {
            return Ok(());
        }
        let line = self.read_before(range.end, 64 << 10).await?.and_then(|piece| match piece {
            Piece::Output(_, offset, bytes) => memchr::memchr(b'\n', bytes).map(|at| offset + at as u64 + 1),
            Piece::Gap(_, to, _) => Some(to),
        });
        self.seek(line.unwrap_or(from));
        Ok(())
    }

    /// Reads up to `most` bytes; `None` when it has everything that is there now.
    pub async fn read(&mut self, most: usize) -> Result<Option<Piece<'_>>, Error> {
        let end = self.extent().range.end;
        self.read_before(end, most).await
    }

    /// As [`read`](Self::read), but not beyond an offset.
    pub async fn read_before(&mut self, end: u64, most: usize) -> Result<Option<Piece<'_>>, Error> {
        let most = most.min(end.saturating_sub(self.position) as usize);
        let mut buffer = std::mem::take(&mut self.buffer);
        if buffer.len() < most {
            buffer.resize(most, 0);
        }
        let chunk = self.read_into(end, &mut buffer[..most]).await;
        self.buffer = buffer;
        Ok(match chunk? {
            Some(Chunk::Output(stream, offset, length)) => Some(Piece::Output(stream, offset, &self.buffer[..length])),
            Some(Chunk::Gap(from, to, reason)) => Some(Piece::Gap(from, to, reason)),
            None => None,
        })
    }

    /// As [`read_before`](Self::read_before), into a buffer of the caller's: as many bytes as it has room for.
    pub async fn read_into(&mut self, end: u64, buffer: &mut [u8]) -> Result<Option<Chunk>, Error> {
        let mut reader = self.reader.take().unwrap_or_else(|| LogReader::new(self.source.folder.clone(), self.position));
        // What was written a moment ago is in memory; only what is not is worth another thread.
        let mut chunk = reader.read(end, buffer, Uncached::Refuse);
        if chunk.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {
            let mut copy = vec![0; buffer.len()];
            let read = tokio::task::spawn_blocking(move || (reader.read(end, &mut copy, Uncached::Wait), reader, copy)).await;
            (chunk, reader, copy) = read.map_err(|error| Error::Keeper(format!("reading the output was cut short: {error}")))?;
            buffer.copy_from_slice(&copy);
        }
        self.position = reader.position();
        self.reader = Some(reader);
        if self.position.abs_diff(self.held) >= HOLD_EVERY {
            self.hold(self.position);
        }
        chunk.map_err(Error::io("reading the output", &self.source.folder))
    }

    /// Waits until the process has changed or, if that is of interest, there may be more to read.
    pub async fn changed(&mut self, output_too: bool) {
        // Nothing comes of an ended process any more, and its senders may be gone.
        let ended = self.extent().ended;
        let output = async {
            if !output_too || (self.source.extent.changed().await.is_err() && ended) {
                std::future::pending::<()>().await;
            }
        };
        let process = async {
            if self.source.process.changed().await.is_err() && ended {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = output => {}
            // Only looked at: whoever reads it next shall find it changed.
            () = process => self.source.process.mark_changed(),
        }
    }

    /// Waits until there is output behind an offset or the process has ended.
    pub async fn wait_beyond(&mut self, offset: u64) {
        let _ = self.source.extent.wait_for(|extent| extent.ended || extent.range.end > offset).await;
    }

    /// Gives its terminal's size to the process, which takes the smallest of all viewers.
    pub fn resize(&self, size: TerminalSize) {
        self.source.update_demand(|demand| demand.size = Some(size));
    }

    fn hold(&mut self, offset: u64) {
        self.held = offset;
        self.source.update_demand(|demand| demand.hold = Some(offset));
    }
}

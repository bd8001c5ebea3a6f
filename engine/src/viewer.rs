//! One viewer of one process's output: reads the log at its own pace and waits for more.

use crate::{
    attach::on_blocking_pool,
    error::Error,
    live::OutputExtent,
    log::{Chunk, LineLimits, Log, LogLines, LogReader, OnCacheMiss, count_lines, first_line, read_lines},
    source::Source,
};
use execdeck_wire::{GapReason, Process, Stream, TerminalSize};
use std::io;

/// A viewer reports its position whenever it has read this much.
const HOLD_EVERY: u64 = 1 << 20;
/// The same for one that has caught up, so that little is held for it when the process ends.
const HOLD_WHEN_CAUGHT_UP: u64 = 512 << 10;
/// The tail is about this many bytes.
const TAIL: u64 = 256 << 10;
/// The tail starts at the beginning of a line if there is one within this many bytes.
const LINE: usize = 64 << 10;

/// A viewer. It leaves when it is dropped.
pub struct Viewer {
    reader: Option<LogReader>,
    position: u64,
    source: Source,
    held: u64,
}

impl Viewer {
    /// A viewer at the oldest byte of its source.
    pub(crate) fn open(source: Source) -> Self {
        let position = source.extent.borrow().range.start;
        let mut viewer = Self { reader: None, position, source, held: 0 };
        viewer.hold(position);
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
        process.set_output(self.source.extent.borrow().range);
        process
    }

    /// The same without having looked at it, for [`process_changed`](Self::process_changed).
    pub fn peek_process(&self) -> Process {
        self.source.process.borrow().clone()
    }

    /// Whether the process has changed since it was last looked at.
    pub fn process_changed(&self) -> bool {
        self.source.process.has_changed().unwrap_or(false)
    }

    /// Continues from another offset. One beyond the end means the end.
    pub fn seek(&mut self, offset: u64) {
        let offset = offset.min(self.extent().range.end);
        self.position = offset;
        if let Some(reader) = &mut self.reader {
            reader.seek(offset);
        }
        self.source.read_to(offset);
        self.hold(offset);
    }

    /// Moves to the tail, which is what a new viewer wants to see first. It starts at the beginning of a line if possible.
    pub async fn seek_tail(&mut self) -> Result<(), Error> {
        let range = self.extent().range;
        let from = range.end.saturating_sub(TAIL).max(range.start);
        self.seek(from);
        if from > range.start {
            let line = self.next_line(range.end).await?;
            self.seek(line);
        }
        Ok(())
    }

    /// Skips to the tail and returns the gap that this leaves; `None` if the viewer is already there.
    pub async fn skip_to_tail(&mut self) -> Result<Option<Chunk>, Error> {
        let from = self.position;
        if self.extent().range.end.saturating_sub(TAIL) <= from {
            return Ok(None);
        }
        self.seek_tail().await?;
        Ok(Some(Chunk::Gap { from, to: self.position, reason: GapReason::Skipped }))
    }

    /// Where the next line begins; the position itself if that is too far away.
    async fn next_line(&mut self, end: u64) -> Result<u64, Error> {
        let from = self.position;
        let mut buffer = vec![0; LINE];
        Ok(match self.read_before(end, &mut buffer).await? {
            Some(Chunk::Output { offset, length, .. }) => {
                memchr::memchr(b'\n', &buffer[..length]).map_or(from, |at| offset + at as u64 + 1)
            }
            Some(Chunk::Gap { to, .. }) => to,
            None => from,
        })
    }

    /// Reads as many bytes as the buffer has room for; `None` when it has everything that is there now.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<Option<Chunk>, Error> {
        self.read_before(self.extent().range.end, buffer).await
    }

    /// As [`read`](Self::read), but waits for more; `None` once the process has ended and all of its output was read. Can be
    /// cancelled while it waits; nothing is lost then.
    pub async fn read_next(&mut self, buffer: &mut [u8]) -> Result<Option<Chunk>, Error> {
        loop {
            // Looked at before reading: what is added meanwhile is read in the next round.
            let OutputExtent { range, ended } = self.extent();
            let chunk = self.read_before(range.end, buffer).await?;
            if chunk.is_some() || ended {
                return Ok(chunk);
            }
            self.wait_beyond(range.end).await;
        }
    }

    /// As [`read`](Self::read), but not beyond an offset.
    pub async fn read_before(&mut self, end: u64, buffer: &mut [u8]) -> Result<Option<Chunk>, Error> {
        let mut reader = self.reader.take().unwrap_or_else(|| self.reader_here());
        // What was written a moment ago is in memory; only what is not is worth another thread.
        let mut chunk = reader.read(end, buffer, OnCacheMiss::WouldBlock);
        if chunk.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            let room = buffer.len().min(end.saturating_sub(self.position) as usize);
            let mut copy = vec![0; room];
            let read = tokio::task::spawn_blocking(move || (reader.read(end, &mut copy, OnCacheMiss::Wait), reader, copy)).await;
            (chunk, reader, copy) = read.map_err(|error| Error::Keeper(format!("reading the output was cut short: {error}")))?;
            buffer[..room].copy_from_slice(&copy);
        }
        self.position = reader.position();
        self.reader = Some(reader);
        self.source.read_to(self.position);
        let hold_every = if self.position >= end { HOLD_WHEN_CAUGHT_UP } else { HOLD_EVERY };
        if self.position.abs_diff(self.held) >= hold_every {
            self.hold(self.position);
        }
        chunk.map_err(|error| self.reading_failed(error)).inspect_err(|error| tracing::error!(%error, "a viewer is cut off"))
    }

    fn reader_here(&self) -> LogReader {
        LogReader::new(self.source.folder.clone(), self.position, self.default_stream())
    }

    /// Where bytes are from whose stream is not on record.
    fn default_stream(&self) -> Stream {
        if self.source.process.borrow().spec.terminal.is_some() { Stream::Terminal } else { Stream::Stdout }
    }

    /// Lines of what there is now, and the number of the last one; see [`Engine::lines`](crate::Engine::lines).
    pub(crate) async fn lines(&self, from: i64, limits: LineLimits) -> Result<(LogLines, u64), Error> {
        let log = self.log();
        let read = move || {
            let total = count_lines(&log)?;
            Ok((read_lines(&log, first_line(from, || Ok(total))?, limits)?, total))
        };
        on_blocking_pool(read).await.map_err(|error| self.reading_failed(error))
    }

    /// The output that there is now.
    pub(crate) fn log(&self) -> Log {
        Log { folder: self.source.folder.clone(), end: self.extent().range.end, default_stream: self.default_stream() }
    }

    /// What is answered when the output cannot be read.
    pub(crate) fn reading_failed(&self, error: io::Error) -> Error {
        Error::io("reading the output", &self.source.folder)(error)
    }

    /// Waits until the process has changed or, if that is of interest, there may be more to read.
    pub async fn changed(&mut self, output_too: bool) {
        // An ended process sends no more changes, and its senders may be gone.
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
            // Only seen here: `process_changed` must still report it.
            () = process => self.source.process.mark_changed(),
        }
    }

    /// Waits until there is output beyond an offset or the process has ended.
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

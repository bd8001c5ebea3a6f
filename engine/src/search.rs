//! Searching the output of one process.

use crate::{
    attach::on_blocking_pool,
    engine::Engine,
    error::Error,
    log::{Hit, Pattern, Scan, count_lines, first_line},
    viewer::Viewer,
};
use execdeck_wire::OutputRange;
use std::{io, time::Duration};
use uuid::Uuid;

/// A thread is taken for no longer than about this.
const AT_ONCE: Duration = Duration::from_millis(50);

/// A search that goes on when it is asked for more. Nothing of the output is removed meanwhile, within bounds.
pub struct Search {
    /// `None` at the end, and while a thread searches.
    scan: Option<Box<Scan>>,
    is_done: bool,
    viewer: Viewer,
    range: OutputRange,
    position: u64,
}

impl Search {
    /// The next hits, at most so many, or none after a while; `None` when everything was searched. Cannot be cancelled: an error
    /// follows then. `held` is dropped once no thread searches any more, also if nobody waits for it.
    pub async fn next(&mut self, most: usize, held: impl Send + 'static) -> Result<Option<Vec<Hit>>, Error> {
        if self.is_done {
            return Ok(None);
        }
        let Some(mut scan) = self.scan.take() else { return Err(self.viewer.reading_failed(io::ErrorKind::Interrupted.into())) };
        let work = move || {
            let hits = scan.next(most, AT_ONCE);
            drop(held);
            Ok((hits?, scan))
        };
        let (hits, scan) = on_blocking_pool(work).await.map_err(|error| self.viewer.reading_failed(error))?;
        self.is_done = hits.is_none();
        self.position = if self.is_done { self.range.end } else { scan.position() };
        self.scan = Some(scan);
        Ok(hits)
    }

    /// The output that was there when the search began.
    pub fn range(&self) -> OutputRange {
        self.range
    }

    /// Bytes before this absolute offset were searched.
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Engine {
    /// Searches the output that there is now, from the line with a number on; a negative number counts from the end. Of the text of a
    /// line at most `line_bytes` are told.
    pub async fn search(&self, id: Uuid, pattern: Pattern, from: i64, line_bytes: usize) -> Result<Search, Error> {
        let viewer = self.view(id).await?;
        let (log, range) = (viewer.log(), viewer.extent().range);
        let begin = move || {
            let from = first_line(from, || count_lines(&log))?;
            Scan::begin(log, pattern, from, line_bytes).map(Box::new)
        };
        let scan = on_blocking_pool(begin).await.map_err(|error| viewer.reading_failed(error))?;
        Ok(Search { position: scan.position().max(range.start), scan: Some(scan), is_done: false, viewer, range })
    }
}

//! What processes do now, and how the last ones of a name went: for lists, which ask for many at a time.

use crate::{
    attach::on_blocking_pool,
    engine::Engine,
    error::Error,
    log::{Log, last_line},
    scope::Scope,
};
use execdeck_wire::{Process, Run, Stream};
use uuid::Uuid;

impl Engine {
    /// An active process as it is now; `None` for one that has ended or never was. Reads nothing.
    pub fn peek(&self, id: Uuid) -> Option<Process> {
        self.registry.live(id)?;
        self.registry.newer_than_history(id)
    }

    /// What the last line of an active process shows: after the last carriage return that something follows, and without escape
    /// sequences. Read from so many bytes at the end of the output; empty if there is nothing.
    pub async fn last_line(&self, id: Uuid, most: usize) -> Result<String, Error> {
        let Some(process) = self.peek(id) else { return Ok(String::new()) };
        let default_stream = if process.spec.terminal.is_some() { Stream::Terminal } else { Stream::Stdout };
        let folder = self.registry.folder(id).output();
        let log = Log { folder: folder.clone(), end: process.output.end, default_stream };
        on_blocking_pool(move || last_line(&log, process.output.start, most)).await.map_err(Error::io("reading the output", &folder))
    }

    /// The latest processes with the name of each of these, at most so many: itself, and those before it, the newest first. Only those
    /// that exist in the scope; none if the process itself does not.
    pub async fn last_runs(&self, scope: Scope, ids: Vec<Uuid>, most: usize) -> Result<Vec<(Uuid, Vec<Run>)>, Error> {
        let mut found = self.registry.store.last_runs(scope, ids, most).await?;
        for run in found.iter_mut().flat_map(|(_, runs)| runs) {
            if let Some(newer) = self.registry.newer_than_history(run.id) {
                *run = Run::from(&newer);
            }
        }
        Ok(found)
    }
}

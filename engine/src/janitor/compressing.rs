//! Compresses the output of processes that ended some time ago, one after another.

use super::pause_or_closed;
use crate::{
    attach::{has_keeper, on_blocking_pool},
    folder::Folder,
    log::compress_log,
    registry::Registry,
    store::{Ended, StoreError},
};
use execdeck_wire::Timestamp;
use std::{collections::HashMap, io, sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::Instant};
use uuid::Uuid;

/// Processes that are compressed before that is recorded.
const MOST: usize = 50;
/// How often it looks for more, and the pause before a failure is tried again, which doubles each time.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_mins(1);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// The longest pause between two frames. Otherwise it is as long as the frame took, so that at most half a core is used.
const LONGEST_REST: Duration = Duration::from_millis(100);
/// The weakest claim to the processor, nice(2).
const NICE: i32 = 19;

pub(super) struct Compressor {
    registry: Arc<Registry>,
    /// How long after the end.
    after: Duration,
    failed: HashMap<Uuid, Failed>,
}

struct Failed {
    again: Instant,
    pause: Duration,
}

impl Compressor {
    pub(super) fn new(registry: Arc<Registry>, after: Duration) -> Self {
        Self { registry, after, failed: HashMap::new() }
    }

    /// Runs until the engine is closed.
    pub(super) async fn run(mut self) {
        let pause = (self.after / 10).clamp(SHORTEST_PAUSE, FIRST_PAUSE);
        loop {
            if let Err(error) = self.compress_all(pause).await {
                tracing::error!(%error, "the history cannot be read or written now; no output is compressed");
            }
            if pause_or_closed(&self.registry, pause).await {
                return;
            }
        }
    }

    /// Compresses whatever is due. `pause`: before a failure is tried again.
    async fn compress_all(&mut self, pause: Duration) -> Result<(), StoreError> {
        let after = i64::try_from(self.after.as_micros()).unwrap_or(i64::MAX);
        let ended_by = (Timestamp::now().as_micros() as i64).saturating_sub(after);
        let (mut last, now) = (None, Instant::now());
        let mut unseen: Vec<_> = self.failed.keys().copied().collect();
        loop {
            let page = self.registry.store.to_compress(ended_by, last, MOST).await?;
            if page.is_empty() || self.registry.closed.is_cancelled() {
                break;
            }
            last = page.last().copied();
            unseen.retain(|id| !page.iter().any(|ended| ended.id == *id));
            let due = self.due(&page, now).await;
            let mut done = Vec::new();
            for (id, result) in compress(&self.registry, due).await {
                match result {
                    Ok(()) => done.push(id),
                    Err(_) if self.registry.closed.is_cancelled() => {}
                    Err(error) => self.fail(id, &error, pause),
                }
            }
            if !done.is_empty() {
                self.failed.retain(|id, _| !done.contains(id));
                self.registry.store.save_compressed(done).await?;
            }
        }
        self.failed.retain(|id, _| !unseen.contains(id));
        Ok(())
    }

    /// Those of a page whose time has come and whose keepers are gone.
    async fn due(&mut self, page: &[Ended], now: Instant) -> Vec<(Uuid, Folder)> {
        let waits = |id: &Uuid| self.failed.get(id).is_some_and(|failed| now < failed.again);
        let registry = &self.registry;
        let ids = page.iter().map(|ended| ended.id).filter(|id| !waits(id) && registry.live(*id).is_none());
        let folders: Vec<_> = ids.map(|id| (id, registry.folder(id))).collect();
        let looked =
            on_blocking_pool(move || Ok(folders.into_iter().map(|(id, folder)| (id, folder.has_socket(), folder)).collect::<Vec<_>>()));
        let mut due = Vec::new();
        for (id, has_socket, folder) in looked.await.unwrap_or_default() {
            // A keeper that is still there may yet remove segments.
            if !has_socket || !has_keeper(&folder).await {
                due.push((id, folder));
            }
        }
        due
    }

    fn fail(&mut self, id: Uuid, error: &io::Error, first: Duration) {
        let before = self.failed.get(&id).map(|failed| failed.pause);
        if before.is_none() {
            tracing::warn!(%id, %error, "the output of a process could not be compressed; it stays as it is, and is tried again");
        }
        let pause = before.map_or(first, |pause| (pause * 2).min(LONGEST_PAUSE));
        self.failed.insert(id, Failed { again: Instant::now() + pause, pause });
    }
}

/// Compresses on a thread of its own, which leaves the processor to everybody else.
async fn compress(registry: &Arc<Registry>, due: Vec<(Uuid, Folder)>) -> Vec<(Uuid, io::Result<()>)> {
    if due.is_empty() {
        return Vec::new();
    }
    let (sender, results) = oneshot::channel();
    // With the lock on the data folder, so that no other engine is at it too.
    let registry = Arc::clone(registry);
    let thread = std::thread::Builder::new().name("compress".into()).spawn(move || {
        // On Linux this is the thread's alone (nice(2), "C library/kernel differences").
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!(%error, "output is compressed with the usual priority");
        }
        let mut results = Vec::new();
        for (id, folder) in due {
            results.push((id, compress_one(&registry, &folder)));
        }
        let _ = sender.send(results);
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "output cannot be compressed now");
        return Vec::new();
    }
    results.await.unwrap_or_default()
}

fn compress_one(registry: &Registry, folder: &Folder) -> io::Result<()> {
    let mut began = Instant::now();
    let compressed = compress_log(&folder.output(), &mut || {
        if registry.closed.is_cancelled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        std::thread::sleep(began.elapsed().min(LONGEST_REST));
        began = Instant::now();
        Ok(())
    });
    match compressed {
        // There is nothing to compress, or the process has just been removed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        compressed => compressed,
    }
}

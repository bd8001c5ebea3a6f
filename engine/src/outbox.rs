//! What of the ends of processes somebody is yet to be told.

use crate::{error::Error, registry::Registry, store::Untold};
use execdeck_wire::Process;
use std::sync::Arc;
use tokio::sync::watch;

/// The ends that somebody is yet to be told of: [`EngineConfig::tell_of`](crate::EngineConfig::tell_of) says which. Each is in it from the
/// moment at which it is on record, whichever engine has recorded it, until it is taken out. An end stays when its process is
/// removed. A process that was thought to have ended, and then does, has two. At most some 10,000 wait, the newest.
///
/// It does not keep the engine open.
pub struct Outbox {
    registry: Arc<Registry>,
}

impl Outbox {
    pub(crate) const fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Changes whenever there are more of them.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.registry.store.untold_changes()
    }

    /// Those after a number, oldest first; after 0: all.
    pub async fn untold(&self, after: i64) -> Result<Vec<Untold>, Error> {
        Ok(self.registry.store.untold(after).await?)
    }

    /// The process as it had ended, its long texts cut, as in a list; `None` if it was taken out or given up.
    pub async fn process(&self, number: i64) -> Result<Option<Process>, Error> {
        Ok(self.registry.store.untold_process(number).await?)
    }

    /// Takes an end out, of which somebody was told. After a power cut it may be back.
    pub async fn remove(&self, number: i64) -> Result<(), Error> {
        Ok(self.registry.store.told(number).await?)
    }

    /// Resolves when the engine is closed. Drop the outbox then, so that another one can be opened.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        self.registry.closed.clone().cancelled_owned()
    }
}

//! For what lives longer than a request: sockets, event streams, downloads.

use super::{
    asked::ASK_AGAIN,
    error::AccessError,
    handle::Access,
    identity::{Identity, Via},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How long until it is tried again if the database cannot be read.
const RETRY: Duration = Duration::from_secs(1);
/// The longest sleep: timers stand still while the machine sleeps, and clocks are set.
const LONGEST: Duration = Duration::from_secs(30);

/// Why something that lives longer than a request has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// They are not signed in any more.
    SignIn,
    /// They are, but may not do this any more.
    Right,
}

impl Lost {
    /// The close code of a WebSocket that says so.
    pub const fn close_code(self) -> u16 {
        match self {
            Self::SignIn => 4401,
            Self::Right => 4403,
        }
    }
}

/// Watches an identity.
pub struct Watch {
    access: Access,
    identity: Arc<Identity>,
    changes: watch::Receiver<u64>,
}

impl Access {
    /// Watches an identity for as long as something that it has opened lives.
    pub fn watch(&self, identity: &Arc<Identity>) -> Watch {
        Watch { access: self.clone(), identity: identity.clone(), changes: self.inner.cache.changes() }
    }
}

impl Watch {
    /// The identity as it was known last.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Waits until the sign-in has ended or `may` does not hold any more: within a second of the change, whichever program
    /// has made it. May be dropped and called again. Watching does not count as a use.
    pub async fn lost(&mut self, may: impl Fn(&Identity) -> bool) -> Lost {
        loop {
            self.changes.borrow_and_update();
            let sleep = match self.access.look_up(&self.identity.credential).await {
                Ok(entry) => {
                    self.identity = entry.identity.clone();
                    if !may(&self.identity) {
                        return Lost::Right;
                    }
                    let longest = if self.identity.via == Via::Application { ASK_AGAIN } else { LONGEST };
                    let left = |end: execdeck_wire::Timestamp| end.as_micros().saturating_sub(self.access.now().as_micros());
                    entry.ends_at().map_or(longest, |end| Duration::from_micros(left(end)).min(longest))
                }
                Err(AccessError::Database(error)) => {
                    tracing::error!(%error, "whether a viewer is still signed in cannot be read; trying again");
                    RETRY
                }
                Err(AccessError::Refused(error)) if error.code.is_temporary() => {
                    tracing::warn!(%error, "the host application cannot say whether a viewer is still signed in; trying again");
                    RETRY
                }
                Err(_) => return Lost::SignIn,
            };
            tokio::select! {
                changed = self.changes.changed() => changed.expect("the sender lives in `access`"),
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }
}

//! What was taken away while the database could not be written: it holds at once, and is written when that is possible again.

use super::{
    cache::Cache,
    identity::{Identity, Via},
    store::{people, sessions, tokens},
};
use crate::audit::Effects;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

/// What is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Revoked {
    /// Sessions that end.
    pub sessions: Vec<Uuid>,
    /// Tokens that are revoked, with those that were created with them.
    pub tokens: Vec<Uuid>,
    /// People whose accounts are disabled.
    pub people: Vec<Uuid>,
}

impl Revoked {
    /// Takes it away in the database. What is not there any more is as good as taken away.
    pub(super) fn apply(&self, transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
        self.sessions.iter().try_for_each(|id| sessions::end(transaction, *id))?;
        self.tokens.iter().try_for_each(|id| tokens::revoke(transaction, *id))?;
        self.people.iter().try_for_each(|id| disable(transaction, *id))
    }

    fn takes_away(&self, identity: &Identity) -> bool {
        self.people.contains(&identity.person)
            || match identity.via {
                Via::Session(id) => self.sessions.contains(&id),
                Via::Token { id, .. } => self.tokens.contains(&id),
                Via::Proxy | Via::Application => false,
            }
    }
}

/// Disables an account. One that is enabled again begins anew: whoever had taken it over has nothing left of it.
pub(super) fn disable(transaction: &Transaction<'_>, person: Uuid) -> Result<(), rusqlite::Error> {
    people::set_disabled(transaction, person, true)?;
    sessions::end_all(transaction, person, None)?;
    sessions::forget_devices(transaction, person)?;
    tokens::revoke_all(transaction, person)
}

/// What holds although it is not in the database yet.
pub(super) struct Pending {
    revoked: RwLock<Vec<Revoked>>,
    revoking: tokio::sync::Mutex<()>,
    cache: Arc<Cache>,
}

impl Pending {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        Self { revoked: RwLock::default(), revoking: tokio::sync::Mutex::default(), cache }
    }

    pub(super) fn add(&self, revoked: &Revoked) {
        let mut all = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(revoked) {
            all.push(revoked.clone());
            drop(all);
            self.cache.forget();
        }
    }

    /// Whether this account is disabled although that is not in the database yet.
    pub(super) fn disables(&self, person: Uuid) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).iter().any(|revoked| revoked.people.contains(&person))
    }

    /// Lets one after the other take something away, so that each sees what the one before has taken.
    pub(super) async fn lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.revoking.lock().await
    }

    /// Whether the session, token or account was taken away with which somebody is signed in.
    pub(super) fn takes_away(&self, identity: &Identity) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).iter().any(|revoked| revoked.takes_away(identity))
    }
}

fn parse(effect: &Value) -> Revoked {
    serde_json::from_value(effect.clone()).unwrap_or_else(|error| {
        tracing::error!(%error, "what was taken away cannot be read");
        Revoked::default()
    })
}

impl Effects for Pending {
    fn hold(&self, effect: &Value) {
        self.add(&parse(effect));
    }

    fn apply(&self, transaction: &Transaction<'_>, effect: &Value) -> Result<(), rusqlite::Error> {
        parse(effect).apply(transaction)
    }

    fn release(&self) {
        let mut all = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        if !all.is_empty() {
            all.clear();
            drop(all);
            // Whoever was shut out only by what was in memory is looked up anew.
            self.cache.forget();
        }
    }
}

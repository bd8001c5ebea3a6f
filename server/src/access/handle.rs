//! The handle on everything that decides who may do what.

use super::{
    cache::Cache,
    delays::Delays,
    error::AccessError,
    hashing::Hashing,
    passkeys::Ceremonies,
    pending::{Pending, Revoked},
    store::people,
    throttle::Throttle,
};
use crate::{
    audit::{Audit, Draft},
    config::Access as Settings,
    database::Database,
};
use execdeck_wire::Timestamp;
use rusqlite::{Connection, Transaction};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

/// How often changes by other programs are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Knows people, and lets them in. Cheap to clone; all clones share one memory of who was let in.
#[derive(Clone)]
pub struct Access {
    pub(super) inner: Arc<Inner>,
    /// What is recorded together with the next write.
    draft: Option<Arc<Mutex<Draft>>>,
}

pub(super) struct Inner {
    database: Database,
    audit: Option<Audit>,
    clock: Clock,
    pub(super) settings: Settings,
    pub(super) hashing: Hashing,
    pub(super) throttle: Throttle,
    pub(super) cache: Arc<Cache>,
    /// What was taken away but could not be written yet.
    pub(super) pending: Arc<Pending>,
    /// The attempts to sign in that are being slowed down.
    pub(super) delays: Delays,
    /// What passkeys have been asked.
    pub(super) ceremonies: Ceremonies,
    /// Whether there was an account when it was last asked; accounts are never removed.
    has_account: AtomicBool,
    /// The number in `access_version` that the cache is up to date with.
    version: AtomicI64,
}

impl Access {
    /// Uses the accounts of this database, and records what changes them. The server also has to run [`Access::follow`].
    pub fn with_audit(database: Database, settings: Settings, audit: Audit) -> Self {
        Self::assemble(database, settings, Some(audit), Arc::new(Timestamp::now))
    }

    /// The same without a record.
    pub fn new(database: Database, settings: Settings) -> Self {
        Self::with_clock(database, settings, Arc::new(Timestamp::now))
    }

    /// The same with another clock.
    pub fn with_clock(database: Database, settings: Settings, clock: Clock) -> Self {
        Self::assemble(database, settings, None, clock)
    }

    fn assemble(database: Database, settings: Settings, audit: Option<Audit>, clock: Clock) -> Self {
        let cache = Arc::new(Cache::new());
        let pending = Arc::new(Pending::new(cache.clone()));
        if let Some(audit) = &audit {
            audit.set_effects(pending.clone());
        }
        let inner = Inner {
            database,
            audit,
            clock,
            settings,
            hashing: Hashing::new(),
            throttle: Throttle::new(),
            cache,
            pending,
            delays: Delays::default(),
            ceremonies: Ceremonies::default(),
            has_account: AtomicBool::new(false),
            // Not a number that there is: the first look forgets what was read before it.
            version: AtomicI64::new(-1),
        };
        Self { inner: Arc::new(inner), draft: None }
    }

    /// The same, recording this together with what it writes: either both happen or none.
    #[must_use]
    pub fn recording(&self, draft: Draft) -> Self {
        Self { inner: self.inner.clone(), draft: Some(Arc::new(Mutex::new(draft))) }
    }

    /// The same, recording nothing.
    pub(super) fn unrecorded(&self) -> Self {
        Self { inner: self.inner.clone(), draft: None }
    }

    /// Adds to what is recorded with the write that is being made.
    pub(super) fn complete(draft: Option<&Mutex<Draft>>, complete: impl FnOnce(&mut Draft)) {
        if let Some(draft) = draft {
            complete(&mut draft.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// What is recorded with the next write.
    pub(super) fn draft(&self) -> Option<Arc<Mutex<Draft>>> {
        self.draft.clone()
    }

    /// Notices what other programs change, such as `execdeck user disable`, within a quarter of a second. Runs until it is
    /// dropped.
    pub async fn follow(&self) {
        let mut works = true;
        loop {
            match self.read(version).await {
                Ok(version) => {
                    works = true;
                    if self.inner.version.swap(version, Ordering::AcqRel) != version {
                        self.inner.cache.forget();
                    }
                }
                Err(error) if works => {
                    works = false;
                    tracing::error!(%error, "whether rights have changed cannot be read; trying again");
                }
                Err(_) => {}
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether nobody has an account yet, so that the first one has to be set up.
    pub async fn needs_setup(&self) -> Result<bool, AccessError> {
        if self.inner.has_account.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let has_account = self.read(people::any).await?;
        self.inner.has_account.store(has_account, Ordering::Relaxed);
        Ok(!has_account)
    }

    /// Whether somebody who has no account yet can get one by signing in with the provider.
    pub fn provider_creates(&self) -> bool {
        self.inner.settings.oidc.creates()
    }

    /// Whether there is somebody who could sign in, with a password or because another system vouches for them. While there
    /// is not, only loopback addresses may be served.
    pub async fn anyone_can_sign_in(&self) -> Result<bool, AccessError> {
        let settings = &self.inner.settings;
        let creates = settings.oidc.creates() || (settings.proxy_create && !settings.proxy_header.is_empty());
        Ok(creates || self.read(people::any_can_sign_in).await?)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// How long a session may be unused, in microseconds.
    pub(super) fn idle(&self) -> u64 {
        self.inner.settings.session_idle_hours.saturating_mul(3_600_000_000)
    }

    pub(super) async fn read<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, AccessError>
    where
        T: Send + 'static,
        E: Into<AccessError>,
    {
        self.inner.database.read(|connection| read(connection).map_err(Into::into)).await
    }

    /// Writes, and forgets what is remembered if that may have taken a right away.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let recorded = self.inner.audit.clone().zip(self.draft.clone());
        let publishes = recorded.as_ref().map(|(audit, _)| audit.clone());
        let written = self.inner.database.write_then(
            move |transaction| {
                let before = version(transaction)?;
                let written = write(transaction)?;
                if let Some((audit, draft)) = recorded {
                    audit.append(transaction, draft.lock().unwrap_or_else(PoisonError::into_inner).clone())?;
                }
                Ok::<_, AccessError>((written, before, version(transaction)?))
            },
            move |connection| {
                if let Some(audit) = publishes {
                    audit.publish(connection);
                }
            },
        );
        let (written, before, after) = written.await?;
        if before != after {
            self.inner.cache.forget();
            // If another program has changed something, too, `follow` has yet to notice that.
            let _ = self.inner.version.compare_exchange(before, after, Ordering::AcqRel, Ordering::Relaxed);
        }
        Ok(written)
    }
}

impl Access {
    /// Takes something away, in the database or, as long as that cannot be written, in memory and in the audit's reserve: it holds at
    /// once in either case. `find`: what is to be taken away; an error if it may not be.
    pub(super) async fn revoke(
        &self,
        find: impl Fn(&Connection) -> Result<Revoked, AccessError> + Send + Sync + 'static,
    ) -> Result<Revoked, AccessError> {
        let find = Arc::new(find);
        let finding = find.clone();
        let written = self.write(move |transaction| {
            let revoked = finding(transaction)?;
            revoked.apply(transaction)?;
            Ok(revoked)
        });
        let error = match written.await {
            Err(AccessError::Database(error)) => error,
            written => return written,
        };
        tracing::error!(%error, "what was taken away cannot be written now; it holds nevertheless");
        let _one_at_a_time = self.inner.pending.lock().await;
        let revoked = self.read(move |connection| find(connection)).await?;
        let effect = serde_json::to_value(&revoked).expect("ids are JSON");
        let draft = self.draft.as_ref().map(|draft| draft.lock().unwrap_or_else(PoisonError::into_inner).clone());
        match &self.inner.audit {
            Some(audit) => audit.keep(draft.unwrap_or_else(|| Draft::by_server("revoke")), Some(effect)).await,
            None => self.inner.pending.add(&revoked),
        }
        Ok(revoked)
    }
}

fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached("SELECT number FROM access_version")?.query_row([], |row| row.get(0))
}

//! Whole ways through [`super::Access`], on a database of their own.

mod changes;
mod passkeys;
mod people;
mod provider;
mod proxied;
mod sessions;
mod setup;
mod tokens;

use super::{Access, AccessError, Client, Credentials, Identity, SignedIn, store};
use crate::{config::Access as Settings, database::Database};
use execdeck_wire::{Password, PersonChange, Role, Timestamp};
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

const PASSWORD: &str = "correct horse battery";
const HOUR: u64 = 3_600_000_000;

/// A folder that goes when it is dropped, with a clock that stands still.
struct Deck {
    folder: PathBuf,
    now: Arc<AtomicU64>,
}

impl Deck {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("execdeck-access-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        Self { folder, now: Arc::new(AtomicU64::new(Timestamp::now().as_micros())) }
    }

    fn database(&self) -> Database {
        Database::open(&self.folder, &[super::MIGRATION, super::PROVIDER_MIGRATION, super::PASSKEYS_MIGRATION]).unwrap()
    }

    /// A program that uses the database; several may.
    fn program(&self) -> Access {
        self.program_with(Settings::default())
    }

    fn program_with(&self, settings: Settings) -> Access {
        let now = self.now.clone();
        Access::with_clock(self.database(), settings, Arc::new(move || Timestamp::from_micros(now.load(Ordering::SeqCst))))
    }

    fn pass(&self, micros: u64) {
        self.now.fetch_add(micros, Ordering::SeqCst);
    }

    /// What another program without regard for this one would do.
    fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.folder.join("deck.db")).unwrap().execute_batch(sql).unwrap();
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn password(text: &str) -> Password {
    Password(text.into())
}

fn save(name: &str) -> PersonChange {
    PersonChange { name: name.into(), ..PersonChange::default() }
}

async fn add(access: &Access, name: &str, role: Role) {
    let person = PersonChange { role: Some(role), password: Some(password(PASSWORD)), ..save(name) };
    access.add_person(person).await.unwrap();
}

async fn sign_in(access: &Access, name: &str) -> SignedIn {
    access.sign_in(name, &password(PASSWORD), &Client::default()).await.unwrap()
}

/// Opens a session without a password, which takes time.
async fn open(access: &Access, name: &str) -> SignedIn {
    let (name, client) = (name.to_owned(), Client::default());
    let opening = access
        .open(&client, move |transaction, opening| opening.insert(transaction, store::people::by_name(transaction, &name)?.unwrap().id));
    opening.await.unwrap()
}

async fn by_cookie(access: &Access, cookie: &str) -> Result<Arc<Identity>, AccessError> {
    access.authenticate(&Credentials { cookie: Some(cookie), ..Credentials::default() }).await
}

async fn by_token(access: &Access, token: &str) -> Result<Arc<Identity>, AccessError> {
    access.authenticate(&Credentials { bearer: Some(token), ..Credentials::default() }).await
}

/// Runs `follow` until it is dropped.
struct Followed(tokio::task::JoinHandle<()>);

fn follow(access: &Access) -> Followed {
    let access = access.clone();
    Followed(tokio::spawn(async move { access.follow().await }))
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What has to happen within a second, with some more for a machine that is busy.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("it should have happened long ago")
}

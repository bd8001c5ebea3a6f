//! Hashing passwords: slow on purpose, so that a stolen database is not soon read, and bounded, so that guesses cannot take
//! all of the machine.

use super::{error::AccessError, password_rules};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;

/// OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 << 10;
const PASSES: u32 = 2;
/// How many are hashed at once.
const AT_ONCE: usize = 2;
/// How many may wait, and how many more if they come from a browser that somebody has signed in with, or from within.
const WAITING: usize = 32;
const WAITING_KNOWN: usize = 64;
/// When to try again, in seconds, if too many wait.
const RETRY_SECONDS: u64 = 5;

/// Who waits for a password to be hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiter {
    /// Anybody.
    Stranger,
    /// Somebody who is signed in, or was in this browser.
    Known,
}

/// Hashes passwords, a few at a time.
pub(super) struct Hashing {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// The hash of no password: what a password is compared with where there is none.
    none: String,
}

impl Hashing {
    pub(super) fn new() -> Self {
        let none = hash_now(&super::secret::random());
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0), none }
    }

    /// The hash to store.
    pub(super) async fn hash(&self, password: &str) -> Result<String, AccessError> {
        let password = password_rules::normalize(password);
        self.run(Waiter::Known, move || hash_now(&password)).await
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is not.
    pub(super) async fn verify(&self, waiter: Waiter, password: &str, hash: Option<&str>) -> Result<bool, AccessError> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or(&self.none).to_owned();
        let password = password_rules::normalize(password);
        let is_same = self.run(waiter, move || verify_now(&password, &hash)).await?;
        Ok(is_same && exists)
    }

    async fn run<T: Send + 'static>(&self, waiter: Waiter, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccessError> {
        let most = if waiter == Waiter::Known { WAITING_KNOWN } else { WAITING };
        let place = Place::take(&self.waiting, most + AT_ONCE).ok_or(AccessError::Busy(RETRY_SECONDS))?;
        let permit = self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
        // The permit goes with the work, which runs to its end even if nobody waits for it any more.
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        let done = task.await.expect("hashing does not panic");
        drop(place);
        Ok(done)
    }
}

/// One of a limited number of places, given back when it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(taken: &'a AtomicUsize, most: usize) -> Option<Self> {
        let one_more = |number: usize| (number < most).then_some(number + 1);
        taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok().map(|_| Self(taken))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("these parameters are allowed");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> String {
    argon2().hash_password(password.as_bytes()).expect("a password can be hashed").to_string()
}

/// With the parameters that the hash was made with. A hash that cannot be read is of no password.
fn verify_now(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Whether a hash was made with other parameters than are in use now.
pub(super) fn is_outdated(hash: &str) -> bool {
    let current = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$");
    !hash.starts_with(&current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_alone() {
        let hashing = Hashing::new();
        let hash = hashing.hash("correct horse").await.unwrap();
        assert!(!is_outdated(&hash), "{hash}");
        assert_ne!(hashing.hash("correct horse").await.unwrap(), hash, "each has a salt of its own");
        let verify = |password, hash| hashing.verify(Waiter::Stranger, password, hash);
        assert!(verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!verify("correct horsf", Some(&hash)).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
        assert!(!verify("correct horse", Some("not a hash")).await.unwrap());
        assert!(!verify("", Some("")).await.unwrap());
    }

    #[test]
    fn a_hash_with_other_parameters_still_counts_and_is_outdated() {
        let params = Params::new(8 << 10, 1, 1, None).unwrap();
        let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(b"correct horse").unwrap().to_string();
        assert!(verify_now("correct horse", &old) && is_outdated(&old));
        assert!(!verify_now("correct horsf", &old));
    }

    #[tokio::test]
    async fn beyond_the_queue_strangers_are_sent_away_and_known_ones_are_not() {
        let hashing = Arc::new(Hashing::new());
        let held = hashing.permits.acquire_many(AT_ONCE as u32).await.unwrap();
        let queued: Vec<_> = (0..WAITING + AT_ONCE)
            .map(|_| {
                let hashing = hashing.clone();
                tokio::spawn(async move { hashing.run(Waiter::Stranger, || ()).await.unwrap() })
            })
            .collect();
        while hashing.waiting.load(Ordering::Acquire) < WAITING + AT_ONCE {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hashing.run(Waiter::Stranger, || ()).await, Err(AccessError::Busy(RETRY_SECONDS))));
        let known = {
            let hashing = hashing.clone();
            tokio::spawn(async move { hashing.run(Waiter::Known, || ()).await })
        };
        drop(held);
        known.await.unwrap().unwrap();
        for waiter in queued {
            waiter.await.unwrap();
        }
        hashing.run(Waiter::Stranger, || ()).await.unwrap();
        assert_eq!(hashing.waiting.load(Ordering::Acquire), 0, "each place is given back");
    }
}

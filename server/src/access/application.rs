//! People whom the application has signed in that Execdeck is part of. It has no accounts for them here: the application says
//! who they are and what they may do, and is asked again for as long as something of theirs lives.

use super::{
    cache::Entry,
    error::AccessError,
    identity::{Credential, Identity, Via},
    secret::Hash,
};
use crate::misleading::is_misleading;
use execdeck_wire::{ApiError, ErrorCode, Grants, Rights, Role, Timestamp};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;
use uuid::Uuid;

/// How often the application is asked whether what it said still holds.
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(500);

/// The longest name, in characters.
const LONGEST_NAME: usize = 128;

/// Somebody whom the application has signed in, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name on record: what processes are started by, and the audit's "who". 1 to 128 characters, none of them invisible.
    pub name: String,
    /// Their role, by which the policy may decide which commands they may run.
    pub role: Role,
    /// What they may do: the role's rights, or fewer.
    pub rights: Rights,
    /// Labels and templates that the rights are narrowed to; by default nothing is.
    pub grants: Grants,
}

impl User {
    /// Somebody with all rights of a role.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role, rights: role.rights(), grants: Grants::default() }
    }
}

/// Asks the application about one request.
pub trait Recheck: Send + Sync {
    /// Who has sent the request, as the application says now; none if nobody is signed in (any more).
    fn recheck(&self) -> Pin<Box<dyn Future<Output = Result<Option<User>, ApiError>> + Send + '_>>;
}

/// One request of somebody whom the application has signed in. Clones share what it said last.
#[derive(Clone)]
pub(super) struct ApplicationUser(Arc<Asked>);

struct Asked {
    recheck: Box<dyn Recheck>,
    last: Mutex<Option<(Instant, Arc<Entry>)>>,
    key: Hash,
}

impl fmt::Debug for ApplicationUser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApplicationUser")
    }
}

/// Who has sent a request, as the application says.
pub(crate) async fn identify(recheck: Box<dyn Recheck>) -> Result<Arc<Identity>, AccessError> {
    let key = Sha256::digest(Uuid::now_v7().as_bytes()).into();
    let user = ApplicationUser(Arc::new(Asked { recheck, last: Mutex::default(), key }));
    Ok(user.look_up().await?.identity.clone())
}

/// Who that is now, for what lives longer than a request.
pub(crate) async fn ask_again(identity: &Identity) -> Result<Arc<Identity>, AccessError> {
    match &identity.credential {
        Credential::Application(user) => Ok(user.look_up().await?.identity.clone()),
        _ => Err(AccessError::NotSignedIn),
    }
}

impl ApplicationUser {
    /// What tells this request from others.
    pub(super) fn key(&self) -> Hash {
        self.0.key
    }

    /// Who it is: what the application has just said, or what it says now.
    pub(super) async fn look_up(&self) -> Result<Arc<Entry>, AccessError> {
        let mut last = self.0.last.lock().await;
        if let Some((at, entry)) = &*last
            && at.elapsed() < ASK_AGAIN
        {
            return Ok(entry.clone());
        }
        *last = None;
        let entry = Arc::new(self.load().await?);
        *last = Some((Instant::now(), entry.clone()));
        Ok(entry)
    }

    pub(super) async fn load(&self) -> Result<Entry, AccessError> {
        let User { name, role, rights, grants } = self.0.recheck.recheck().await?.ok_or(AccessError::NotSignedIn)?;
        check_name(&name)?;
        let (person, credential) = (person_of(&name), Credential::Application(self.clone()));
        let identity = Identity { person, name, role, rights, grants, via: Via::Application, expires_at: None, credential };
        Ok(Entry::new(identity, Timestamp::now(), None, None))
    }
}

/// One id for each name, by which limits count.
fn person_of(name: &str) -> Uuid {
    let hash: Hash = Sha256::digest(format!("application\0{name}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A name that cannot be shown for what it is would be on record as somebody else's.
fn check_name(name: &str) -> Result<(), AccessError> {
    let wrong = name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(is_misleading);
    if wrong {
        tracing::error!(?name, "the application gives a user name that cannot be used: 1 to 128 characters, none of them invisible");
        return Err(AccessError::refused(ErrorCode::Unavailable, "Your user name cannot be used here. The server's log says why."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Somebody who is signed in for so many questions.
    struct Leaving(AtomicUsize);

    impl Recheck for Leaving {
        fn recheck(&self) -> Pin<Box<dyn Future<Output = Result<Option<User>, ApiError>> + Send + '_>> {
            let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            Box::pin(async move { Ok(left.ok().map(|_| User::new("ada", Role::Viewer))) })
        }
    }

    #[tokio::test]
    async fn the_application_is_asked_again_after_half_a_second() {
        let identity = identify(Box::new(Leaving(AtomicUsize::new(2)))).await.unwrap();
        assert_eq!((identity.name.as_str(), &identity.via), ("ada", &Via::Application));
        let Credential::Application(user) = &identity.credential else { panic!("{:?}", identity.credential) };
        for _ in 0..10 {
            assert!(user.look_up().await.is_ok(), "what it has just said holds");
        }
        tokio::time::sleep(ASK_AGAIN).await;
        assert!(user.look_up().await.is_ok(), "asked a second time");
        tokio::time::sleep(ASK_AGAIN).await;
        assert!(matches!(user.look_up().await, Err(AccessError::NotSignedIn)), "the third time nobody is signed in");
    }

    #[test]
    fn a_name_that_looks_like_another_one_is_refused() {
        for (name, fits) in
            [("ada", true), ("Ada Lovelace <ada@corp.example>", true), ("", false), (" ", false), ("ad\u{200b}a", false), ("a\nb", false)]
        {
            assert_eq!(check_name(name).is_ok(), fits, "{name:?}");
        }
        assert!(check_name(&"a".repeat(129)).is_err());
        assert_ne!(person_of("ada"), person_of("Ada"));
    }
}

//! What the host application says about one request, and whether it still says so.

use super::error::AccessError;
use crate::misleading::is_misleading;
use execdeck_wire::{ApiError, ErrorCode, Grants, Rights, Role};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::timeout};

/// How often the application is asked whether what it said still holds.
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(500);
/// How long it may take to answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(5);

/// The longest name, in characters.
const LONGEST_NAME: usize = 128;

/// Somebody whom the host application has signed in, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name on record: what processes are started by, and the audit's "who". It tells people apart, so no two may share one.
    /// 1 to 128 characters, none of them invisible.
    pub name: String,
    /// Their role, by which the policy may decide which commands they may run.
    pub role: Role,
    /// What they may do: the role's rights, or fewer. Rights that the role does not have are ignored.
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

/// Asks the host application about one request.
pub trait Recheck: Send + Sync {
    /// Who has sent the request, as the application says now; none if nobody is signed in (any more).
    fn recheck(&self) -> Pin<Box<dyn Future<Output = Result<Option<User>, ApiError>> + Send + '_>>;
}

/// One request of somebody whom the application has signed in. Clones share what it said last.
#[derive(Clone)]
pub(super) struct Asked(Arc<Shared>);

struct Shared {
    recheck: Box<dyn Recheck>,
    /// What it said last, and when.
    last: Mutex<Option<(Instant, User)>>,
    /// Who it was the first time.
    name: OnceLock<String>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Asked").field(&self.0.name.get()).finish()
    }
}

impl Asked {
    pub(super) fn new(recheck: Box<dyn Recheck>) -> Self {
        Self(Arc::new(Shared { recheck, last: Mutex::default(), name: OnceLock::new() }))
    }

    /// Who it is: what the application has just said, or what it says now. It has ended if that is somebody else than before.
    pub(super) async fn user(&self) -> Result<User, AccessError> {
        let mut last = self.0.last.lock().await;
        if let Some((at, user)) = &*last
            && at.elapsed() < ASK_AGAIN
        {
            return Ok(user.clone());
        }
        *last = None;
        let user = self.ask().await?;
        *last = Some((Instant::now(), user.clone()));
        Ok(user)
    }

    async fn ask(&self) -> Result<User, AccessError> {
        let Ok(answer) = timeout(LONGEST_ANSWER, self.0.recheck.recheck()).await else {
            tracing::error!("the host application does not say within {} s who has sent a request", LONGEST_ANSWER.as_secs());
            return Err(AccessError::refused(ErrorCode::Unavailable, "It takes too long to find out who you are. Try again."));
        };
        let mut user = answer?.ok_or(AccessError::NotSignedIn)?;
        check_name(&user.name)?;
        if self.0.name.get_or_init(|| user.name.clone()) != &user.name {
            return Err(AccessError::Ended);
        }
        user.rights = user.rights.intersection(user.role.rights());
        Ok(user)
    }
}

/// A name that cannot be shown for what it is would be on record as somebody else's.
fn check_name(name: &str) -> Result<(), AccessError> {
    let wrong = name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(is_misleading);
    if wrong {
        tracing::error!(?name, "the host application gives a user name that cannot be used: 1 to 128 characters, none of them invisible");
        return Err(AccessError::refused(ErrorCode::Forbidden, "Your user name cannot be used here. The server's log says why."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Says one thing after the other, and in the end that nobody is signed in.
    struct Sayings(std::sync::Mutex<VecDeque<User>>);

    impl Recheck for Sayings {
        fn recheck(&self) -> Pin<Box<dyn Future<Output = Result<Option<User>, ApiError>> + Send + '_>> {
            let next = self.0.lock().unwrap().pop_front();
            Box::pin(async move { Ok(next) })
        }
    }

    fn asked(users: impl IntoIterator<Item = User>) -> Asked {
        Asked::new(Box::new(Sayings(std::sync::Mutex::new(users.into_iter().collect()))))
    }

    fn viewer(name: &str) -> User {
        User::new(name, Role::Viewer)
    }

    #[tokio::test]
    async fn the_application_is_asked_again_after_half_a_second() {
        let asked = asked([viewer("ada"), viewer("ada")]);
        for _ in 0..10 {
            assert!(asked.user().await.is_ok(), "what it has just said holds");
        }
        tokio::time::sleep(ASK_AGAIN).await;
        assert!(asked.user().await.is_ok(), "asked a second time");
        tokio::time::sleep(ASK_AGAIN).await;
        assert!(matches!(asked.user().await, Err(AccessError::NotSignedIn)), "the third time nobody is signed in");
    }

    #[tokio::test]
    async fn somebody_else_is_somebody_else() {
        let asked = asked([viewer("ada"), viewer("bob")]);
        assert_eq!(asked.user().await.unwrap().name, "ada");
        tokio::time::sleep(ASK_AGAIN).await;
        assert!(matches!(asked.user().await, Err(AccessError::Ended)));
    }

    #[tokio::test]
    async fn a_role_bounds_the_rights() {
        let asked = asked([User { rights: Role::Admin.rights(), ..viewer("ada") }]);
        assert_eq!(asked.user().await.unwrap().rights, Role::Viewer.rights());
    }

    #[test]
    fn a_name_that_looks_like_another_one_is_refused() {
        for (name, fits) in
            [("ada", true), ("Ada Lovelace <ada@corp.example>", true), ("", false), (" ", false), ("ad\u{200b}a", false), ("a\nb", false)]
        {
            assert_eq!(check_name(name).is_ok(), fits, "{name:?}");
        }
        assert!(check_name(&"a".repeat(129)).is_err());
    }
}

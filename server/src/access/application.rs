//! People whom the host application has signed in: the one that nests Execdeck's routes. There are no accounts for them here.

use super::{
    asked::{Asked, Recheck, User},
    cache::Entry,
    error::AccessError,
    identity::{Credential, Identity, Via},
    secret::Hash,
};
use execdeck_wire::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// Who has sent a request, as the application says.
pub(crate) async fn identify(recheck: Box<dyn Recheck>) -> Result<Arc<Identity>, AccessError> {
    Ok(look_up(&Asked::new(recheck)).await?.identity.clone())
}

/// Who that is now, for what lives longer than a request.
pub(crate) async fn ask_again(identity: &Identity) -> Result<Arc<Identity>, AccessError> {
    match &identity.credential {
        Credential::Application(asked) => Ok(look_up(asked).await?.identity.clone()),
        _ => Err(AccessError::NotSignedIn),
    }
}

pub(super) async fn look_up(asked: &Asked) -> Result<Arc<Entry>, AccessError> {
    let User { name, role, rights, grants } = asked.user().await?;
    let (person, credential) = (person_of(&name), Credential::Application(asked.clone()));
    let identity = Identity { person, name, role, rights, grants, via: Via::Application, expires_at: None, credential };
    Ok(Arc::new(Entry::new(identity, Timestamp::now(), None, None)))
}

/// One id for each name, by which limits count.
fn person_of(name: &str) -> Uuid {
    let hash: Hash = Sha256::digest(format!("application\0{name}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::{ApiError, Role};
    use std::pin::Pin;

    /// Holds what a request would hold.
    struct Ada {
        _request: Arc<()>,
    }

    impl Recheck for Ada {
        fn recheck(&self) -> Pin<Box<dyn Future<Output = Result<Option<User>, ApiError>> + Send + '_>> {
            Box::pin(async { Ok(Some(User::new("ada", Role::Viewer))) })
        }
    }

    #[tokio::test]
    async fn a_request_is_forgotten_with_its_identity() {
        let request = Arc::new(());
        let identity = identify(Box::new(Ada { _request: request.clone() })).await.unwrap();
        assert_eq!((identity.name.as_str(), &identity.via), ("ada", &Via::Application));
        assert!(ask_again(&identity).await.is_ok());
        drop(identity);
        assert_eq!(Arc::strong_count(&request), 1);
    }

    #[test]
    fn each_name_counts_by_itself() {
        assert_eq!(person_of("ada"), person_of("ada"));
        assert_ne!(person_of("ada"), person_of("Ada"));
    }
}

//! What a process would be run again with.

use crate::{
    attach::on_blocking_pool, error::Error, origin::Origin, registry::Registry, store::StoreError, vault::VaultError, waiting::fill_in,
};
use execdeck_wire::{Process, ProcessSpec};
use uuid::Uuid;

/// Finds a process.
pub(crate) async fn get(registry: &Registry, id: Uuid) -> Result<Process, Error> {
    if let Some(mut process) = registry.newer_than_history(id) {
        fill_in(registry, std::slice::from_mut(&mut process));
        return Ok(process);
    }
    registry.store.get(id).await?.ok_or(Error::NotFound(id))
}

/// Finds a process with the spec that it would be run again with, secrets included.
pub(crate) async fn spec(registry: &Registry, id: Uuid) -> Result<(Process, ProcessSpec), Error> {
    let process = get(registry, id).await?;
    let folder = registry.folder(id);
    let path = folder.path().to_owned();
    let mut spec = on_blocking_pool(move || folder.read_spec()).await.map_err(Error::io("reading the spec", path))?;
    spec.limits.raise_output();
    if spec.has_masked_secrets() {
        let lost = || Error::Conflict("Its secrets are no longer stored. Choose \u{201c}Edit and run\u{201d} and enter them again.".into());
        spec.secret_env = match registry.store.secrets(id).await {
            Err(StoreError::Vault(error @ (VaultError::UnknownKey | VaultError::Damaged))) => {
                tracing::error!(%id, %error, "the secrets of a process cannot be read");
                let message = "Its secrets cannot be read: they were stored under another key, or changed. Put the earlier \
                    secret.key back, or choose \u{201c}Edit and run\u{201d} and enter them again.";
                return Err(Error::Conflict(message.into()));
            }
            secrets => secrets?.ok_or_else(lost)?,
        };
    }
    Ok((process, spec))
}

/// What a process was started from; `None` if that was no template, or its values are no longer stored.
pub(crate) async fn origin(registry: &Registry, id: Uuid) -> Result<Option<Origin>, Error> {
    let Some(template) = get(registry, id).await?.template else { return Ok(None) };
    match registry.store.origin(id).await {
        Err(StoreError::Vault(error @ (VaultError::UnknownKey | VaultError::Damaged))) => {
            tracing::error!(%id, %error, "the values that a process was started with cannot be read");
            let message = "The values that it was started with cannot be read: they were stored under another key, or changed. Put \
                the earlier secret.key back, or start its template with other values.";
            Err(Error::Conflict(message.into()))
        }
        values => Ok(values?.map(|values| Origin { template, values })),
    }
}

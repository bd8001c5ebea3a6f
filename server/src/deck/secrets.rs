//! The key that stored secrets are encrypted with.

use super::EngineError;
use crate::{
    database::{Database, DatabaseError},
    templates::{self, Sealing, SealingError, TemplateError, Templates},
};
use execdeck_engine::{
    Vault, VaultError,
    store::{Resealed, reseal_secrets},
};
use std::{path::Path, sync::Arc};

impl Sealing for Vault {
    fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>, SealingError> {
        Self::seal(self, plain, context).map_err(sealing_error)
    }

    fn unseal(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>, SealingError> {
        Ok(Self::unseal(self, sealed, context).map_err(sealing_error)?.to_vec())
    }

    fn reseal(&self, sealed: &[u8], context: &str) -> Result<Option<Vec<u8>>, SealingError> {
        Self::reseal(self, sealed, context).map_err(sealing_error)
    }
}

fn sealing_error(error: VaultError) -> SealingError {
    match error {
        VaultError::UnknownKey | VaultError::Damaged => SealingError::Unreadable(error.to_string()),
        error => SealingError::Failed(error.to_string()),
    }
}

/// Why the key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The history's secrets could not be encrypted anew, or the key file could not be written.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The same for those of templates.
    #[error(transparent)]
    Templates(#[from] TemplateError),
    /// The database of templates cannot be opened.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The work could not be begun.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<VaultError> for RotationError {
    fn from(error: VaultError) -> Self {
        Self::Engine(error.into())
    }
}

/// Replaces the key and encrypts all stored secrets anew; returns what to tell the user. Works beside a running server. If
/// it is cut short, both keys stay valid, and the next call finishes the work.
pub fn rotate_secret_key(folder: &Path, database: Database) -> Result<String, RotationError> {
    let (mut processes, mut saved) = (Resealed::default(), templates::Resealed::default());
    let vault = Vault::open(folder)?;
    let templates = Templates::new(database, Arc::new(vault.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    vault.rotate(|vault| {
        processes = reseal_secrets(folder, vault).map_err(EngineError::from)?;
        saved = runtime.block_on(templates.reseal())?;
        Ok::<_, RotationError>(())
    })?;
    Ok(report(processes, saved))
}

fn report(processes: Resealed, templates: templates::Resealed) -> String {
    let number = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
    let mut done = number(processes.resealed, "process", "processes");
    if templates.resealed > 0 {
        done = format!("{done} and {}", number(templates.resealed, "template", "templates"));
    }
    let unreadable = processes.unreadable + templates.unreadable;
    let left = if unreadable == 0 {
        String::new()
    } else {
        let variable = execdeck_engine::SECRET_KEY_VARIABLE;
        format!(
            "; those of {unreadable} could not be read and were left as they are. If the server gets its key from {variable}, set \
             the variable for this command too"
        )
    };
    format!("the key was replaced; the stored secrets of {done} were encrypted anew{left}")
}

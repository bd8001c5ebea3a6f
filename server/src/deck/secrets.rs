//! The key that stored secrets are encrypted with.

use super::EngineError;
use execdeck_engine::{
    Vault,
    store::{Resealed, reseal_secrets},
};
use std::path::Path;

/// Replaces the key and encrypts all stored secrets anew; returns what to tell the user. Works beside a running server. If
/// it is cut short, both keys stay valid, and the next call finishes the work.
pub fn rotate_secret_key(folder: &Path) -> Result<String, EngineError> {
    let mut done = Resealed::default();
    Vault::open(folder)?.rotate(|vault| {
        done = reseal_secrets(folder, vault)?;
        Ok::<_, EngineError>(())
    })?;
    let Resealed { resealed, unreadable } = done;
    let left = if unreadable == 0 {
        String::new()
    } else {
        let variable = execdeck_engine::SECRET_KEY_VARIABLE;
        format!(
            "; those of {unreadable} could not be read and were left as they are. If the server gets its key from {variable}, set \
             the variable for this command too"
        )
    };
    Ok(format!(
        "the key was replaced; the stored secrets of {resealed} {} were encrypted anew{left}",
        if resealed == 1 { "process" } else { "processes" }
    ))
}

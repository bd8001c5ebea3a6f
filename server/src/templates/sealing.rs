//! What the stored templates need to encrypt their secrets.

/// Why something could not be encrypted or decrypted. No text contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// It was encrypted under a key that is not known here, or was changed.
    #[error("{0}")]
    Unreadable(String),
    /// The key cannot be used.
    #[error("{0}")]
    Failed(String),
}

/// Encrypts secrets, each for one place that the context names.
pub trait Sealing: Send + Sync + 'static {
    /// Encrypts. Called within the transaction that writes the result and has locked the database.
    fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>, SealingError>;
    /// Decrypts what was encrypted for the same context.
    fn unseal(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>, SealingError>;
    /// Encrypts again under the newest key; `None` if that is the one in use.
    fn reseal(&self, sealed: &[u8], context: &str) -> Result<Option<Vec<u8>>, SealingError>;
}

/// What bringing all secrets under the newest key has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Templates whose secrets are under the newest key now and were not before.
    pub resealed: usize,
    /// Templates whose secrets no known key opens. They stay as they are.
    pub unreadable: usize,
}

//! Secrets at rest: encrypted with a key that is not in the database (XChaCha20-Poly1305, a random nonce for each).
//!
//! The key is in `secret.key` in the data folder (mode 0600), or is given by [`SECRET_KEY_VARIABLE`]. What is sealed says
//! under which key, so that the key can be rotated beside a running server: [`Vault::rotate`] first puts a new key before the
//! old one, then has everything sealed again, and then drops the old key. At each step everything that is stored can
//! be opened with what is in the file. A running server looks at the file before it seals, and rereads it when it meets a
//! key that it does not know.
//!
//! # Layout
//! - [`Vault`]: seals and opens. `key`: one key and the sealed format. `file`: `secret.key`.

mod file;
mod key;
#[cfg(test)]
mod tests;

use file::{KeyFile, Version};
use key::{Key, key_id, parse_keys};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// The environment variable that takes the place of the key file: 64 hexadecimal digits, such as `openssl rand -hex 32`
/// prints. More keys may follow, separated by white space: the first one seals, the others only open.
pub const SECRET_KEY_VARIABLE: &str = "EXECDECK_SECRET_KEY";

/// Why something could not be sealed or opened. No text contains a key or what was sealed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file could not be read or written.
    #[error("{}: {what} failed: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// How it failed.
        source: io::Error,
    },
    /// This user may not read or lock it.
    #[error("{} is closed to this user: {advice}", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
        /// Why, and what to do about it.
        advice: String,
    },
    /// Others may read the key file.
    #[error("{path} can be read by others (mode {mode:03o}). Run: chmod 600 {path} \u{2013} and rotate the key if somebody may have read it.", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What should be a key is none.
    #[error("{0} does not hold a key: it must be 64 hexadecimal digits. Restore it, or make a new one with: openssl rand -hex 32")]
    Malformed(String),
    /// The key file was there and is gone.
    #[error("{} is gone. Put it back: without it, stored secrets cannot be read.", .0.display())]
    Missing(PathBuf),
    /// It was sealed under a key that is not known here.
    #[error("it was stored under another key than the one in use now")]
    UnknownKey,
    /// It was changed, or belongs somewhere else.
    #[error("it cannot be decrypted: it was changed, or moved from another place")]
    Damaged,
    /// The system has no random numbers.
    #[error("the system's random numbers cannot be read: {0}")]
    Random(getrandom::Error),
}

/// Seals secrets and opens them. Cheap to clone; all clones share their keys.
#[derive(Clone)]
pub struct Vault(Arc<Shared>);

struct Shared {
    /// `None` if the key was given.
    file: Option<KeyFile>,
    keys: Mutex<Keys>,
}

/// The first key seals. The others open what was sealed before it came.
struct Keys {
    keys: Vec<Key>,
    version: Option<Version>,
}

impl Vault {
    /// The vault of a data folder: its key is that of [`SECRET_KEY_VARIABLE`] if it is set, and otherwise in `secret.key`,
    /// which is created if need be.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        match std::env::var_os(SECRET_KEY_VARIABLE) {
            Some(text) => Self::from_key(text.to_str().unwrap_or_default()),
            None => Self::from_file(folder),
        }
    }

    /// A vault with the key in a folder's `secret.key`, which is created if need be.
    pub fn from_file(folder: &Path) -> Result<Self, VaultError> {
        let file = KeyFile::in_folder(folder);
        let (keys, version) = match file.read() {
            Err(VaultError::Missing(_)) => file.create()?,
            read => read?,
        };
        Ok(Self::new(Some(file), keys, Some(version)))
    }

    /// A vault with a given key, in the form of [`SECRET_KEY_VARIABLE`].
    pub fn from_key(text: &str) -> Result<Self, VaultError> {
        let keys = parse_keys(text).ok_or_else(|| VaultError::Malformed(SECRET_KEY_VARIABLE.to_owned()))?;
        Ok(Self::new(None, keys, None))
    }

    fn new(file: Option<KeyFile>, keys: Vec<Key>, version: Option<Version>) -> Self {
        Self(Arc::new(Shared { file, keys: Mutex::new(Keys { keys, version }) }))
    }

    /// Encrypts a secret for one place: the context says which, such as the id of its row, and has to be the same when it is
    /// opened. Call it within the transaction that writes the result and has locked the database (`BEGIN IMMEDIATE`): then
    /// a rotation of the key does not miss it.
    pub fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>, VaultError> {
        self.current()?.keys[0].seal(plain, context)
    }

    /// Decrypts what [`seal`](Self::seal) has made for the same context.
    pub fn unseal(&self, sealed: &[u8], context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let id = key_id(sealed).ok_or(VaultError::Damaged)?;
        let mut keys = self.lock();
        if !keys.keys.iter().any(|key| key.id() == id) {
            // Another process may have rotated the key.
            keys.reread(self.0.file.as_ref())?;
        }
        let key = keys.keys.iter().find(|key| key.id() == id).ok_or(VaultError::UnknownKey)?;
        key.open(sealed, context)
    }

    /// Seals again under the newest key; `None` if that is what it is sealed under.
    pub fn reseal(&self, sealed: &[u8], context: &str) -> Result<Option<Vec<u8>>, VaultError> {
        if key_id(sealed) == Some(self.current()?.keys[0].id()) {
            return Ok(None);
        }
        self.unseal(sealed, context).and_then(|plain| self.seal(&plain, context)).map(Some)
    }

    /// Finds out whether secrets can be sealed and opened now.
    pub fn check(&self) -> Result<(), VaultError> {
        self.current().map(drop)
    }

    /// Whether something was sealed under a key that is known here. It may be cut off after its first bytes.
    pub fn knows_key_of(&self, sealed: &[u8]) -> bool {
        key_id(sealed).is_some_and(|id| self.lock().keys.iter().any(|key| key.id() == id))
    }

    /// Replaces the key. `reseal_all` has to [`reseal`](Self::reseal) everything that is stored, each database in a
    /// transaction that locks it from its beginning on; if it fails, both keys stay in the file, and the next rotation
    /// takes care of what is left. A key that was given by [`SECRET_KEY_VARIABLE`] is replaced by the user, who puts the new
    /// one before the old one; then this brings everything under the new one. Waits for another rotation to end.
    pub fn rotate<E: From<VaultError>>(&self, reseal_all: impl FnOnce(&Self) -> Result<(), E>) -> Result<(), E> {
        let Some(file) = &self.0.file else { return reseal_all(self) };
        let _lock = file.lock()?;
        let (mut keys, _) = file.read()?;
        keys.insert(0, Key::generate()?);
        let newest = vec![keys[0].clone()];
        let version = file.replace(&keys)?;
        self.lock().adopt(version, keys);
        reseal_all(self)?;
        let version = file.replace(&newest)?;
        self.lock().adopt(version, newest);
        Ok(())
    }

    /// The keys as they are now, also if another process has rotated them.
    fn current(&self) -> Result<MutexGuard<'_, Keys>, VaultError> {
        let mut keys = self.lock();
        if let Some(file) = &self.0.file
            && keys.version != Some(file.version()?)
        {
            keys.reread(Some(file))?;
        }
        Ok(keys)
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    fn reread(&mut self, file: Option<&KeyFile>) -> Result<(), VaultError> {
        if let Some(file) = file {
            let (keys, version) = file.read()?;
            self.adopt(version, keys);
        }
        Ok(())
    }

    /// Takes over what the file holds. Keys that are no longer in it stay, for what was read before it was sealed again.
    fn adopt(&mut self, version: Version, mut keys: Vec<Key>) {
        let known = std::mem::take(&mut self.keys);
        let gone = known.into_iter().filter(|known| !keys.iter().any(|key| key.id() == known.id()));
        let gone: Vec<_> = gone.collect();
        keys.extend(gone);
        *self = Self { keys, version: Some(version) };
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").field("file", &self.0.file.as_ref().map(KeyFile::path)).finish_non_exhaustive()
    }
}

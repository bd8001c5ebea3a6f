//! One key, and what is sealed with it: a version byte, the key's id, the nonce, and the ciphertext with its tag.

use super::VaultError;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
/// Bytes of an id.
const ID: usize = 8;
/// Bytes before the nonce.
const HEADER: usize = 1 + ID;
const NONCE: usize = 24;
const KEY: usize = 32;

/// Which key something is sealed under: the beginning of a hash of it.
pub(super) type KeyId = [u8; ID];

#[derive(Clone)]
pub(super) struct Key {
    id: KeyId,
    bytes: Zeroizing<[u8; KEY]>,
}

impl Key {
    pub(super) fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY]);
        getrandom::fill(bytes.as_mut()).map_err(VaultError::Random)?;
        Ok(Self::new(bytes))
    }

    fn new(bytes: Zeroizing<[u8; KEY]>) -> Self {
        let hash = Sha256::new().chain_update(b"execdeck key id").chain_update(bytes.as_slice()).finalize();
        let mut id = [0; ID];
        id.copy_from_slice(&hash[..ID]);
        Self { id, bytes }
    }

    pub(super) fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>, VaultError> {
        let mut sealed = [&[VERSION][..], &self.id].concat();
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(VaultError::Random)?;
        let aad = [&sealed[..], context.as_bytes()].concat();
        let ciphertext = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad });
        sealed.extend_from_slice(&nonce);
        sealed.extend(ciphertext.map_err(|_| VaultError::Damaged)?);
        Ok(sealed)
    }

    pub(super) fn open(&self, sealed: &[u8], context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (header, rest) = sealed.split_at_checked(HEADER).ok_or(VaultError::Damaged)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Damaged)?;
        let aad = [header, context.as_bytes()].concat();
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad });
        plain.map(Zeroizing::new).map_err(|_| VaultError::Damaged)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }

    /// As it is in a key file.
    pub(super) fn to_hex(&self) -> Zeroizing<String> {
        // With room for all of it: a string that grows leaves copies behind.
        let mut hex = Zeroizing::new(String::with_capacity(2 * KEY));
        for byte in self.bytes.iter() {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

/// Under which key something was sealed; `None` if it is not of this format.
pub(super) fn key_id(sealed: &[u8]) -> Option<KeyId> {
    let (version, rest) = sealed.split_first()?;
    (*version == VERSION).then(|| rest.first_chunk().copied()).flatten()
}

/// Keys in hexadecimal digits, separated by white space: at least one.
pub(super) fn parse_keys(text: &str) -> Option<Vec<Key>> {
    let keys: Vec<Key> = text.split_ascii_whitespace().map(parse_key).collect::<Option<_>>()?;
    (!keys.is_empty()).then_some(keys)
}

fn parse_key(text: &str) -> Option<Key> {
    let mut bytes = Zeroizing::new([0; KEY]);
    if text.len() != 2 * KEY {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Some(Key::new(bytes))
}

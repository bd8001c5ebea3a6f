//! What browsers and programs prove who they are with: 256 random bits, of which only a hash is stored.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What is stored of a secret, and what it is found by.
pub(super) type Hash = [u8; 32];

/// What a secret is for; one kind is never accepted as another.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Session,
    Device,
    Token,
    SetupCode,
    Ceremony,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Device => "device",
            Self::Token => "token",
            Self::SetupCode => "setup code",
            Self::Ceremony => "ceremony",
        }
    }
}

/// A new secret: 43 characters of letters, digits, `-` and `_`.
pub(super) fn random() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

pub(super) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel has random numbers");
    bytes
}

/// The hash of a secret as [`random`] makes them; none for any other text.
pub(super) fn parse(kind: Kind, text: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    let length = BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == bytes.len()).then(|| hash(kind, &bytes))
}

/// No salt and no slow hash, since what is hashed cannot be guessed.
pub(super) fn hash(kind: Kind, bytes: &[u8]) -> Hash {
    Sha256::new().chain_update(kind.name()).chain_update([0]).chain_update(bytes).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_one_spelling_and_one_use() {
        let secret = random();
        let hash = parse(Kind::Session, &secret).unwrap();
        assert_eq!(parse(Kind::Session, &secret), Some(hash));
        assert_ne!(parse(Kind::Device, &secret), Some(hash));
        assert_ne!(random(), secret);
        assert_eq!(secret.len(), 43);
        // The last character has two bits to spare.
        let zero = "A".repeat(43);
        assert!(parse(Kind::Session, &zero).is_some());
        for wrong in ["A".repeat(42) + "B", "A".repeat(42), "A".repeat(44), "A".repeat(42) + "=", "A".repeat(42) + "+", String::new()] {
            assert_eq!(parse(Kind::Session, &wrong), None, "{wrong}");
        }
    }
}

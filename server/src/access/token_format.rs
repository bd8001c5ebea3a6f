//! How an API token looks: `execdeck_`, 43 characters of secret, and 6 of a checksum.
//!
//! The prefix lets scanners of published code find tokens that got there by mistake; the checksum, as in GitHub's tokens,
//! lets them tell without asking, and lets the server reject mistyped ones without reading its database.

use super::secret::{self, Hash, Kind};

const PREFIX: &str = "execdeck_";
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new token.
pub(super) fn random() -> String {
    let secret = secret::random();
    let checksum = checksum(&secret);
    format!("{PREFIX}{secret}{checksum}")
}

/// The hash of a token's secret; none if the text is no token.
pub(super) fn parse(token: &str) -> Option<Hash> {
    let rest = token.strip_prefix(PREFIX)?;
    if rest.len() != SECRET_CHARS + CHECKSUM_CHARS || !rest.is_ascii() {
        return None;
    }
    let (secret, given) = rest.split_at(SECRET_CHARS);
    (checksum(secret) == given).then(|| secret::parse(Kind::Token, secret))?
}

/// CRC-32 (IEEE) in base 62, padded with zeros.
fn checksum(secret: &str) -> String {
    let mut number = crc32fast::hash(secret.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[number as usize % DIGITS.len()];
        number /= DIGITS.len() as u32;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_is_known_by_its_checksum() {
        let secret = "A".repeat(43);
        // Python: binascii.crc32(b"A" * 43) in base 62.
        assert_eq!(checksum(&secret), CHECKSUM_OF_43_A);
        assert!(parse(&format!("execdeck_{secret}{CHECKSUM_OF_43_A}")).is_some());
        assert!(parse(&random()).is_some());
    }

    const CHECKSUM_OF_43_A: &str = "0DofJ8";

    proptest! {
        #[test]
        fn no_other_text_is_a_token(text in "\\PC*", at in 0usize..58, with in any::<char>()) {
            prop_assert_eq!(parse(&text), None);
            prop_assert_eq!(parse(&format!("execdeck_{text}")), None);
            let token = random();
            let mut changed: Vec<char> = token.chars().collect();
            changed[at] = with;
            let changed: String = changed.into_iter().collect();
            prop_assert!(changed == token || parse(&changed).is_none());
        }
    }
}

//! Hashes as text.

use std::fmt::Write;

/// As hexadecimal digits.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! Which build this is, so that a tab can tell that it is older than its server.

use super::embedded::Site;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The header that carries it, in answers to those who are signed in.
pub(crate) const HEADER: &str = "execdeck-version";

/// A hash of the release and of what the page is made of, such as `9f60b47a1c2d3e4f`: the page's files, which strangers may
/// read, are below it, and must not name the release. It is the same for every installation of a release.
pub(crate) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let mut names: Vec<_> = Site::iter().collect();
        names.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        for name in names {
            if let Some(file) = Site::get(&name) {
                hash.update(name.as_bytes());
                hash.update(file.metadata.sha256_hash());
            }
        }
        let start = hash.finalize().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{start:016x}")
    });
    &VERSION
}

//! What a trusted proxy proves itself with, where others can send from its address, too.

use crate::private_file;
use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The header in which a proxy sends the secret.
pub(super) const HEADER: &str = "execdeck-proxy-secret";
/// The shortest secret, in characters: 32 hexadecimal digits are 128 bits.
const SHORTEST: usize = 32;
/// The longest one, as long as any header should be.
const LONGEST: usize = 1000;

/// Why the secret cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("server.proxy_secret_file {}: {problem}", path.display())]
pub struct ProxySecretError {
    path: PathBuf,
    problem: String,
}

/// The secret that a trusted proxy has to send, as its hash.
#[derive(Clone)]
pub struct ProxySecret([u8; 32]);

impl ProxySecret {
    /// Reads the secret, the only text in a file that its owner alone can read.
    pub fn read(path: &Path) -> Result<Self, ProxySecretError> {
        let wrong = |problem: String| ProxySecretError { path: path.to_owned(), problem };
        let text = private_file::read(path, 0o077, LONGEST as u64 * 2).map_err(|error| wrong(error.to_string()))?;
        let secret = text.trim();
        if !(SHORTEST..=LONGEST).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            let problem = "it must contain one secret of 32 to 1000 letters, digits and signs. Make one with: openssl rand -hex 32";
            return Err(wrong(problem.into()));
        }
        Ok(Self(Sha256::digest(secret).into()))
    }

    /// Whether a request has the secret, once.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(HEADER).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return false };
        let given: [u8; 32] = Sha256::digest(HeaderValue::as_bytes(value)).into();
        // All bytes are compared, so that the time it takes says nothing.
        given.iter().zip(&self.0).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

impl fmt::Debug for ProxySecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the proxy's secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    struct TempFile(PathBuf);

    impl TempFile {
        fn new(content: &str, mode: u32) -> Self {
            let path = std::env::temp_dir().join(format!("execdeck-secret-{}", uuid::Uuid::now_v7()));
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            Self(path)
        }
    }

    impl Drop for TempFile {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn only_the_secret_itself_counts_and_only_once() {
        let file = TempFile::new(&format!("{SECRET}\n"), 0o600);
        let secret = ProxySecret::read(&file.0).unwrap();
        let with = |values: &[&str]| {
            let headers: HeaderMap = values.iter().map(|value| (HEADER.parse().unwrap(), value.parse().unwrap())).collect();
            secret.is_in(&headers)
        };
        assert!(with(&[SECRET]));
        for values in
            [&[][..], &[""], &[&SECRET[1..]], &[&SECRET.to_uppercase()], &[SECRET, SECRET], &[SECRET, "x"], &[&format!("{SECRET}, x")]]
        {
            assert!(!with(values), "{values:?}");
        }
        assert!(!format!("{secret:?}").contains("0123"));
    }

    #[test]
    fn a_secret_that_others_can_read_or_guess_is_refused() {
        for (content, mode, word) in [
            (SECRET, 0o640, "chmod 600"),
            (SECRET, 0o604, "chmod 600"),
            (SECRET, 0o622, "chmod 600"),
            ("short", 0o600, "openssl rand"),
            ("", 0o600, "openssl rand"),
            ("0123456789abcdef 0123456789abcdef", 0o600, "openssl rand"),
        ] {
            let file = TempFile::new(content, mode);
            let error = ProxySecret::read(&file.0).unwrap_err().to_string();
            assert!(error.contains("server.proxy_secret_file") && error.contains(word), "{error}");
        }
        assert!(ProxySecret::read(Path::new("/nowhere")).is_err() && ProxySecret::read(Path::new("/tmp")).is_err());
    }
}

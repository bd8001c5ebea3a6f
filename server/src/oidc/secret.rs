//! The client secret.

use super::error::OidcSetupError;
use crate::{config::Oidc, private_file};
use openidconnect::ClientSecret;
use std::path::Path;

/// The longest secret, in bytes.
const MAX_SECRET: u64 = 4096;

/// The secret that the configuration names, if any.
pub(super) fn read(settings: &Oidc) -> Result<Option<ClientSecret>, OidcSetupError> {
    let given = settings.client_secret.get().map(str::to_owned);
    let secret = match &settings.client_secret_file {
        Some(path) => Some(read_file(path)?),
        None => given,
    };
    Ok(secret.map(ClientSecret::new))
}

fn read_file(path: &Path) -> Result<String, OidcSetupError> {
    let wrong = |problem: String| OidcSetupError::Secret { path: path.to_owned(), problem };
    // A group may have been given the secret on purpose.
    let text = private_file::read(path, 0o027, MAX_SECRET + 1).map_err(|error| wrong(error.to_string()))?;
    let secret = text.trim();
    if secret.is_empty() || text.len() as u64 > MAX_SECRET || secret.contains(char::is_control) {
        return Err(wrong("it must contain the client secret, in one line, and nothing else".into()));
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    fn read_with(content: &[u8], mode: u32) -> Result<String, String> {
        let path = std::env::temp_dir().join(format!("execdeck-secret-{}", uuid::Uuid::now_v7()));
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let read = read(&Oidc { client_secret_file: Some(path.clone()), ..Oidc::default() });
        fs::remove_file(&path).unwrap();
        read.map(|secret| secret.unwrap().secret().clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_one_line_that_only_its_owner_reads() {
        assert_eq!(read_with(b"s3cret\n", 0o600), Ok("s3cret".into()));
        assert_eq!(read_with(b"s3cret", 0o640), Ok("s3cret".into()));
        for (content, mode, word) in [
            (&b"s3cret"[..], 0o644, "chmod 600"),
            (b"", 0o600, "in one line"),
            (b" \n", 0o600, "in one line"),
            (b"s3cret\nmore", 0o600, "in one line"),
            (&[b'x'; 5000], 0o600, "in one line"),
            (b"\xff\xfe", 0o600, "UTF-8"),
        ] {
            let error = read_with(content, mode).unwrap_err();
            assert!(error.contains(word) && error.contains("access.oidc.client_secret_file") && !error.contains("s3cret"), "{error}");
        }
        let missing = Oidc { client_secret_file: Some("/nowhere/secret".into()), ..Oidc::default() };
        assert!(read(&missing).unwrap_err().to_string().contains("/nowhere/secret"));
    }
}

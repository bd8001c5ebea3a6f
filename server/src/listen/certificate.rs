//! The files of a certificate and its key.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};
use tokio_rustls::rustls::{
    self,
    crypto::CryptoProvider,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    sign::CertifiedKey,
};

/// The most that is read of either file, in bytes; a chain with its key takes a few thousand.
const MAX_FILE: u64 = 1 << 20;

/// Where the certificate chain and its private key are, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// `server.tls_cert`: the server's certificate, then the intermediate ones.
    pub certificate: PathBuf,
    /// `server.tls_key`: its private key; may be the same file.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{setting} {path}: {error}", path = path.display())]
    Read {
        /// Which key of the configuration names it.
        setting: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{setting} {path}: {problem}", path = path.display())]
    Content {
        /// Which key of the configuration names it.
        setting: &'static str,
        /// Which file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Each file is fine by itself.
    #[error(
        "server.tls_key {key} does not belong to the first certificate in server.tls_cert {certificate}. Give the key that it was made \
         with, and put the server's own certificate before the intermediate ones.",
        key = .0.key.display(), certificate = .0.certificate.display()
    )]
    Mismatch(CertificateFiles),
}

impl CertificateFiles {
    /// Reads both files and makes sure that they belong together.
    pub(super) fn load(&self, provider: &CryptoProvider) -> Result<CertifiedKey, CertificateError> {
        let chain = CertificateDer::pem_slice_iter(&read("server.tls_cert", &self.certificate)?).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| self.certificate_problem(format!("it is not valid PEM: {error}.")))?;
        if chain.is_empty() {
            let problem = "there is no certificate in it. Give a PEM file, which contains -----BEGIN CERTIFICATE-----.";
            return Err(self.certificate_problem(problem.into()));
        }
        let bytes = read("server.tls_key", &self.key)?;
        let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| self.key_problem(no_key(&bytes, &error)))?;
        let key = provider.key_provider.load_private_key(key).map_err(|_| {
            let problem = "this kind of key is not supported. Use ECDSA (P-256 or P-384), Ed25519 or RSA (2048 to 8192 bits).";
            self.key_problem(problem.into())
        })?;
        let pair = CertifiedKey::new(chain, key);
        match pair.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(pair),
            Err(rustls::Error::InconsistentKeys(_)) => Err(CertificateError::Mismatch(self.clone())),
            Err(error) => Err(self.certificate_problem(format!("its first certificate cannot be read: {error}."))),
        }
    }

    /// What should be said about the key's permissions, if anything. A group may have been given the key on purpose.
    pub fn key_warning(&self) -> Option<String> {
        let mode = self.key.metadata().ok()?.mode() & 0o777;
        (mode & 0o007 != 0).then(|| {
            let path = self.key.display();
            format!("server.tls_key {path} is accessible to every user of this machine (mode {mode:04o}); run chmod 600 {path}")
        })
    }

    /// By which changes to the files are noticed.
    pub(super) fn stamps(&self) -> Stamps {
        [&self.certificate, &self.key].map(|path| path.metadata().ok().map(|metadata| Stamp::of(&metadata)))
    }

    fn certificate_problem(&self, problem: String) -> CertificateError {
        CertificateError::Content { setting: "server.tls_cert", path: self.certificate.clone(), problem }
    }

    fn key_problem(&self, problem: String) -> CertificateError {
        CertificateError::Content { setting: "server.tls_key", path: self.key.clone(), problem }
    }
}

/// The state of both files; None for one that is not there.
pub(super) type Stamps = [Option<Stamp>; 2];

/// What is different after a file has been written or replaced, or a link to it has been moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, CertificateError> {
    let failed = |error| CertificateError::Read { setting, path: path.to_owned(), error };
    // Opening a named pipe would wait for a writer.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(CertificateError::Content { setting, path: path.to_owned(), problem: "it is not a file.".into() });
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(CertificateError::Content { setting, path: path.to_owned(), problem: "it is too large to be a PEM file.".into() });
    }
    Ok(bytes)
}

/// Why there is no key in these bytes.
fn no_key(bytes: &[u8], error: &pem::Error) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return "the key is protected by a passphrase. Remove it with: openssl pkey -in FILE -out NEW_FILE".into();
    }
    match error {
        pem::Error::NoItemsFound => {
            "there is no private key in it. Give a PEM file, which contains -----BEGIN PRIVATE KEY----- or the like.".into()
        }
        error => format!("it is not valid PEM: {error}."),
    }
}

#[cfg(test)]
mod tests;

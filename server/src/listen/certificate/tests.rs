use super::*;
use crate::listen::tests::{Folder, Pair};
use std::{fs, os::unix::fs::PermissionsExt};
use tokio_rustls::rustls::crypto::ring;

struct Case {
    folder: Folder,
    files: CertificateFiles,
}

impl Case {
    fn new(certificate: &str, key: &str) -> Self {
        let folder = Folder::new();
        let files = folder.files();
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        Self { folder, files }
    }

    /// What is wrong; it must name the key and the file of the configuration.
    fn error(&self, setting: &str) -> String {
        let error = self.files.load(&ring::default_provider()).unwrap_err().to_string();
        let folder = self.folder.path().to_str().unwrap();
        assert!(error.contains(setting) && error.contains(folder) && !error.contains('\n'), "{error}");
        error
    }
}

#[test]
fn what_belongs_together_is_loaded() {
    let pair = Pair::new();
    let provider = ring::default_provider();
    Case::new(&pair.certificate, &pair.key).files.load(&provider).unwrap();
    // As with certbot's bundles: text between the blocks, an intermediate certificate, or everything in one file.
    let chain = format!("subject=deck\r\n{}\nissuer=somebody\n{}", pair.certificate.replace('\n', "\r\n"), Pair::new().certificate);
    assert_eq!(Case::new(&chain, &pair.key).files.load(&provider).unwrap().cert.len(), 2);
    let both = format!("{}{}", pair.key, pair.certificate);
    Case::new(&both, &both).files.load(&provider).unwrap();
}

#[test]
fn what_is_wrong_is_said_with_the_key_the_file_and_the_way_out() {
    let (pair, other) = (Pair::new(), Pair::new());
    for (certificate, key, setting, words) in [
        ("", pair.key.as_str(), "server.tls_cert", "no certificate"),
        (pair.key.as_str(), pair.key.as_str(), "server.tls_cert", "BEGIN CERTIFICATE"),
        ("\u{30}\u{82}\0\u{1}", &pair.key, "server.tls_cert", "Give a PEM file"),
        ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", &pair.key, "server.tls_cert", "not valid PEM"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &pair.key, "server.tls_cert", "cannot be read"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", &pair.key, "server.tls_cert", "not valid PEM"),
        (&pair.certificate, "", "server.tls_key", "no private key"),
        (&pair.certificate, &pair.certificate, "server.tls_key", "no private key"),
        (&pair.certificate, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "server.tls_key", "not supported"),
        (
            &pair.certificate,
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "server.tls_key",
            "passphrase",
        ),
        (
            &pair.certificate,
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
            "server.tls_key",
            "passphrase",
        ),
        (&pair.certificate, &other.key, "server.tls_key", "does not belong"),
        (&format!("{}{}", other.certificate, pair.certificate), &pair.key, "server.tls_cert", "before the intermediate"),
        (&" ".repeat(2 << 20), &pair.key, "server.tls_cert", "too large"),
    ] {
        let error = Case::new(certificate, key).error(setting);
        assert!(error.contains(words), "{error}");
        assert!(!error.contains("AAAA"), "nothing of a key is shown: {error}");
    }
}

#[test]
fn files_that_are_missing_or_none_are_named() {
    let pair = Pair::new();
    let case = Case::new(&pair.certificate, &pair.key);
    fs::remove_file(&case.files.key).unwrap();
    assert!(case.error("server.tls_key").contains("No such file"));
    fs::create_dir(&case.files.key).unwrap();
    assert!(case.error("server.tls_key").contains("not a file"));
    fs::remove_dir(&case.files.key).unwrap();
    // Opening it would wait for a writer.
    let made = std::process::Command::new("mkfifo").arg(&case.files.key).status().unwrap();
    assert!(made.success() && case.error("server.tls_key").contains("not a file"));
    fs::remove_file(&case.files.certificate).unwrap();
    assert!(case.error("server.tls_cert").contains("No such file"));
}

#[test]
fn a_key_that_everybody_can_read_is_worth_a_warning() {
    let pair = Pair::new();
    let case = Case::new(&pair.certificate, &pair.key);
    for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true), (0o604, true), (0o666, true), (0o400, false)] {
        fs::set_permissions(&case.files.key, fs::Permissions::from_mode(mode)).unwrap();
        let warning = case.files.key_warning();
        assert_eq!(warning.is_some(), warned, "{mode:o}");
        assert!(warning.is_none_or(|warning| warning.contains(&format!("{mode:04o}")) && warning.contains("chmod 600")));
    }
}

#[test]
fn each_way_of_changing_a_file_is_noticed() {
    let pair = Pair::new();
    let case = Case::new(&pair.certificate, &pair.key);
    let mut before = case.files.stamps();
    let link = case.folder.path().join("live");
    let renamed = case.folder.path().join("renamed");
    let mut changed = |files: &CertificateFiles, how: &str| {
        let now = files.stamps();
        assert!(now != before, "{how}");
        before = now;
    };
    fs::write(&case.files.key, "longer than it was").unwrap();
    changed(&case.files, "written in place");
    fs::write(&renamed, "longer than it was").unwrap();
    fs::rename(&renamed, &case.files.key).unwrap();
    changed(&case.files, "replaced by another file of the same length");
    fs::remove_file(&case.files.key).unwrap();
    changed(&case.files, "removed");
    fs::create_dir(&link).unwrap();
    fs::write(link.join("1"), "same").unwrap();
    fs::write(link.join("2"), "same").unwrap();
    std::os::unix::fs::symlink(link.join("1"), &case.files.key).unwrap();
    changed(&case.files, "made a link");
    fs::remove_file(&case.files.key).unwrap();
    std::os::unix::fs::symlink(link.join("2"), &case.files.key).unwrap();
    changed(&case.files, "its link moved to an equal file");
    assert!(case.files.stamps() == case.files.stamps());
}

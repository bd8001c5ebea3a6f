use super::*;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("execdeck-vault-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn key(&self) -> PathBuf {
        self.0.join("secret.key")
    }

    fn lines(&self) -> usize {
        fs::read_to_string(self.key()).unwrap().lines().count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_sealed_opens_in_its_place_only_and_not_if_a_bit_of_it_changes() {
    let folder = Folder::new();
    let vault = Vault::from_file(&folder.0).unwrap();
    let sealed = vault.seal(b"hunter2", "row 1").unwrap();
    assert_ne!(vault.seal(b"hunter2", "row 1").unwrap(), sealed);
    assert!(!sealed.windows(7).any(|bytes| bytes == b"hunter2"));
    assert_eq!(vault.unseal(&sealed, "row 1").unwrap().as_slice(), b"hunter2");
    assert!(matches!(vault.unseal(&sealed, "row 2"), Err(VaultError::Damaged)));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(matches!(vault.unseal(&changed, "row 1"), Err(VaultError::Damaged | VaultError::UnknownKey)), "{at}");
        assert!(vault.unseal(&sealed[..at], "row 1").is_err(), "{at}");
    }
    assert_eq!(vault.unseal(&vault.seal(b"", "").unwrap(), "").unwrap().len(), 0);
}

#[test]
fn the_key_is_made_once_for_us_alone_and_is_in_no_text() {
    let folder = Folder::new();
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Vault::from_file(&folder.0).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sealed = opened[0].seal(b"hunter2", "").unwrap();
    assert!(opened.iter().all(|vault| vault.unseal(&sealed, "").is_ok()));
    assert_eq!(fs::metadata(folder.key()).unwrap().permissions().mode() & 0o777, 0o600);
    let key = fs::read_to_string(folder.key()).unwrap();
    assert!(key.trim_end().len() == 64 && !format!("{:?}", opened[0]).contains(key.trim_end()));
    let given = Vault::from_key(&key).unwrap();
    assert_eq!(given.unseal(&sealed, "").unwrap().as_slice(), b"hunter2");
}

#[test]
fn a_key_file_that_others_may_read_or_that_holds_no_key_is_refused_with_what_to_do() {
    let folder = Folder::new();
    Vault::from_file(&folder.0).unwrap();
    let key = fs::read_to_string(folder.key()).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(folder.key(), Permissions::from_mode(mode)).unwrap();
        let error = Vault::from_file(&folder.0).unwrap_err().to_string();
        assert!(error.contains("chmod 600") && error.contains(&format!("{mode:o}")), "{error}");
    }
    fs::set_permissions(folder.key(), Permissions::from_mode(0o400)).unwrap();
    Vault::from_file(&folder.0).unwrap();
    fs::set_permissions(folder.key(), Permissions::from_mode(0o600)).unwrap();
    for text in
        [String::new(), "\n".into(), key.repeat(2).replace('\n', ""), key.replacen(|_| true, "g", 1), format!("{key}x"), "é".repeat(32)]
    {
        fs::write(folder.key(), &text).unwrap();
        let error = Vault::from_file(&folder.0).unwrap_err().to_string();
        assert!(error.contains("openssl rand -hex 32") && !error.contains(&key[1..60]), "{error}");
    }
    fs::write(folder.key(), [0xff; 64]).unwrap();
    assert!(matches!(Vault::from_file(&folder.0), Err(VaultError::Malformed(_))));
    assert!(matches!(Vault::from_key(" "), Err(VaultError::Malformed(_))));
    fs::write(folder.key(), format!("  {}\r\n", key.trim_end().to_uppercase())).unwrap();
    Vault::from_file(&folder.0).unwrap();
}

#[test]
fn a_rotation_is_noticed_by_a_vault_that_is_open_and_drops_the_old_key() {
    let folder = Folder::new();
    let (server, command) = (Vault::from_file(&folder.0).unwrap(), Vault::from_file(&folder.0).unwrap());
    let mut stored = server.seal(b"hunter2", "row").unwrap();
    let old = stored.clone();
    command
        .rotate(|vault| {
            assert_eq!(folder.lines(), 2);
            // What the server seals meanwhile is under the new key.
            assert!(vault.reseal(&server.seal(b"new", "")?, "")?.is_none());
            stored = vault.reseal(&stored, "row")?.expect("it is sealed under the old key");
            assert_eq!(server.unseal(&old, "row")?.as_slice(), b"hunter2");
            Ok::<_, VaultError>(())
        })
        .unwrap();
    assert_eq!(folder.lines(), 1);
    assert_eq!(server.unseal(&stored, "row").unwrap().as_slice(), b"hunter2");
    assert!(server.unseal(&old, "row").is_ok(), "it may have been read before it was sealed again");
    let later = Vault::from_file(&folder.0).unwrap();
    assert!(later.unseal(&stored, "row").is_ok() && later.knows_key_of(&stored[..9]) && !later.knows_key_of(&old));
    assert!(matches!(later.unseal(&old, "row"), Err(VaultError::UnknownKey)));
}

#[test]
fn a_rotation_that_was_cut_short_loses_nothing_and_the_next_one_finishes_it() {
    let folder = Folder::new();
    let first = Vault::from_file(&folder.0).unwrap();
    let mut stored: Vec<_> = (0..4).map(|_| first.seal(b"hunter2", "").unwrap()).collect();
    for round in 0..3 {
        let vault = Vault::from_file(&folder.0).unwrap();
        let cut_short = vault.rotate(|vault| {
            stored[round] = vault.reseal(&stored[round], "")?.unwrap();
            Err(VaultError::Damaged)
        });
        assert!(cut_short.is_err());
        fs::write(folder.0.join("secret.key.new"), "a part").unwrap();
        let reopened = Vault::from_file(&folder.0).unwrap();
        assert!(stored.iter().all(|sealed| reopened.unseal(sealed, "").is_ok()));
        assert_eq!(folder.lines(), round + 2);
    }
    let vault = Vault::from_file(&folder.0).unwrap();
    vault
        .rotate(|vault| {
            for sealed in &mut stored {
                *sealed = vault.reseal(sealed, "")?.unwrap();
            }
            Ok::<_, VaultError>(())
        })
        .unwrap();
    let reopened = Vault::from_file(&folder.0).unwrap();
    assert!(stored.iter().all(|sealed| reopened.unseal(sealed, "").is_ok()));
    assert_eq!(folder.lines(), 1);
}

#[test]
fn nothing_is_sealed_under_a_key_that_is_gone() {
    let folder = Folder::new();
    let vault = Vault::from_file(&folder.0).unwrap();
    let sealed = vault.seal(b"hunter2", "").unwrap();
    let moved = folder.0.join("moved");
    fs::rename(folder.key(), &moved).unwrap();
    assert!(matches!(vault.seal(b"hunter2", ""), Err(VaultError::Missing(_))));
    assert!(vault.unseal(&sealed, "").is_ok());
    fs::rename(&moved, folder.key()).unwrap();
    vault.seal(b"hunter2", "").unwrap();
}

#[test]
fn a_given_key_is_rotated_by_putting_the_new_one_first() {
    let (old, new) = ("0".repeat(64), "1".repeat(64));
    let sealed = Vault::from_key(&old).unwrap().seal(b"hunter2", "").unwrap();
    let both = Vault::from_key(&format!("{new} {old}")).unwrap();
    let mut resealed = None;
    both.rotate(|vault| {
        resealed = vault.reseal(&sealed, "")?;
        Ok::<_, VaultError>(())
    })
    .unwrap();
    assert!(Vault::from_key(&new).unwrap().unseal(&resealed.unwrap(), "").is_ok());
    assert!(matches!(Vault::from_key(&new).unwrap().unseal(&sealed, ""), Err(VaultError::UnknownKey)));
}

//! The history's database, read without changing it.

use super::Finding;
use crate::{
    store::{StoreError, inspect},
    vault::{SECRET_KEY_VARIABLE, Vault, VaultError},
};
pub(super) use inspect::Row;
use std::path::Path;
use uuid::Uuid;

/// An open history.
pub(super) struct History(inspect::Inspected);

impl History {
    pub(super) fn open(data: &Path) -> Result<Self, StoreError> {
        inspect::Inspected::open(&data.join("execdeck.db")).map(Self)
    }

    pub(super) fn ids(&self) -> Result<Vec<Uuid>, StoreError> {
        self.0.ids()
    }

    pub(super) fn row(&self, id: Uuid) -> Result<Option<Row>, StoreError> {
        self.0.row(id)
    }
}

/// Verifies the database as a whole.
pub(super) fn check(data: &Path) -> Vec<Finding> {
    let path = data.join("execdeck.db");
    if !path.exists() {
        return vec![Finding::new(
            &path,
            "there is no history",
            "the server enters all processes anew when it starts, without their secrets",
        )];
    }
    let damaged = |what: String| {
        let repair = "the server sets it aside when it starts, if it notices, and enters all processes anew, without their secrets";
        Finding::new(&path, what, repair)
    };
    let history = match History::open(data) {
        Ok(history) => history,
        Err(error) => return vec![damaged(format!("it cannot be read: {error}"))],
    };
    let mut findings = Vec::new();
    match history.0.version() {
        Ok(version) if version.is_newer() => findings.push(Finding::new(
            &path,
            format!("it was written by a newer version of Execdeck (schema {version})"),
            "use that version; this one does not start with it",
        )),
        _ => {}
    }
    match history.0.damage() {
        Ok(damage) => findings.extend(damage.into_iter().map(damaged)),
        Err(error) => findings.push(damaged(format!("it cannot be read: {error}"))),
    }
    findings.extend(check_secrets(data, &history));
    findings.extend(set_aside(data));
    findings
}

/// Whether the stored secrets can be read.
fn check_secrets(data: &Path, history: &History) -> Option<Finding> {
    let path = data.join("secret.key");
    let has_key = path.exists() || std::env::var_os(SECRET_KEY_VARIABLE).is_some();
    // Opening a vault without a key would make one.
    let vault = match has_key.then(|| Vault::open(data)).transpose() {
        Ok(vault) => vault,
        // An earlier key from a backup would be the wrong one.
        Err(VaultError::Closed { path, advice }) => return Some(Finding::new(&path, "the server may not read it", advice)),
        Err(error @ VaultError::Exposed { .. }) => return Some(Finding::new(&path, "others can read it", error.to_string())),
        Err(error) => return Some(Finding::new(&path, format!("it cannot be used: {error}"), "put the right one back from a backup")),
    };
    // A history of an earlier version has its secrets elsewhere, until a server has brought it up to date.
    let unreadable = history.0.unreadable_secrets(vault.as_ref()).unwrap_or(0);
    let what = format!("the secrets of {unreadable} processes were stored under a key that is not there");
    let repair = "put the earlier secret.key back from a backup; without it these processes cannot be run again with their secrets";
    (unreadable > 0).then(|| Finding::new(&path, what, repair))
}

/// Databases that were set aside because they were damaged.
fn set_aside(data: &Path) -> Vec<Finding> {
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten();
    let corrupt = entries.filter(|entry| entry.file_name().to_string_lossy().contains(".corrupt-"));
    let finding = |path: &Path| {
        Finding::new(path, "it was damaged and set aside, and the history was entered anew", "remove it when you no longer need it")
    };
    corrupt.map(|entry| finding(&entry.path())).collect()
}

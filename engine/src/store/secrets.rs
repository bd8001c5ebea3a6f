//! What is sealed by the vault: the values of `secret_env`, and the values that a template was given. Both are for running a
//! process again.

use super::{StoreError, connect, traces};
use crate::vault::{Vault, VaultError};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::de::DeserializeOwned;
use std::{collections::BTreeSet, path::Path};
use uuid::Uuid;

/// What is sealed: each kind has a table of its own, with one row per process at most.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    SecretEnv,
    Origin,
}

impl Kind {
    const ALL: [Self; 2] = [Self::SecretEnv, Self::Origin];

    const fn table(self) -> &'static str {
        match self {
            Self::SecretEnv => "secrets",
            Self::Origin => "origins",
        }
    }

    /// Ties what is sealed to its row.
    fn context(self, id: &str) -> String {
        let what = match self {
            Self::SecretEnv => "secret_env",
            Self::Origin => "origin",
        };
        format!("process {id} {what}")
    }

    /// Seals and stores JSON. The database must be locked for writing, as [`Vault::seal`] asks for.
    pub(super) fn save(self, connection: &Connection, vault: &Vault, id: &str, json: &[u8]) -> Result<(), StoreError> {
        let sealed = vault.seal(json, &self.context(id))?;
        let sql = format!("INSERT INTO {} (id, sealed) VALUES (?, ?)", self.table());
        connection.prepare_cached(&sql)?.execute(params![id, sealed])?;
        Ok(())
    }

    pub(super) fn find<T: DeserializeOwned>(self, connection: &Connection, vault: &Vault, id: Uuid) -> Result<Option<T>, StoreError> {
        let id = id.to_string();
        let mut statement = connection.prepare_cached(&format!("SELECT sealed FROM {} WHERE id = ?", self.table()))?;
        let Some(sealed) = statement.query_row([&id], |row| row.get::<_, Vec<u8>>(0)).optional()? else { return Ok(None) };
        let json = vault.unseal(&sealed, &self.context(&id))?;
        Ok(Some(serde_json::from_slice(&json)?))
    }

    /// The ids of all rows. A database that no server of this version has opened yet may have none that are sealed.
    fn ids(self, connection: &Connection) -> Result<Vec<String>, StoreError> {
        let sealed = "SELECT count(*) FROM pragma_table_info(?) WHERE name = 'sealed'";
        if connection.query_row(sealed, [self.table()], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(Vec::new());
        }
        let mut statement = connection.prepare(&format!("SELECT id FROM {}", self.table()))?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}

/// Removes all that is sealed for a process; whether there was any.
pub(super) fn remove(connection: &Connection, id: Uuid) -> Result<bool, StoreError> {
    let mut removed = 0;
    for kind in Kind::ALL {
        removed += connection.prepare_cached(&format!("DELETE FROM {} WHERE id = ?", kind.table()))?.execute([id.to_string()])?;
    }
    Ok(removed > 0)
}

/// Seals what earlier versions have stored in the clear.
pub(super) fn seal_clear(transaction: &Transaction<'_>, vault: &Vault) -> Result<(), StoreError> {
    {
        let mut clear = transaction.prepare("SELECT id, secret_env FROM clear_secrets")?;
        let mut rows = clear.query([])?;
        while let Some(row) = rows.next()? {
            Kind::SecretEnv.save(transaction, vault, &row.get::<_, String>(0)?, row.get_ref(1)?.as_bytes().unwrap_or_default())?;
        }
    }
    Ok(transaction.execute_batch("DROP TABLE clear_secrets")?)
}

/// Of how many processes secrets were sealed under a key that is not there. Without a vault, no key is.
pub(super) fn unreadable(connection: &Connection, vault: Option<&Vault>) -> Result<i64, StoreError> {
    // The first nine bytes tell the key.
    let all = "SELECT id, sealed FROM secrets UNION ALL SELECT id, sealed FROM origins";
    let mut keys = connection.prepare(&format!("SELECT substr(sealed, 1, 9) AS key, count(DISTINCT id) FROM ({all}) GROUP BY key"))?;
    let mut rows = keys.query([])?;
    let mut unreadable = 0_i64;
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_blob().unwrap_or_default();
        if !vault.is_some_and(|vault| vault.knows_key_of(key)) {
            unreadable += row.get::<_, i64>(1)?;
        }
    }
    Ok(unreadable)
}

/// Says so in the log.
pub(super) fn warn_of_unreadable(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    let unreadable = unreadable(connection, Some(vault))?;
    if unreadable > 0 {
        tracing::warn!(
            processes = unreadable,
            "stored secrets cannot be read: they were stored under another key; put the earlier secret.key back"
        );
    }
    Ok(())
}

/// What [`reseal_secrets`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Processes whose secrets are under the newest key now and were not before.
    pub resealed: usize,
    /// Processes whose secrets no known key opens. They stay as they are.
    pub unreadable: usize,
}

/// Brings all secrets of the history in a data folder under the vault's newest key, for [`Vault::rotate`]. All or none are
/// changed. Works beside a running server.
pub fn reseal_secrets(folder: &Path, vault: &Vault) -> Result<Resealed, StoreError> {
    let path = folder.join("execdeck.db");
    if !path.try_exists()? {
        return Ok(Resealed::default());
    }
    let mut connection = connect(&path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut resealed, mut unreadable) = (BTreeSet::new(), BTreeSet::new());
    for kind in Kind::ALL {
        for id in kind.ids(&transaction)? {
            let table = kind.table();
            let find = format!("SELECT sealed FROM {table} WHERE id = ?");
            let sealed: Vec<u8> = transaction.query_row(&find, [&id], |row| row.get(0))?;
            match vault.reseal(&sealed, &kind.context(&id)) {
                Ok(None) => {}
                Ok(Some(sealed)) => {
                    transaction.execute(&format!("UPDATE {table} SET sealed = ? WHERE id = ?"), params![sealed, id])?;
                    resealed.insert(id);
                }
                Err(error @ (VaultError::UnknownKey | VaultError::Damaged)) => {
                    tracing::warn!(id, %error, "the secrets of a process cannot be read, and were left as they are");
                    unreadable.insert(id);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let done = Resealed { resealed: resealed.len(), unreadable: unreadable.len() };
    transaction.commit()?;
    // A viewer of the history may be in the way. Then the old ciphertext goes with the log's next round.
    let _ = traces::truncate_log(&connection)?;
    Ok(done)
}

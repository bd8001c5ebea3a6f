//! The values of `secret_env`, sealed by the vault: for running a process again.

use super::{StoreError, connect, traces};
use crate::vault::{Vault, VaultError};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;

/// Ties what is sealed to its row.
fn context(id: &str) -> String {
    format!("process {id} secret_env")
}

/// Seals and stores JSON of `secret_env`. The database must be locked for writing, as [`Vault::seal`] asks for.
pub(super) fn save(connection: &Connection, vault: &Vault, id: &str, json: &[u8]) -> Result<(), StoreError> {
    let sealed = vault.seal(json, &context(id))?;
    connection.prepare_cached("INSERT INTO secrets (id, sealed) VALUES (?, ?)")?.execute(params![id, sealed])?;
    Ok(())
}

pub(super) fn find(connection: &Connection, vault: &Vault, id: Uuid) -> Result<Option<BTreeMap<String, String>>, StoreError> {
    let id = id.to_string();
    let mut statement = connection.prepare_cached("SELECT sealed FROM secrets WHERE id = ?")?;
    let Some(sealed) = statement.query_row([&id], |row| row.get::<_, Vec<u8>>(0)).optional()? else { return Ok(None) };
    let json = vault.unseal(&sealed, &context(&id))?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Whether there were any.
pub(super) fn remove(connection: &Connection, id: Uuid) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("DELETE FROM secrets WHERE id = ?")?.execute([id.to_string()])? > 0)
}

/// Seals what earlier versions have stored in the clear.
pub(super) fn seal_clear(transaction: &Transaction<'_>, vault: &Vault) -> Result<(), StoreError> {
    {
        let mut clear = transaction.prepare("SELECT id, secret_env FROM clear_secrets")?;
        let mut rows = clear.query([])?;
        while let Some(row) = rows.next()? {
            save(transaction, vault, &row.get::<_, String>(0)?, row.get_ref(1)?.as_bytes().unwrap_or_default())?;
        }
    }
    Ok(transaction.execute_batch("DROP TABLE clear_secrets")?)
}

/// Says in the log how many rows were sealed under a key that is not there.
pub(super) fn warn_of_unreadable(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    // The first nine bytes tell the key.
    let mut keys = connection.prepare("SELECT substr(sealed, 1, 9) AS key, count(*) FROM secrets GROUP BY key")?;
    let mut rows = keys.query([])?;
    let mut unreadable = 0_i64;
    while let Some(row) = rows.next()? {
        if !vault.knows_key_of(row.get_ref(0)?.as_blob().unwrap_or_default()) {
            unreadable += row.get::<_, i64>(1)?;
        }
    }
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
    let mut done = Resealed::default();
    if !path.try_exists()? {
        return Ok(done);
    }
    let mut connection = connect(&path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for id in ids(&transaction)? {
        let sealed: Vec<u8> = transaction.query_row("SELECT sealed FROM secrets WHERE id = ?", [&id], |row| row.get(0))?;
        match vault.reseal(&sealed, &context(&id)) {
            Ok(None) => {}
            Ok(Some(sealed)) => {
                transaction.execute("UPDATE secrets SET sealed = ? WHERE id = ?", params![sealed, id])?;
                done.resealed += 1;
            }
            Err(error @ (VaultError::UnknownKey | VaultError::Damaged)) => {
                tracing::warn!(id, %error, "the secrets of a process cannot be read, and were left as they are");
                done.unreadable += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    transaction.commit()?;
    // A viewer of the history may be in the way. Then the old ciphertext goes with the log's next round.
    let _ = traces::truncate_log(&connection)?;
    Ok(done)
}

/// Of all rows. A database that no server of this version has opened yet has none that are sealed.
fn ids(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sealed = "SELECT count(*) FROM pragma_table_info('secrets') WHERE name = 'sealed'";
    if connection.query_row(sealed, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT id FROM secrets")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

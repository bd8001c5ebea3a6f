//! Passkeys as rows.

use super::{id, micros, optional_time, time};
use execdeck_wire::{PasskeyInfo, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use uuid::Uuid;

/// A passkey with what only the server knows.
#[derive(Clone, Debug)]
pub(in super::super) struct PasskeyRow {
    pub(in super::super) info: PasskeyInfo,
    pub(in super::super) person: Uuid,
    /// What its authenticator knows it by.
    pub(in super::super) credential: Vec<u8>,
    /// The public key and the number of signatures so far, as JSON.
    pub(in super::super) key: String,
}

fn read(row: &Row<'_>) -> Result<PasskeyRow, rusqlite::Error> {
    let info = PasskeyInfo {
        id: id(row, "id")?,
        label: row.get("label")?,
        site: row.get("site")?,
        created_at: time(row, "created_at")?,
        last_used: optional_time(row, "last_used")?,
    };
    Ok(PasskeyRow { info, person: id(row, "person")?, credential: row.get("credential")?, key: row.get("key")? })
}

/// A person's passkeys, the newest first.
pub(in super::super) fn of_person(connection: &Connection, person: Uuid) -> Result<Vec<PasskeyRow>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT * FROM passkeys WHERE person = ? ORDER BY id DESC")?;
    let passkeys = statement.query_map([person.to_string()], read)?;
    passkeys.collect()
}

pub(in super::super) fn by_credential(connection: &Connection, credential: &[u8]) -> Result<Option<PasskeyRow>, rusqlite::Error> {
    connection.prepare_cached("SELECT * FROM passkeys WHERE credential = ?")?.query_row([credential], read).optional()
}

pub(in super::super) fn insert(connection: &Connection, row: &PasskeyRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO passkeys (id, person, site, credential, key, label, created_at)
               VALUES (:id, :person, :site, :credential, :key, :label, :created_at)";
    connection.prepare_cached(sql)?.execute(named_params! {
        ":id": row.info.id.to_string(),
        ":person": row.person.to_string(),
        ":site": row.info.site,
        ":credential": row.credential,
        ":key": row.key,
        ":label": row.info.label,
        ":created_at": micros(row.info.created_at),
    })?;
    Ok(())
}

/// Notes that a passkey was used, with what it is from now on; whether it still is what it was when that was checked.
pub(in super::super) fn used(connection: &Connection, row: &PasskeyRow, key: &str, now: Timestamp) -> Result<bool, rusqlite::Error> {
    let sql = "UPDATE passkeys SET key = ?, last_used = ? WHERE id = ? AND key = ?";
    let used = connection.prepare_cached(sql)?.execute(params![key, micros(now), row.info.id.to_string(), row.key])?;
    Ok(used > 0)
}

/// Removes a passkey of a person; whether there was one.
pub(in super::super) fn remove(connection: &Connection, id: Uuid, person: Uuid) -> Result<bool, rusqlite::Error> {
    let sql = "DELETE FROM passkeys WHERE id = ? AND person = ?";
    Ok(connection.prepare_cached(sql)?.execute(params![id.to_string(), person.to_string()])? > 0)
}

/// Removes all passkeys of a person; returns how many there were.
pub(in super::super) fn remove_all(connection: &Connection, person: Uuid) -> Result<usize, rusqlite::Error> {
    connection.prepare_cached("DELETE FROM passkeys WHERE person = ?")?.execute([person.to_string()])
}

pub(in super::super) fn count(connection: &Connection, person: Uuid) -> Result<u64, rusqlite::Error> {
    let sql = "SELECT count(*) FROM passkeys WHERE person = ?";
    connection.prepare_cached(sql)?.query_row([person.to_string()], |row| Ok(row.get::<_, i64>(0)?.max(0) as u64))
}

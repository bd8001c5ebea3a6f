//! API tokens as rows.

use super::{
    super::secret::Hash,
    id, micros, optional_time,
    people::{self, PersonRow},
    time,
};
use execdeck_wire::{Rights, Timestamp, TokenInfo};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use uuid::Uuid;

/// A token with whom it belongs to.
pub(in super::super) struct TokenRow {
    pub(in super::super) info: TokenInfo,
    pub(in super::super) owner: PersonRow,
}

fn read(row: &Row<'_>) -> Result<TokenInfo, rusqlite::Error> {
    let rights: Option<String> = row.get("rights")?;
    Ok(TokenInfo {
        id: id(row, "id")?,
        label: row.get("label")?,
        // What cannot be read allows nothing.
        rights: rights.map(|json| serde_json::from_str(&json).unwrap_or(Rights::NONE)),
        created_at: time(row, "created_at")?,
        expires_at: optional_time(row, "expires_at")?,
        last_used: optional_time(row, "last_used")?,
    })
}

pub(in super::super) fn by_secret(connection: &Connection, secret: &Hash) -> Result<Option<TokenRow>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT * FROM tokens WHERE secret = ?")?;
    let found = statement.query_row([secret], |row| Ok((read(row)?, id(row, "person")?))).optional()?;
    let Some((info, person)) = found else { return Ok(None) };
    Ok(people::by_id(connection, person)?.map(|owner| TokenRow { info, owner }))
}

/// A person's tokens, the newest first; those that have expired are among them.
pub(in super::super) fn of_person(connection: &Connection, person: Uuid) -> Result<Vec<TokenInfo>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT * FROM tokens WHERE person = ? ORDER BY id DESC")?;
    let tokens = statement.query_map([person.to_string()], read)?;
    tokens.collect()
}

pub(in super::super) fn count(connection: &Connection, person: Uuid) -> Result<u64, rusqlite::Error> {
    let sql = "SELECT count(*) FROM tokens WHERE person = ?";
    connection.prepare_cached(sql)?.query_row([person.to_string()], |row| Ok(row.get::<_, i64>(0)?.max(0) as u64))
}

pub(in super::super) fn insert(
    connection: &Connection,
    secret: &Hash,
    person: Uuid,
    parent: Option<Uuid>,
    info: &TokenInfo,
) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO tokens (id, secret, person, parent, label, rights, created_at, expires_at)
               VALUES (:id, :secret, :person, :parent, :label, :rights, :created_at, :expires_at)";
    connection.prepare_cached(sql)?.execute(named_params! {
        ":id": info.id.to_string(),
        ":secret": secret,
        ":person": person.to_string(),
        ":parent": parent.map(|parent| parent.to_string()),
        ":label": info.label,
        ":rights": info.rights.map(|rights| serde_json::to_string(&rights).expect("rights are JSON")),
        ":created_at": micros(info.created_at),
        ":expires_at": info.expires_at.map(micros),
    })?;
    Ok(())
}

pub(in super::super) fn used(connection: &Connection, id: Uuid, now: Timestamp) -> Result<(), rusqlite::Error> {
    let sql = "UPDATE tokens SET last_used = max(ifnull(last_used, 0), ?) WHERE id = ?";
    connection.prepare_cached(sql)?.execute(params![micros(now), id.to_string()])?;
    Ok(())
}

/// What a token is for, if there is such a token; of one person only if it is said whose.
pub(in super::super) fn label(connection: &Connection, id: Uuid, of: Option<Uuid>) -> Result<Option<String>, rusqlite::Error> {
    let sql = "SELECT label FROM tokens WHERE id = ?1 AND person = ifnull(?2, person)";
    let values = params![id.to_string(), of.map(|of| of.to_string())];
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()
}

/// A token and those that were created with it, and with those.
pub(in super::super) fn with_descendants(connection: &Connection, token: Uuid) -> Result<Vec<Uuid>, rusqlite::Error> {
    let sql = "WITH RECURSIVE family (id) AS
                 (SELECT id FROM tokens WHERE id = ? UNION SELECT tokens.id FROM tokens JOIN family ON tokens.parent = family.id)
               SELECT id FROM family";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([token.to_string()], |row| id(row, "id"))?;
    ids.collect()
}

/// Revokes a token, if there is one.
pub(in super::super) fn revoke(connection: &Connection, id: Uuid) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM tokens WHERE id = ?")?.execute([id.to_string()])?;
    Ok(())
}

pub(in super::super) fn revoke_all(connection: &Connection, person: Uuid) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM tokens WHERE person = ?")?.execute([person.to_string()])?;
    Ok(())
}

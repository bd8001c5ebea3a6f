//! Sessions as rows, and the browsers that are known.

use super::{
    super::secret::Hash,
    id, micros,
    people::{self, PersonRow},
    time,
};
use execdeck_wire::{SessionInfo, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use uuid::Uuid;

/// How many sessions and known browsers one person may have; beyond that those that were not used for longest go.
const MOST_SESSIONS: u32 = 100;
const MOST_DEVICES: u32 = 50;

/// A session with whom it belongs to.
pub(in super::super) struct SessionRow {
    pub(in super::super) info: SessionInfo,
    pub(in super::super) owner: PersonRow,
}

fn read(row: &Row<'_>, person: &str) -> Result<SessionInfo, rusqlite::Error> {
    Ok(SessionInfo {
        id: id(row, "id")?,
        person: person.to_owned(),
        created_at: time(row, "created_at")?,
        last_seen: time(row, "last_seen")?,
        expires_at: time(row, "expires_at")?,
        address: row.get("address")?,
        agent: row.get("agent")?,
        current: false,
    })
}

pub(in super::super) fn by_secret(connection: &Connection, secret: &Hash) -> Result<Option<SessionRow>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT * FROM sessions WHERE secret = ?")?;
    let found = statement.query_row([secret], |row| Ok((read(row, "")?, id(row, "person")?))).optional()?;
    let Some((mut info, person)) = found else { return Ok(None) };
    let Some(owner) = people::by_id(connection, person)? else { return Ok(None) };
    info.person.clone_from(&owner.person.name);
    Ok(Some(SessionRow { info, owner }))
}

/// When a session was opened.
pub(in super::super) fn opened(connection: &Connection, id: Uuid) -> Result<Option<Timestamp>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT created_at FROM sessions WHERE id = ?")?;
    statement.query_row([id.to_string()], |row| time(row, "created_at")).optional()
}

/// The sessions of a person that have not ended, the last used first. `idle`: how long one may be unused, in microseconds.
pub(in super::super) fn of_person(
    connection: &Connection,
    person: &PersonRow,
    now: Timestamp,
    idle: i64,
) -> Result<Vec<SessionInfo>, rusqlite::Error> {
    let sql = "SELECT * FROM sessions WHERE person = :person AND expires_at > :now AND last_seen + :idle > :now
               ORDER BY last_seen DESC, id";
    let mut statement = connection.prepare_cached(sql)?;
    let values = named_params! { ":person": person.id.to_string(), ":now": micros(now), ":idle": idle };
    let sessions = statement.query_map(values, |row| read(row, &person.person.name))?;
    sessions.collect()
}

pub(in super::super) fn insert(connection: &Connection, secret: &Hash, person: Uuid, info: &SessionInfo) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO sessions (id, secret, person, created_at, last_seen, expires_at, address, agent)
               VALUES (:id, :secret, :person, :created_at, :last_seen, :expires_at, :address, :agent)";
    connection.prepare_cached(sql)?.execute(named_params! {
        ":id": info.id.to_string(),
        ":secret": secret,
        ":person": person.to_string(),
        ":created_at": micros(info.created_at),
        ":last_seen": micros(info.last_seen),
        ":expires_at": micros(info.expires_at),
        ":address": info.address,
        ":agent": info.agent,
    })?;
    let surplus = "DELETE FROM sessions WHERE id IN
                   (SELECT id FROM sessions WHERE person = ? ORDER BY last_seen DESC, id DESC LIMIT -1 OFFSET ?)";
    connection.prepare_cached(surplus)?.execute(params![person.to_string(), MOST_SESSIONS])?;
    Ok(())
}

pub(in super::super) fn used(connection: &Connection, id: Uuid, now: Timestamp) -> Result<(), rusqlite::Error> {
    let sql = "UPDATE sessions SET last_seen = max(last_seen, ?) WHERE id = ?";
    connection.prepare_cached(sql)?.execute(params![micros(now), id.to_string()])?;
    Ok(())
}

/// Ends the session of this secret, whosever it is.
pub(in super::super) fn end_secret(connection: &Connection, secret: &Hash) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM sessions WHERE secret = ?")?.execute([secret])?;
    Ok(())
}

/// The name of a session's owner, if there is such a session; of one person only if it is said whose.
pub(in super::super) fn owner(connection: &Connection, id: Uuid, of: Option<Uuid>) -> Result<Option<String>, rusqlite::Error> {
    let sql = "SELECT people.name FROM sessions JOIN people ON people.id = sessions.person
               WHERE sessions.id = ?1 AND sessions.person = ifnull(?2, sessions.person)";
    let values = params![id.to_string(), of.map(|of| of.to_string())];
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()
}

/// All sessions of a person but this one.
pub(in super::super) fn ids(connection: &Connection, person: Uuid, but: Option<Uuid>) -> Result<Vec<Uuid>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM sessions WHERE person = ? AND id <> ?")?;
    let values = params![person.to_string(), but.map(|but| but.to_string()).unwrap_or_default()];
    let ids = statement.query_map(values, |row| id(row, "id"))?;
    ids.collect()
}

/// Ends a session, if there is one.
pub(in super::super) fn end(connection: &Connection, id: Uuid) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM sessions WHERE id = ?")?.execute([id.to_string()])?;
    Ok(())
}

/// Ends all sessions of a person but this one; how many there were.
pub(in super::super) fn end_all(connection: &Connection, person: Uuid, but: Option<Uuid>) -> Result<usize, rusqlite::Error> {
    let sql = "DELETE FROM sessions WHERE person = ? AND id <> ?";
    connection.prepare_cached(sql)?.execute(params![person.to_string(), but.map(|but| but.to_string()).unwrap_or_default()])
}

/// Removes what has ended by itself.
pub(in super::super) fn remove_ended(connection: &Connection, now: Timestamp, idle: i64) -> Result<(), rusqlite::Error> {
    let sql = "DELETE FROM sessions WHERE expires_at <= :now OR last_seen + :idle <= :now";
    connection.prepare_cached(sql)?.execute(named_params! { ":now": micros(now), ":idle": idle })?;
    Ok(())
}

/// Whether this person has signed in with this browser.
pub(in super::super) fn knows_device(connection: &Connection, secret: &Hash, person: Uuid) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM devices WHERE secret = ? AND person = ?)";
    connection.prepare_cached(sql)?.query_row(params![secret, person.to_string()], |row| row.get(0))
}

/// Remembers a browser.
pub(in super::super) fn remember_device(
    connection: &Connection,
    secret: &Hash,
    person: Uuid,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO devices (secret, person, last_used) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![secret, person.to_string(), micros(now)])?;
    let surplus =
        "DELETE FROM devices WHERE secret IN (SELECT secret FROM devices WHERE person = ? ORDER BY last_used DESC LIMIT -1 OFFSET ?)";
    connection.prepare_cached(surplus)?.execute(params![person.to_string(), MOST_DEVICES])?;
    Ok(())
}

pub(in super::super) fn forget_device(connection: &Connection, secret: &Hash, person: Uuid) -> Result<(), rusqlite::Error> {
    let sql = "DELETE FROM devices WHERE secret = ? AND person = ?";
    connection.prepare_cached(sql)?.execute(params![secret, person.to_string()])?;
    Ok(())
}

pub(in super::super) fn forget_devices(connection: &Connection, person: Uuid) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM devices WHERE person = ?")?.execute([person.to_string()])?;
    Ok(())
}

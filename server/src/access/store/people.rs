//! People as rows.

use super::{id, micros, optional_time, time};
use execdeck_wire::{Grants, Person, Role, Source, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An account, with what only the server knows.
#[derive(Clone, Debug)]
pub(in super::super) struct PersonRow {
    pub(in super::super) id: Uuid,
    pub(in super::super) person: Person,
    /// The password's hash.
    pub(in super::super) password: Option<String>,
}

/// A new account, without a password.
pub(in super::super) fn new_person(name: String, role: Role, source: Source, now: Timestamp) -> PersonRow {
    let (grants, id) = (Grants::default(), Uuid::now_v7());
    let person = Person {
        name,
        role,
        disabled: false,
        grants,
        created_at: now,
        last_seen: None,
        has_password: false,
        passkeys: 0,
        asks_for_passkey: false,
        source,
    };
    PersonRow { id, person, password: None }
}

fn read(row: &Row<'_>) -> Result<PersonRow, rusqlite::Error> {
    let password: Option<String> = row.get("password")?;
    let person = Person {
        name: row.get("name")?,
        role: row.get::<_, String>("role")?.parse().unwrap_or(Role::Unknown),
        disabled: row.get("disabled")?,
        grants: read_grants(&row.get::<_, String>("grants")?),
        created_at: time(row, "created_at")?,
        last_seen: optional_time(row, "last_seen")?,
        has_password: password.is_some(),
        passkeys: row.get("passkeys")?,
        asks_for_passkey: row.get("asks_for_passkey")?,
        source: match row.get::<_, String>("source")?.as_str() {
            "local" => Source::Local,
            "proxy" => Source::Proxy,
            "oidc" => Source::Oidc,
            _ => Source::Unknown,
        },
    };
    Ok(PersonRow { id: id(row, "id")?, person, password })
}

/// A condition that this version does not know, written by a newer one, must not widen what is granted: then it is nothing.
fn read_grants(json: &str) -> Grants {
    let known = |key: &String| matches!(key.as_str(), "templates" | "labels");
    let object = serde_json::from_str::<serde_json::Map<_, _>>(json).ok().filter(|object| object.keys().all(known));
    let grants = object.and_then(|object| serde_json::from_value(object.into()).ok());
    grants.unwrap_or_else(|| Grants { templates: Some(BTreeSet::new()), labels: None })
}

fn select(which: &str) -> String {
    format!("SELECT *, (SELECT count(*) FROM passkeys WHERE person = people.id) AS passkeys FROM people {which}")
}

pub(in super::super) fn by_name(connection: &Connection, name: &str) -> Result<Option<PersonRow>, rusqlite::Error> {
    connection.prepare_cached(&select("WHERE name = ?"))?.query_row([name], read).optional()
}

pub(in super::super) fn by_id(connection: &Connection, id: Uuid) -> Result<Option<PersonRow>, rusqlite::Error> {
    connection.prepare_cached(&select("WHERE id = ?"))?.query_row([id.to_string()], read).optional()
}

/// Everybody, by name.
pub(in super::super) fn all(connection: &Connection) -> Result<Vec<Person>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(&select("ORDER BY name"))?;
    let people = statement.query_map([], |row| Ok(read(row)?.person))?;
    people.collect()
}

/// Whether there is any account.
pub(in super::super) fn any(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM people)")?.query_row([], |row| row.get(0))
}

/// Whether somebody could sign in: with a password, or because another system vouches for them.
pub(in super::super) fn any_can_sign_in(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM people WHERE NOT disabled AND (password IS NOT NULL OR source <> 'local'))";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// How many administrators could sign in.
pub(in super::super) fn administrators(connection: &Connection) -> Result<usize, rusqlite::Error> {
    Ok(administrator_ids(connection)?.len())
}

/// The ids of all administrators who can sign in.
pub(in super::super) fn administrator_ids(connection: &Connection) -> Result<Vec<Uuid>, rusqlite::Error> {
    let sql = "SELECT id FROM people WHERE role = 'admin' AND NOT disabled AND (password IS NOT NULL OR source <> 'local')";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

pub(in super::super) fn insert(connection: &Connection, row: &PersonRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO people (id, name, role, disabled, grants, password, source, created_at)
               VALUES (:id, :name, :role, :disabled, :grants, :password, :source, :created_at)";
    connection.prepare_cached(sql)?.execute(named_params! {
        ":id": row.id.to_string(),
        ":name": row.person.name,
        ":role": row.person.role.as_str(),
        ":disabled": row.person.disabled,
        ":grants": grants_json(&row.person.grants),
        ":password": row.password,
        ":source": row.person.source.as_str(),
        ":created_at": micros(row.person.created_at),
    })?;
    Ok(())
}

pub(in super::super) fn set_role(connection: &Connection, id: Uuid, role: Role) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE people SET role = ? WHERE id = ?")?.execute(params![role.as_str(), id.to_string()])?;
    Ok(())
}

pub(in super::super) fn set_disabled(connection: &Connection, id: Uuid, disabled: bool) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE people SET disabled = ? WHERE id = ?")?.execute(params![disabled, id.to_string()])?;
    Ok(())
}

pub(in super::super) fn set_grants(connection: &Connection, id: Uuid, grants: &Grants) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE people SET grants = ? WHERE id = ?")?.execute(params![grants_json(grants), id.to_string()])?;
    Ok(())
}

pub(in super::super) fn set_password(connection: &Connection, id: Uuid, hash: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE people SET password = ? WHERE id = ?")?.execute(params![hash, id.to_string()])?;
    Ok(())
}

/// Sets whether the password alone is not enough.
pub(in super::super) fn ask_for_passkey(connection: &Connection, id: Uuid, ask: bool) -> Result<(), rusqlite::Error> {
    // Without a change nothing has to be read again.
    let sql = "UPDATE people SET asks_for_passkey = ?1 WHERE id = ?2 AND asks_for_passkey <> ?1";
    connection.prepare_cached(sql)?.execute(params![ask, id.to_string()])?;
    Ok(())
}

pub(in super::super) fn seen(connection: &Connection, id: Uuid, now: Timestamp) -> Result<(), rusqlite::Error> {
    let sql = "UPDATE people SET last_seen = max(ifnull(last_seen, 0), ?) WHERE id = ?";
    connection.prepare_cached(sql)?.execute(params![micros(now), id.to_string()])?;
    Ok(())
}

fn grants_json(grants: &Grants) -> String {
    serde_json::to_string(grants).expect("grants are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_that_cannot_be_understood_grant_nothing() {
        assert!(read_grants("{}").is_unlimited());
        assert!(read_grants(r#"{"labels":null}"#).is_unlimited());
        assert_eq!(read_grants(r#"{"labels":{"team":"ops"}}"#).labels.unwrap()["team"], "ops");
        for json in [r#"{"hosts":["a"]}"#, r#"{"labels":{"a":"b"},"hosts":[]}"#, r#"{"templates":7}"#, "[]", "", "null"] {
            assert!(!read_grants(json).cover(&[("a".to_owned(), "b".to_owned())].into(), Some(Uuid::nil())), "{json}");
        }
    }
}

//! Who people are at OpenID providers.

use super::people::{self, PersonRow};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The account that belongs to a provider's account.
pub(in super::super) fn person(connection: &Connection, issuer: &str, subject: &str) -> Result<Option<PersonRow>, rusqlite::Error> {
    let sql = "SELECT person FROM provider_accounts WHERE issuer = ? AND subject = ?";
    let id = connection.prepare_cached(sql)?.query_row([issuer, subject], |row| super::id(row, "person")).optional()?;
    Ok(id.map(|id| people::by_id(connection, id)).transpose()?.flatten())
}

/// Says that an account belongs to a provider's account from now on.
pub(in super::super) fn link(connection: &Connection, issuer: &str, subject: &str, person: Uuid) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO provider_accounts (issuer, subject, person) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![issuer, subject, person.to_string()])?;
    Ok(())
}

//! People, sessions, tokens, passkeys and the setup code as rows.
//!
//! # Layout
//! - `people`, `sessions` (with the browsers that are known), `tokens`, `passkeys`, `setup`: the tables of the same names.
//!   `providers`: who people are at OpenID providers.

pub(super) mod passkeys;
pub(super) mod people;
pub(super) mod providers;
pub(super) mod sessions;
pub(super) mod setup;
pub(super) mod tokens;

use execdeck_wire::Timestamp;
use rusqlite::Row;
use uuid::Uuid;

pub(super) fn time(row: &Row<'_>, column: &str) -> Result<Timestamp, rusqlite::Error> {
    Ok(Timestamp::from_micros(row.get::<_, i64>(column)?.max(0) as u64))
}

pub(super) fn optional_time(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, rusqlite::Error> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|micros| Timestamp::from_micros(micros.max(0) as u64)))
}

pub(super) fn id(row: &Row<'_>, column: &str) -> Result<Uuid, rusqlite::Error> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}

/// As SQLite stores it.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_micros() as i64
}

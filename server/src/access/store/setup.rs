//! The setup code as a row.

use super::{super::secret::Hash, micros};
use execdeck_wire::Timestamp;
use rusqlite::{Connection, params};

/// Puts a code in the place of the one before.
pub(in super::super) fn set(connection: &Connection, code: &Hash, expires_at: Timestamp) -> Result<(), rusqlite::Error> {
    let sql = "INSERT OR REPLACE INTO setup (only_row, code, expires_at) VALUES (1, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![code, micros(expires_at)])?;
    Ok(())
}

/// Whether this is the code, and has not expired.
pub(in super::super) fn is_valid(connection: &Connection, code: &Hash, now: Timestamp) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM setup WHERE code = ? AND expires_at > ?)";
    connection.prepare_cached(sql)?.query_row(params![code, micros(now)], |row| row.get(0))
}

pub(in super::super) fn remove(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM setup")?.execute([])?;
    Ok(())
}

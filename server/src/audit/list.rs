//! What a filter finds.

use super::{AuditError, row::Row};
use crate::database::Database;
use execdeck_wire::{AuditEntry, AuditFilter, AuditPage};
use rusqlite::{Connection, ToSql};

/// Entries on a page, if it is not said how many.
const PAGE: u32 = 50;
/// Entries that are read at once for an export.
const AT_ONCE: u32 = 500;

/// A page, newest first.
pub(super) fn page(connection: &Connection, filter: &AuditFilter) -> Result<AuditPage, rusqlite::Error> {
    let limit = filter.limit.unwrap_or(PAGE);
    let mut conditions = Conditions::of(filter);
    if let Some(before) = filter.before {
        conditions.add("seq < ?", i64::try_from(before).unwrap_or(i64::MAX));
    }
    let mut entries = conditions.select(connection, "DESC", limit + 1)?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.seq);
    Ok(AuditPage { entries, next })
}

/// The next entries after one, oldest first.
pub(super) fn after(connection: &Connection, filter: &AuditFilter, after: u64) -> Result<Vec<AuditEntry>, rusqlite::Error> {
    let mut conditions = Conditions::of(filter);
    conditions.add("seq > ?", after as i64);
    conditions.select(connection, "ASC", AT_ONCE)
}

/// The same, for commands.
pub fn list_after(database: &Database, filter: &AuditFilter, after: u64) -> Result<Vec<AuditEntry>, AuditError> {
    Ok(database.read_blocking(|connection| self::after(connection, filter, after))?)
}

struct Conditions {
    sql: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    fn of(filter: &AuditFilter) -> Self {
        let mut conditions = Self { sql: vec!["1"], values: Vec::new() };
        if let Some(person) = &filter.person {
            conditions.add("person = ?", person.clone());
        }
        if let Some(action) = &filter.action {
            conditions.add("action = ?", action.clone());
        }
        if let Some(target) = &filter.target {
            conditions.add("? IN (target, target_name)", target.clone());
        }
        if let Some(outcome) = filter.outcome {
            conditions.add("outcome = ?", outcome.as_str());
        }
        if let Some(since) = filter.since {
            conditions.add("time >= ?", since.as_micros() as i64);
        }
        if let Some(until) = filter.until {
            conditions.add("time < ?", until.as_micros() as i64);
        }
        conditions
    }

    fn add(&mut self, sql: &'static str, value: impl ToSql + 'static) {
        self.sql.push(sql);
        self.values.push(Box::new(value));
    }

    fn select(self, connection: &Connection, order: &str, limit: u32) -> Result<Vec<AuditEntry>, rusqlite::Error> {
        let sql = format!("SELECT * FROM audit WHERE {} ORDER BY seq {order} LIMIT {limit}", self.sql.join(" AND "));
        let mut statement = connection.prepare_cached(&sql)?;
        let values = self.values.iter().map(AsRef::as_ref).collect::<Vec<&dyn ToSql>>();
        let rows = statement.query_map(values.as_slice(), |row| Ok(Row::read(row)?.into_entry()))?;
        rows.collect()
    }
}

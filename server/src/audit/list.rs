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
    Ok(database.read_long_blocking(|connection| self::after(connection, filter, after))?)
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
            // Not `IN`, which no index is used for.
            conditions.add("(target = ? OR target_name = ?)", target.clone());
            conditions.values.push(Box::new(target.clone()));
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

    fn query(&self, order: &str, limit: u32) -> String {
        format!("SELECT * FROM audit WHERE {} ORDER BY seq {order} LIMIT {limit}", self.sql.join(" AND "))
    }

    fn select(self, connection: &Connection, order: &str, limit: u32) -> Result<Vec<AuditEntry>, rusqlite::Error> {
        let mut statement = connection.prepare_cached(&self.query(order, limit))?;
        let values = self.values.iter().map(AsRef::as_ref).collect::<Vec<&dyn ToSql>>();
        let rows = statement.query_map(values.as_slice(), |row| Ok(Row::read(row)?.into_entry()))?;
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{BY_NAME_MIGRATION, MIGRATION},
        *,
    };

    #[test]
    fn what_an_entry_is_about_is_found_without_reading_all_of_them() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("{MIGRATION}{BY_NAME_MIGRATION}")).unwrap();
        let conditions = Conditions::of(&AuditFilter { target: Some("nightly".into()), ..AuditFilter::default() });
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", conditions.query("DESC", PAGE))).unwrap();
        let steps = plan.query_map(["nightly"; 2], |row| row.get::<_, String>("detail")).unwrap();
        let steps = steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
        for index in ["audit_by_target ", "audit_by_target_name "] {
            assert!(steps.contains(index) && !steps.contains("SCAN"), "{steps}");
        }
    }
}

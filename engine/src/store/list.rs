//! Listing by keyset: the cost of a page does not depend on the length of the history.

use super::{StoreError, row};
use crate::scope::Scope;
use execdeck_wire::{Counts, Process, ProcessFilter, ProcessPage, StateFilter};
use rusqlite::{Connection, params_from_iter};

/// When the filter does not say how many.
const DEFAULT_LIMIT: u32 = 50;

pub(super) fn list(connection: &Connection, scope: &Scope, filter: &ProcessFilter) -> Result<ProcessPage, StoreError> {
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let (conditions, mut values) = conditions(scope, filter);
    values.push((limit + 1).to_string());
    let sql = format!("SELECT {} FROM processes WHERE {conditions} ORDER BY id DESC LIMIT CAST(? AS INTEGER)", row::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(&values), row::read)?;
    let mut processes = rows.map(|row| Ok(row?.process)).collect::<Result<Vec<_>, StoreError>>()?;
    processes.iter_mut().for_each(Process::shorten);
    let more = processes.len() > limit;
    processes.truncate(limit);
    let next = processes.last().filter(|_| more).map(|process| process.id);
    Ok(ProcessPage { processes, next, counts: counts(connection, scope)? })
}

fn conditions(scope: &Scope, filter: &ProcessFilter) -> (String, Vec<String>) {
    let (condition, mut values) = scope_condition(scope);
    let mut conditions = vec![condition];
    let mut add = |condition: &str, value: String| {
        conditions.push(condition.to_owned());
        values.push(value);
    };
    match filter.state {
        Some(StateFilter::Is(state)) => add("state = ?", state.as_str().to_owned()),
        Some(StateFilter::Active) => add("outcome = ?", "active".into()),
        Some(StateFilter::Unsuccessful) => add("outcome = ?", "unsuccessful".into()),
        Some(StateFilter::Ended) => add("outcome <> ?", "active".into()),
        None => {}
    }
    for word in filter.name.iter().flat_map(|text| text.split_whitespace()) {
        add("instr(search_text, ?) > 0", word.to_lowercase());
    }
    if let Some(by) = &filter.started_by {
        add("started_by = ?", by.clone());
    }
    match filter.label.as_deref().map(|label| label.split_once('=').ok_or(label)) {
        Some(Ok((key, value))) => {
            add("EXISTS (SELECT 1 FROM json_each(labels) WHERE key = ?", key.to_owned());
            add("value = ?)", value.to_owned());
        }
        Some(Err(key)) => add("EXISTS (SELECT 1 FROM json_each(labels) WHERE key = ?)", key.to_owned()),
        None => {}
    }
    if let Some(before) = filter.before {
        add("id < ?", before.to_string());
    }
    (conditions.join(" AND "), values)
}

/// The condition that a scope is in SQL, and its values.
fn scope_condition(scope: &Scope) -> (String, Vec<String>) {
    match scope {
        Scope::All => ("1".into(), Vec::new()),
        Scope::Nothing => ("0".into(), Vec::new()),
        Scope::Narrowed { labels, templates } => {
            let label = "EXISTS (SELECT 1 FROM json_each(labels) WHERE key = ? AND value = ?)";
            let template = templates.as_ref().map(|_| "template IN (SELECT value FROM json_each(?))");
            let conditions = ["1"].into_iter().chain(labels.iter().map(|_| label)).chain(template).collect::<Vec<_>>().join(" AND ");
            let mut values: Vec<_> = labels.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect();
            values.extend(templates.as_ref().map(|ids| serde_json::json!(ids).to_string()));
            (conditions, values)
        }
    }
}

/// Counts all processes from a table that triggers keep, and those of a narrower scope by reading them.
fn counts(connection: &Connection, scope: &Scope) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    let (condition, values) = scope_condition(scope);
    let sql = match scope {
        Scope::All => "SELECT outcome, number FROM counts".to_owned(),
        _ => format!("SELECT outcome, count(*) FROM processes WHERE {condition} GROUP BY outcome"),
    };
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(row) = rows.next()? {
        let number = row.get::<_, i64>(1)?.max(0) as u64;
        match row.get::<_, String>(0)?.as_str() {
            "active" => counts.active = number,
            "unsuccessful" => {
                counts.unsuccessful = number;
                counts.ended += number;
            }
            _ => counts.ended += number,
        }
    }
    Ok(counts)
}

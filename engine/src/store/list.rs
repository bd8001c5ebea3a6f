//! Listing by keyset: the cost of a page does not depend on the length of the history.

use super::{StoreError, row, search};
use crate::scope::Scope;
use execdeck_wire::{Counts, Process, ProcessFilter, ProcessPage, ProcessState, StateFilter};
use rusqlite::{Connection, params_from_iter};
use std::collections::HashMap;

/// When the filter does not say how many.
const DEFAULT_LIMIT: u32 = 50;

/// What is known of processes whose rows could not be brought up to date.
#[derive(Clone, Debug, Default)]
pub(crate) struct Newer(HashMap<String, (ProcessState, &'static str)>);

impl<'a> FromIterator<&'a Process> for Newer {
    fn from_iter<T: IntoIterator<Item = &'a Process>>(processes: T) -> Self {
        Self(processes.into_iter().map(|process| (process.id.to_string(), (process.state, row::outcome(process)))).collect())
    }
}

impl Newer {
    /// The ids of those that match, as a JSON array.
    fn ids(&self, matches: impl Fn(ProcessState, &str) -> bool) -> String {
        let ids: Vec<_> = self.0.iter().filter(|(_, (state, outcome))| matches(*state, outcome)).map(|(id, _)| id).collect();
        serde_json::json!(ids).to_string()
    }
}

pub(super) fn list(connection: &Connection, scope: &Scope, filter: &ProcessFilter, newer: &Newer) -> Result<ProcessPage, StoreError> {
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let mut processes = find(connection, scope, filter, newer, limit + 1)?;
    processes.iter_mut().for_each(Process::shorten);
    let more = processes.len() > limit;
    processes.truncate(limit);
    let next = processes.last().filter(|_| more).map(|process| process.id);
    Ok(ProcessPage { processes, next, counts: counts(connection, scope, newer)? })
}

/// The newest processes, so many at most. Words are looked for among the newest ones first, and then with the index.
fn find(connection: &Connection, scope: &Scope, filter: &ProcessFilter, newer: &Newer, most: usize) -> Result<Vec<Process>, StoreError> {
    let everywhere = |narrowed: Option<(&str, String)>| select(connection, conditions(scope, filter, newer), narrowed, most);
    let Some(expression) = search::expression(filter) else { return everywhere(None) };
    let Some(newest) = search::newest(connection, filter.before)? else { return everywhere(None) };
    let found = everywhere(Some(("id > ?", newest)))?;
    if found.len() == most {
        return Ok(found);
    }
    let indexed = || everywhere(search::is_rare(connection, &expression)?.then(|| (search::INDEXED, expression.clone())));
    indexed().or_else(|error| {
        tracing::warn!(%error, "the search index cannot be used; the whole history is looked through");
        everywhere(None)
    })
}

/// The newest processes that meet all conditions.
fn select(
    connection: &Connection,
    (conditions, mut values): (String, Vec<String>),
    narrowed: Option<(&str, String)>,
    most: usize,
) -> Result<Vec<Process>, StoreError> {
    let (narrowed, value) = narrowed.unzip();
    values.extend(value);
    values.push(most.to_string());
    let conditions = [Some(conditions.as_str()), narrowed].into_iter().flatten().collect::<Vec<_>>().join(" AND ");
    let sql = format!("SELECT {} FROM processes WHERE {conditions} ORDER BY id DESC LIMIT CAST(? AS INTEGER)", row::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(&values), row::read)?;
    rows.map(|row| Ok(row?.process)).collect()
}

fn conditions(scope: &Scope, filter: &ProcessFilter, newer: &Newer) -> (String, Vec<String>) {
    let (condition, mut values) = scope_condition(scope);
    let mut conditions = vec![condition];
    if let Some(wanted) = filter.state {
        let (condition, state_values) = state_condition(wanted, newer);
        conditions.push(condition);
        values.extend(state_values);
    }
    let mut add = |condition: &str, value: String| {
        conditions.push(condition.to_owned());
        values.push(value);
    };
    for word in search::words(filter) {
        add("instr(search_text, ?) > 0", word);
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

/// The condition that a state is in SQL, and its values. Without anything newer it is one that an index answers.
fn state_condition(wanted: StateFilter, newer: &Newer) -> (String, Vec<String>) {
    let (condition, value) = match wanted {
        StateFilter::Is(state) => ("state = ?", state.as_str()),
        StateFilter::Active => ("outcome = ?", "active"),
        StateFilter::Unsuccessful => ("outcome = ?", "unsuccessful"),
        StateFilter::Ended => ("outcome <> ?", "active"),
    };
    if newer.0.is_empty() {
        return (condition.to_owned(), vec![value.to_owned()]);
    }
    let matching = newer.ids(|state, outcome| match wanted {
        StateFilter::Is(_) => state.as_str() == value,
        StateFilter::Active | StateFilter::Unsuccessful => outcome == value,
        StateFilter::Ended => outcome != value,
    });
    let listed = "(SELECT value FROM json_each(?))";
    let condition = format!("(id NOT IN {listed} AND {condition} OR id IN {listed})");
    (condition, vec![newer.ids(|_, _| true), value.to_owned(), matching])
}

/// The condition that a scope is in SQL, and its values.
pub(super) fn scope_condition(scope: &Scope) -> (String, Vec<String>) {
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
fn counts(connection: &Connection, scope: &Scope, newer: &Newer) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    let (condition, mut values) = scope_condition(scope);
    let sql = match scope {
        Scope::All => "SELECT outcome, number FROM counts".to_owned(),
        _ => format!("SELECT outcome, count(*) FROM processes WHERE {condition} GROUP BY outcome"),
    };
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(row) = rows.next()? {
        add(&mut counts, &row.get::<_, String>(0)?, row.get(1)?);
    }
    if newer.0.is_empty() {
        return Ok(counts);
    }
    let sql = format!("SELECT id, outcome FROM processes WHERE {condition} AND id IN (SELECT value FROM json_each(?))");
    values.push(newer.ids(|_, _| true));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(row) = rows.next()? {
        if let Some((_, outcome)) = newer.0.get(&row.get::<_, String>(0)?) {
            add(&mut counts, &row.get::<_, String>(1)?, -1);
            add(&mut counts, outcome, 1);
        }
    }
    Ok(counts)
}

/// Counts so many processes of an outcome more, or fewer.
fn add(counts: &mut Counts, outcome: &str, number: i64) {
    let add = |count: &mut u64| *count = count.saturating_add_signed(number);
    match outcome {
        "active" => add(&mut counts.active),
        "unsuccessful" => {
            add(&mut counts.unsuccessful);
            add(&mut counts.ended);
        }
        _ => add(&mut counts.ended),
    }
}

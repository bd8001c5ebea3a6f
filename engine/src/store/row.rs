//! How a process becomes a row.

use super::StoreError;
use execdeck_wire::Process;
use rusqlite::{Connection, params};

fn outcome(process: &Process) -> &'static str {
    if process.state.is_active() {
        "active"
    } else if process.is_unsuccessful() {
        "unsuccessful"
    } else {
        "fine"
    }
}

pub(super) fn save(connection: &Connection, process: &Process) -> Result<(), StoreError> {
    let words = format!("{}\n{}", process.name, process.spec.command_line()).to_lowercase();
    let mut statement = connection.prepare_cached(
        "INSERT INTO processes (id, state, outcome, words, started_by, labels, process) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, outcome = excluded.outcome, process = excluded.process",
    )?;
    statement.execute(params![
        process.id.to_string(),
        process.state.as_str(),
        outcome(process),
        words,
        process.started_by,
        serde_json::to_string(&process.spec.labels)?,
        serde_json::to_string(process)?,
    ])?;
    Ok(())
}

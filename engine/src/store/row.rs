//! How a process becomes a row, and a row a process.

use super::StoreError;
use execdeck_wire::{Exit, OutputRange, Process, ProcessSpec, ProcessState, Timestamp};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

/// The columns that [`read`] takes, in its order, with the shortened process.
pub(super) const COLUMNS: &str = "id, state, search_text, started_by, process, template";
/// The same with the whole process.
pub(super) const WHOLE_COLUMNS: &str = "id, state, search_text, started_by, ifnull(whole, process), template";
/// How much text per process can be searched, in bytes.
const MAX_SEARCH_TEXT: usize = 64 << 10;

pub(super) fn outcome(process: &Process) -> &'static str {
    if process.state.is_active() {
        "active"
    } else if process.is_unsuccessful() {
        "unsuccessful"
    } else {
        "ok"
    }
}

/// The column of the same name: by when a process is among the oldest, in microseconds since 1970; none for an active one.
fn ended_at(process: &Process) -> Option<i64> {
    let ended = process.ended_at.unwrap_or(process.created_at);
    (!process.state.is_active()).then_some(ended.as_micros() as i64)
}

/// Enters a process or brings its row up to date. Returns the size of the row, in bytes.
pub(super) fn save(connection: &Connection, process: &Process) -> Result<usize, StoreError> {
    // The index of the search ends at a NUL.
    let mut search_text = format!("{}\n{}", process.name, process.spec.command_line()).to_lowercase().replace('\0', " ");
    search_text.truncate(search_text.floor_char_boundary(MAX_SEARCH_TEXT));
    let mut listed = process.clone();
    listed.shorten();
    let whole = listed.spec_shortened.then(|| serde_json::to_string(process)).transpose()?;
    let listed = serde_json::to_string(&listed)?;
    let size = search_text.len() + listed.len() + whole.as_ref().map_or(0, String::len);
    let mut statement = connection.prepare_cached(
        "INSERT INTO processes (id, state, outcome, search_text, started_by, labels, process, whole, template, ended_at, name)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, outcome = excluded.outcome, process = excluded.process,
         whole = excluded.whole, ended_at = excluded.ended_at,
         disk_bytes = iif(excluded.ended_at IS NULL, NULL, disk_bytes), compressed = iif(excluded.ended_at IS NULL, 0, compressed)",
    )?;
    statement.execute(params![
        process.id.to_string(),
        process.state.as_str(),
        outcome(process),
        search_text,
        process.started_by,
        serde_json::to_string(&process.spec.labels)?,
        listed,
        whole,
        process.template.map(|template| template.to_string()),
        ended_at(process),
        process.name,
    ])?;
    Ok(size)
}

/// A process as the history has it.
pub(crate) struct Record {
    pub process: Process,
    /// Its JSON cannot be read, and `process` only stands in for it.
    pub damaged: bool,
}

/// Updates a row without touching its JSON.
pub(super) fn save_state(connection: &Connection, process: &Process) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("UPDATE processes SET state = ?, outcome = ?, ended_at = ? WHERE id = ?")?;
    statement.execute(params![process.state.as_str(), outcome(process), ended_at(process), process.id.to_string()])?;
    Ok(())
}

/// Enters what the files of a process take up; one that runs again meanwhile stays without a size.
pub(super) fn save_size(connection: &Connection, id: Uuid, bytes: u64) -> Result<(), StoreError> {
    let sql = "UPDATE processes SET disk_bytes = ? WHERE id = ? AND ended_at IS NOT NULL";
    connection.prepare_cached(sql)?.execute(params![i64::try_from(bytes).unwrap_or(i64::MAX), id.to_string()])?;
    Ok(())
}

/// Enters that the output of a process is compressed, so that its files are measured again.
pub(super) fn save_compressed(connection: &Connection, id: Uuid) -> Result<(), StoreError> {
    let sql = "UPDATE processes SET compressed = 1, disk_bytes = NULL WHERE id = ? AND ended_at IS NOT NULL";
    connection.prepare_cached(sql)?.execute([id.to_string()])?;
    Ok(())
}

/// Reads a row with [`COLUMNS`]. One whose JSON cannot be read becomes a process that says so, made from the
/// other columns: a damaged record must not hide the rest of the history.
pub(super) fn read(row: &Row<'_>) -> Result<Record, rusqlite::Error> {
    let json: String = row.get(4)?;
    let error = match serde_json::from_str(&json) {
        Ok(process) => return Ok(Record { process, damaged: false }),
        Err(error) => error,
    };
    let id: Uuid = row.get::<_, String>(0)?.parse().unwrap_or_default();
    let search_text: String = row.get(2)?;
    let name = search_text.lines().next().unwrap_or_default().to_owned();
    tracing::warn!(%id, %error, "a record of the history cannot be read");
    let created = id.get_timestamp().map_or((0, 0), |time| time.to_unix());
    let process = Process {
        id,
        revision: 0,
        spec: ProcessSpec { program: name.clone(), ..ProcessSpec::default() },
        name,
        state: row.get::<_, String>(1)?.parse().unwrap_or(ProcessState::Interrupted),
        pid: None,
        restarts: 0,
        created_at: Timestamp::from_micros(created.0 * 1_000_000 + u64::from(created.1) / 1000),
        started_at: None,
        ended_at: None,
        duration_ms: None,
        exit: Some(Exit::Error(format!("This record cannot be read: {error}"))),
        output: OutputRange::default(),
        started_by: row.get(3)?,
        terminal: None,
        usage: None,
        limit_hit: None,
        attempts: Vec::new(),
        next_start_at: None,
        gave_up: false,
        queue_position: None,
        template: row.get::<_, Option<String>>(5)?.and_then(|id| id.parse().ok()),
        spec_shortened: false,
    };
    Ok(Record { process, damaged: true })
}

//! The record of a process: of a new one, and when another server takes it over.

use execdeck_wire::{OutputRange, Process, ProcessSpec, ProcessState, Timestamp};
use uuid::Uuid;

/// A process that was asked for just now.
pub(crate) fn new_process(id: Uuid, spec: ProcessSpec, started_by: &str, template: Option<Uuid>) -> Process {
    Process {
        id,
        revision: 1,
        name: spec.display_name(),
        terminal: spec.terminal,
        spec,
        state: ProcessState::Starting,
        pid: None,
        restarts: 0,
        created_at: Timestamp::now(),
        started_at: None,
        ended_at: None,
        duration_ms: None,
        exit: None,
        output: OutputRange::default(),
        started_by: started_by.to_owned(),
        usage: None,
        limit_hit: None,
        attempts: Vec::new(),
        next_start_at: None,
        gave_up: false,
        queue_position: None,
        template,
        spec_shortened: false,
    }
}

/// When an id was given to a process, which says so.
pub(crate) fn created_at(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Some(Timestamp::from_micros(seconds * 1_000_000 + u64::from(nanos) / 1000))
}

/// The next revision after one that an earlier server has recorded, which may have given out higher ones: it rises by what takes
/// time, so that it stays behind the seconds since 1970.
pub(crate) fn revision_after(recorded: u64) -> u64 {
    (recorded + 1).max(Timestamp::now().as_micros() / 1_000_000)
}

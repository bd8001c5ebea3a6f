//! The record of a new process.

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
        template,
        spec_shortened: false,
    }
}

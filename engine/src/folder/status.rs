//! What is known of a process, in its `status.json`.

use execdeck_wire::{Attempt, Exit, OutputRange, Process, ProcessSpec, ProcessState, TerminalSize, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// This many attempts are kept.
const MAX_ATTEMPTS: usize = 100;

/// `status.json`: what the keeper knows. Fields may be added; older files must still load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub state: ProcessState,
    #[serde(default)]
    pub pid: Option<u32>,
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    #[serde(default)]
    pub duration_ms: Option<u64>,
    #[serde(default)]
    pub exit: Option<Exit>,
    #[serde(default)]
    pub output: OutputRange,
    #[serde(default)]
    pub terminal: Option<TerminalSize>,
    #[serde(default)]
    pub usage: Option<Usage>,
    /// The first attempt and the latest ones; empty in the files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    #[serde(default)]
    pub restarts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_start_at: Option<Timestamp>,
    #[serde(default)]
    pub gave_up: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_hit: Option<String>,
    /// It was told to stop, so it is not started again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stop_requested: bool,
    /// It ran until its keeper was told to end, as happens when the machine shuts down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped_with_keeper: bool,
    /// For a history that has to be rebuilt from the folders.
    #[serde(default)]
    pub started_by: String,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Uuid>,
}

impl Status {
    pub(crate) fn starting(spec: &ProcessSpec, started_by: &str) -> Self {
        Self {
            state: ProcessState::Starting,
            pid: None,
            started_at: None,
            ended_at: None,
            duration_ms: None,
            exit: None,
            output: OutputRange::default(),
            terminal: spec.terminal,
            usage: None,
            attempts: Vec::new(),
            restarts: 0,
            next_start_at: None,
            gave_up: false,
            limit_hit: None,
            stop_requested: false,
            stopped_with_keeper: false,
            started_by: started_by.to_owned(),
            template: None,
        }
    }

    /// The one attempt that a keeper of an earlier version made.
    fn only_attempt(&self) -> Option<Attempt> {
        let started_at = Some(self.started_at?);
        let (ended_at, exit) = (self.ended_at, self.exit.clone());
        Some(Attempt { pid: self.pid, started_at, ended_at, exit, output: self.output, limit_hit: None })
    }

    /// Adds an attempt. Of very many the first one stays, and the latest.
    pub(crate) fn add_attempt(&mut self, attempt: Attempt) {
        if self.attempts.len() >= MAX_ATTEMPTS {
            self.attempts.remove(1);
        }
        self.attempts.push(attempt);
    }

    /// The attempt that runs, if one does.
    pub(crate) fn running_attempt(&mut self) -> Option<&mut Attempt> {
        self.attempts.last_mut().filter(|attempt| attempt.ended_at.is_none())
    }

    /// Updates a process with what its keeper reports.
    pub(crate) fn apply_to(&self, process: &mut Process) {
        process.state = self.state;
        process.pid = self.pid;
        process.started_at = self.started_at;
        process.ended_at = self.ended_at;
        process.duration_ms = self.duration_ms;
        process.exit.clone_from(&self.exit);
        process.output = self.output;
        process.terminal = self.terminal;
        process.usage = self.usage;
        process.restarts = self.restarts;
        process.next_start_at = self.next_start_at;
        process.gave_up = self.gave_up;
        process.limit_hit.clone_from(&self.limit_hit);
        process.attempts = if self.attempts.is_empty() { self.only_attempt().into_iter().collect() } else { self.attempts.clone() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_with_only_a_state_still_loads() {
        let status: Status = serde_json::from_str(r#"{"state":"running","something_newer":1}"#).unwrap();
        assert_eq!(status.state, ProcessState::Running);
    }

    #[test]
    fn the_first_attempt_and_the_latest_ones_are_kept() {
        let mut status = Status::starting(&ProcessSpec::default(), "ada");
        for pid in 0..250 {
            let output = OutputRange::default();
            status.add_attempt(Attempt { pid: Some(pid), started_at: None, ended_at: None, exit: None, output, limit_hit: None });
        }
        let kept: Vec<_> = status.attempts.iter().filter_map(|attempt| attempt.pid).collect();
        assert_eq!(kept, std::iter::once(0).chain(151..250).collect::<Vec<_>>());
    }
}

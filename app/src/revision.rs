//! Copies of a process come from its socket, from events and from answers, in any order: the newest one wins.

use crate::wire::Process;
use leptos::prelude::*;

/// Whether the first of two copies is the newer one.
pub(crate) fn is_newer(process: &Process, than: &Process) -> bool {
    (process.revision, process.output.end) > (than.revision, than.output.end)
}

/// Puts the copy into the signal if it is newer than what is there and the signal still exists.
pub(crate) fn keep_newer(signal: &(impl WithUntracked<Value = Process> + Set<Value = Process>), process: Process) {
    if signal.try_with_untracked(|old| is_newer(&process, old)) == Some(true) {
        signal.try_set(process);
    }
}

//! Copies of a process come from its socket, from events and from answers, in any order: the newest one wins.

use crate::wire::Process;
use leptos::prelude::*;

/// Whether the first of two copies is the newer one.
pub(crate) fn is_newer(process: &Process, than: &Process) -> bool {
    (process.revision, process.output.end) > (than.revision, than.output.end)
}

/// Whether the first of two copies of one revision says something else about what changes without a new one: what the process uses,
/// and its place in the queue. Of two samples the one with less CPU time is the older one.
fn is_another_sample(process: &Process, than: &Process) -> bool {
    let cpu = |process: &Process| process.usage.map(|usage| usage.cpu_ms);
    let differs = (process.usage, process.queue_position) != (than.usage, than.queue_position);
    process.revision == than.revision && differs && cpu(process) >= cpu(than)
}

/// Puts the copy into the signal if it is newer than what is there and the signal still exists.
pub(crate) fn keep_newer(signal: &(impl WithUntracked<Value = Process> + Update<Value = Process>), process: Process) {
    let newer = |old: &Process| (is_newer(&process, old), is_another_sample(&process, old));
    match signal.try_with_untracked(newer) {
        Some((true, _)) => signal.try_update(|old| *old = process),
        Some((false, true)) => signal.try_update(|old| (old.usage, old.queue_position) = (process.usage, process.queue_position)),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{test_process::process, wire::Usage};
    use serde_json::json;

    #[test]
    fn usage_is_kept_up_to_date_without_a_new_revision_and_nothing_else_is() {
        let owner = Owner::new();
        owner.set();
        let first = process(json!({ "state": "running", "name": "whole" }));
        let usage = |cpu_ms, memory_bytes| Some(Usage { cpu_ms, memory_bytes, ..Usage::default() });
        let kept = RwSignal::new(first.clone());
        keep_newer(&kept, Process { name: "cut".into(), usage: usage(5, 70), ..first.clone() });
        kept.with_untracked(|process| assert_eq!((process.usage, process.name.as_str()), (usage(5, 70), "whole")));
        keep_newer(&kept, Process { usage: usage(4, 60), ..first.clone() });
        keep_newer(&kept, Process { usage: usage(9, 90), revision: 3, ..first });
        assert_eq!(kept.with_untracked(|process| process.usage), usage(5, 70));
    }
}

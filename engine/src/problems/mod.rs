//! What whoever runs the server must know: problems that are there for as long as their causes are.

mod text;

use execdeck_wire::{Problem, ProblemCode, Timestamp};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
pub(crate) use text::{few_files, keeper_not_startable, little_space, secret_key_not_usable, too_few_descriptors};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// The problems that there are now.
#[derive(Default)]
pub(crate) struct Problems {
    found: Mutex<Found>,
    list: watch::Sender<Vec<Problem>>,
    suspicion: Notify,
}

#[derive(Default)]
struct Found {
    /// What is wrong, and since when.
    by_code: BTreeMap<ProblemCode, (String, Timestamp)>,
    /// The processes whose output is not being written, and why.
    outputs: HashMap<Uuid, String>,
}

impl Problems {
    /// All of them, the worst first.
    pub(crate) fn list(&self) -> Vec<Problem> {
        self.list.borrow().clone()
    }

    /// Tells of each change from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Vec<Problem>> {
        self.list.subscribe()
    }

    pub(crate) fn has(&self, code: ProblemCode) -> bool {
        self.lock().by_code.contains_key(&code)
    }

    /// Sets the message of a problem, which begins now unless it is there already, or ends it.
    pub(crate) fn set(&self, code: ProblemCode, message: Option<String>) {
        let mut found = self.lock();
        found.set(code, message);
        self.publish(&found);
    }

    /// Something has failed: its cause is to be looked for now.
    pub(crate) fn suspect(&self) {
        self.suspicion.notify_one();
    }

    /// Waits until something has failed.
    pub(crate) async fn suspected(&self) {
        self.suspicion.notified().await;
    }

    /// The history can be written, or not for this reason.
    pub(crate) fn set_history(&self, error: Option<&str>) {
        self.set(ProblemCode::HistoryNotWritable, error.map(text::history_not_writable));
    }

    /// The output of a process is being written, or not for this reason.
    pub(crate) fn set_output(&self, id: Uuid, error: Option<String>) {
        let mut found = self.lock();
        let known = match error {
            Some(error) => found.outputs.insert(id, error.clone()) == Some(error),
            None => found.outputs.remove(&id).is_none(),
        };
        if known {
            return;
        }
        let message = found.outputs.values().min().map(|error| text::output_not_written(error));
        found.set(ProblemCode::OutputNotWritten, message);
        self.publish(&found);
    }

    fn publish(&self, found: &Found) {
        let now: Vec<_> =
            found.by_code.iter().map(|(code, (message, since))| Problem { code: *code, message: message.clone(), since: *since }).collect();
        self.list.send_if_modified(|list| {
            let changed = *list != now;
            *list = now;
            changed
        });
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    fn set(&mut self, code: ProblemCode, message: Option<String>) {
        match message {
            None => {
                if self.by_code.remove(&code).is_some() {
                    tracing::info!(problem = code.as_str(), "a problem is gone");
                }
            }
            Some(message) => {
                let new = !self.by_code.contains_key(&code);
                if new {
                    tracing::error!(problem = code.as_str(), "{message}");
                }
                self.by_code.entry(code).or_insert_with(|| (String::new(), Timestamp::now())).0 = message;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(problems: &Problems) -> Vec<ProblemCode> {
        problems.list().iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn a_problem_keeps_its_beginning_while_its_message_changes_and_the_worst_comes_first() {
        let problems = Problems::default();
        problems.set(ProblemCode::LittleSpace, Some("little".into()));
        let since = problems.list()[0].since;
        std::thread::sleep(std::time::Duration::from_millis(2));
        problems.set(ProblemCode::LittleSpace, Some("none".into()));
        problems.set_history(Some("it is gone"));
        let list = problems.list();
        assert_eq!((list[1].message.as_str(), list[1].since), ("none", since));
        assert_eq!(codes(&problems), [ProblemCode::HistoryNotWritable, ProblemCode::LittleSpace]);
        problems.set(ProblemCode::LittleSpace, None);
        problems.set_history(None);
        assert_eq!(codes(&problems), []);
    }

    #[test]
    fn output_is_a_problem_until_that_of_every_process_is_written() {
        let problems = Problems::default();
        let mut changes = problems.subscribe();
        let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
        problems.set_output(one, Some("No space left on device".into()));
        problems.set_output(two, Some("No space left on device".into()));
        assert!(problems.list()[0].message.contains("No space left on device"));
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        problems.set_output(one, None);
        problems.set_output(one, None);
        assert!(!changes.has_changed().unwrap() && problems.has(ProblemCode::OutputNotWritten));
        problems.set_output(two, None);
        assert!(changes.has_changed().unwrap() && codes(&problems).is_empty());
    }
}

//! Processes of all kinds, and what a program or a person does with each.

use crate::{
    deck::{self, persist},
    seed::Random,
};
use execdeck_client::{Client, StartAt};
use execdeck_wire::{Frame, Process, ProcessSpec, RestartPolicy, RestartSpec, StopSpec, TerminalSize};
use std::{path::Path, time::Duration};

/// What a process of the load does; see `worker.sh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prints to both pipes and exits.
    Pipes,
    /// Prints to a terminal and exits.
    Terminal,
    /// Prints one line and exits.
    Quick,
    /// Has three children that print, and exits after them.
    Tree,
    /// Repeats what is typed into it.
    Input,
    /// Ends itself by a signal.
    Signal,
    /// Runs into its timeout.
    Timeout,
    /// Ignores TERM, and is stopped.
    Deaf,
    /// Exits when it is stopped.
    Stopped,
    /// Exits with an error, and is started again until that has happened too often.
    Restarted,
    /// Cannot be started.
    Missing,
}

pub const KINDS: [Kind; 11] = [
    Kind::Pipes,
    Kind::Terminal,
    Kind::Quick,
    Kind::Tree,
    Kind::Input,
    Kind::Signal,
    Kind::Timeout,
    Kind::Deaf,
    Kind::Stopped,
    Kind::Restarted,
    Kind::Missing,
];

/// How often a [`Kind::Restarted`] is started again.
pub const RESTARTS: u32 = 2;
/// What is typed into a [`Kind::Input`], line by line.
const TYPED: u64 = 30;

/// A process that was asked for, as its spec tells.
#[derive(Debug)]
pub struct Order {
    pub kind: Kind,
    pub salt: u64,
    /// How many lines it prints, if it is not stopped before.
    pub lines: u64,
    /// The code that it exits with.
    pub code: i32,
}

impl Order {
    pub fn random(kind: Kind, random: &Random) -> Self {
        let (salt, lines, code) = (random.within(0..60_000), random.within(20..200), random.within(0..256) as i32);
        // An exit with 0 would be no reason to start it again.
        Self { kind, salt, lines, code: if kind == Kind::Restarted { code.max(1) } else { code } }
    }

    /// What to run; `notes` is the folder that it writes its notes into.
    pub fn spec(&self, notes: &Path) -> ProcessSpec {
        let kind = format!("{:?}", self.kind).to_lowercase();
        let script = notes.join("worker.sh").display().to_string();
        let words = [script, kind, notes.display().to_string(), self.salt.to_string(), self.lines.to_string(), self.code.to_string()];
        let mut spec = ProcessSpec::new("sh", words);
        spec.stop = StopSpec { grace_seconds: 1, ..StopSpec::default() };
        match self.kind {
            Kind::Terminal => spec.terminal = Some(TerminalSize { cols: 80, rows: 24 }),
            Kind::Input => spec.stdin = true,
            Kind::Timeout => spec.timeout_seconds = Some(2),
            Kind::Restarted => {
                spec.restart =
                    RestartSpec { policy: RestartPolicy::OnFailure, max_restarts: RESTARTS, backoff_seconds: 0, ..RestartSpec::default() };
            }
            Kind::Missing => spec.program = "/no/such/program".into(),
            _ => {}
        }
        spec
    }

    /// What was asked for in this spec.
    pub fn of(spec: &ProcessSpec) -> Self {
        let [_, kind, _, salt, lines, code] = spec.args.as_slice() else { panic!("{spec:?}") };
        let kind = KINDS.into_iter().find(|known| format!("{known:?}").to_lowercase() == *kind).unwrap();
        Self { kind, salt: salt.parse().unwrap(), lines: lines.parse().unwrap(), code: code.parse().unwrap() }
    }
}

/// Starts a process, does with it what its kind needs, and returns when it has ended.
pub async fn run(client: &Client, notes: &Path, order: Order, random: &Random) -> Process {
    let process = deck::create(client, &order.spec(notes)).await;
    let id = process.id;
    let read = async {
        // Half of them are watched from their first byte to their last.
        if random.once_in(2) {
            watch(client, &process).await;
        }
    };
    let act = async {
        match order.kind {
            Kind::Input => type_lines(client, &process).await,
            Kind::Deaf | Kind::Stopped => {
                tokio::time::sleep(random.millis(500..4000)).await;
                persist(async || client.kill_process(id, None).await).await.unwrap();
            }
            _ => {}
        }
        deck::ended(client, id).await
    };
    tokio::join!(read, act).1
}

/// Reads a process's output while it comes, and compares it with what is stored afterwards.
async fn watch(client: &Client, process: &Process) {
    let mut follow = persist(async || client.follow(process.id, StartAt::Offset(0)).await).await.unwrap();
    let mut seen = Vec::new();
    while let Some(frame) = follow.next().await.unwrap() {
        match frame {
            Frame::Output(_, offset, bytes) => {
                assert_eq!(offset, seen.len() as u64, "every byte once and in order");
                seen.extend_from_slice(bytes);
            }
            Frame::Gap(from, to, reason) => panic!("{}: {from}..{to} is missing: {reason:?}", process.id),
            _ => {}
        }
    }
    let stored = persist(async || client.output(process.id, ..).await?.read_to_end().await).await.unwrap();
    assert!(seen == stored, "{}: a viewer saw {} bytes, and {} are stored", process.id, seen.len(), stored.len());
}

/// Types numbered lines, each once: one whose answer was lost may have arrived or not.
async fn type_lines(client: &Client, process: &Process) {
    for number in 1..=TYPED {
        let _ = client.write_input(process.id, &format!("{number}\n")).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while deck::persist(async || client.get_process(process.id).await).await.unwrap().state.is_active() {
        let _ = client.write_input(process.id, "end\n").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

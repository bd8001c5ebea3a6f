//! Processes that do not want to be stopped: they are gone all the same, within a second after the grace period.

use crate::{
    ALONE,
    common::TempFolder,
    deck::{self, Deck},
    members::{self, Members},
};
use execdeck_wire::{Exit, Process, ProcessSpec, ProcessState, StopSpec};
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// How long a stopped process may take to react, in seconds, in these tests.
const GRACE: u32 = 1;
/// How soon after the grace period everything has to be gone, on a machine that has nothing else to do.
const AFTER_GRACE: Duration = Duration::from_secs(1);

struct Test {
    deck: Deck,
    members: Members,
    folder: TempFolder,
    /// How many times longer everything takes here and now.
    slowness: f64,
}

impl Test {
    fn new() -> Self {
        let folder = TempFolder::new();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let members = Members::new(&folder.path().join("alive"));
        let slowness = members::slowness();
        Self { deck: Deck::start(&data), members, folder, slowness }
    }

    /// Starts a script whose processes inherit the FIFO as descriptor 9 and say `joined` when they are as bad as they mean to
    /// be; waits until so many of them have.
    async fn start(&mut self, script: &str, count: usize) -> Process {
        let fifo = self.folder.path().join("alive");
        let script = format!("exec 9>'{}'\njoined() {{ printf j >&9; }}\n{script}", fifo.display());
        let mut spec = ProcessSpec::new("bash", ["-c", &script]);
        spec.stop = StopSpec { grace_seconds: GRACE, ..StopSpec::default() };
        let process = deck::create(&self.deck.client(), &spec).await;
        assert_eq!(process.state, ProcessState::Running, "{:?}", process.exit);
        self.members.joined(count).await;
        process
    }

    /// Stops a process, and checks that all of it is gone in time and that its end is known.
    async fn stop(mut self, process: &Process, exit: Exit) {
        let client = self.deck.client();
        let began = Instant::now();
        client.kill_process(process.id, None).await.unwrap();
        let (ended, gone) = tokio::join!(deck::ended(&client, process.id), async {
            self.members.gone().await;
            began.elapsed()
        });
        let most = Duration::from_secs(u64::from(GRACE)) + AFTER_GRACE.mul_f64(self.slowness);
        assert!(gone <= most && began.elapsed() <= most, "all was gone after {gone:?}, the end known after {:?}", began.elapsed());
        assert_eq!(ended.exit, Some(exit));
        assert_eq!(members::marked(process.id), Vec::<u32>::new());
        self.deck.stop();
    }
}

fn killed() -> Exit {
    Exit::Signal("KILL".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_200_processes_that_ignore_the_signal() {
    let _alone = ALONE.lock().await;
    let mut test = Test::new();
    // Each of 14 has 14 below it, which makes 211 with the leader.
    let script = "trap '' TERM
        for i in {1..14}; do (for j in {1..14}; do (joined; sleep 60 & wait; sleep 60) & done; joined; wait) & done
        joined; wait";
    let process = test.start(script, 211).await;
    test.stop(&process, killed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb() {
    let _alone = ALONE.lock().await;
    let mut test = Test::new();
    // Chains of processes, each of which forks the next and exits, and a tree that grows back when it is told to stop. No more
    // than some hundreds are alive at once, and all of them give up after 20 s, should the test fail.
    let script = r#"
        chain() { [ $SECONDS -lt 20 ] || exit; (chain) & }
        bomb() {
            trap "" TERM
            [ "$1" -eq 0 ] || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }
            joined
            until [ $SECONDS -gt 20 ]; do sleep 0.1 & wait; done
        }
        trap "" TERM
        for i in 1 2 3; do (chain) & done
        bomb 6"#;
    let process = test.start(script, 127).await;
    test.stop(&process, killed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn escapees_from_session_parents_environment_and_name() {
    let _alone = ALONE.lock().await;
    let mut test = Test::new();
    // In turn: a session of its own; a daemon by the book, with two forks; a daemon without environment; one whose name looks
    // like a line of /proc/<pid>/stat; one that is suspended; one that ignores whatever can be ignored.
    let script = r#"
        trap "" TERM
        setsid bash -c 'printf j >&9; trap "" TERM; while :; do sleep 1; done' &
        (setsid bash -c '(cd /; trap "" TERM HUP; printf j >&9; while :; do sleep 1; done) </dev/null >/dev/null 2>&1 &' &)
        env -i PATH="$PATH" setsid bash -c 'trap "" TERM; printf j >&9; exec -a "[kworker/0:0]" sleep 60' &
        bash -c 'printf ") S 1 1 1 0 (" >/proc/self/comm; trap "" TERM; printf j >&9; while :; do sleep 1; done' &
        bash -c 'printf j >&9; kill -STOP $$; sleep 60' &
        setsid bash -c 'for s in {1..64}; do trap "" $s 2>/dev/null; done; printf j >&9; while :; do sleep 1; done' &
        joined; wait; sleep 60"#;
    let process = test.start(script, 7).await;
    test.stop(&process, killed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_forks_when_it_is_told_to_stop() {
    let _alone = ALONE.lock().await;
    let mut test = Test::new();
    let script = r#"
        heir() { (setsid bash -c 'trap "" TERM; while :; do sleep 1; done' &); }
        trap 'heir; heir; exit 3' TERM
        (trap 'heir; heir' TERM; joined; while :; do sleep 0.1; done) &
        joined; while :; do sleep 0.1; done"#;
    let process = test.start(script, 2).await;
    test.stop(&process, Exit::Code(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_keeper_leaves_is_gone_when_the_process_is_called_interrupted() {
    let _alone = ALONE.lock().await;
    let mut test = Test::new();
    let script = r#"
        trap "" TERM
        for i in {1..20}; do (setsid bash -c 'trap "" TERM; printf j >&9; while :; do sleep 1; done' &); done
        joined; while :; do sleep 1; done"#;
    let process = test.start(script, 21).await;
    let keepers = members::keepers(test.deck.data());
    let [(id, keeper)] = keepers.as_slice() else { panic!("{keepers:?}") };
    assert_eq!(*id, process.id);
    let began = Instant::now();
    members::signal(*keeper, Signal::KILL);
    let ended = deck::ended(&test.deck.client(), process.id).await;
    assert_eq!(members::marked(process.id), Vec::<u32>::new());
    test.members.gone().await;
    assert!(began.elapsed() < (2 * AFTER_GRACE).mul_f64(test.slowness), "{:?}", began.elapsed());
    assert!(ended.state == ProcessState::Interrupted && matches!(ended.exit, Some(Exit::Error(_))), "{:?}", ended.exit);
    test.deck.stop();
}

//! Mixed load for long: nothing grows, neither memory nor descriptors nor the time that an answer takes.

use crate::{
    ALONE,
    common::{TempFolder, eventually},
    deck::{self, Deck, persist},
    load::{Kind, Order},
    members::{self, Members},
    seed::{Random, Seed, scale},
};
use execdeck_client::{Client, Mode, StartAt};
use execdeck_wire::{Frame, Process, ProcessSpec, TerminalSize};
use futures_util::future::join_all;
use std::{
    fs,
    path::Path,
    sync::Mutex,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Processes that run for the whole time.
const LASTING: usize = 6;
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is measured, in the order in which it happened.
#[derive(Default)]
struct Measured {
    /// Resident memory of the server and of all lasting keepers, in bytes.
    memory: Mutex<Vec<(u64, u64)>>,
    starts: Mutex<Vec<Duration>>,
    stops: Mutex<Vec<Duration>>,
    lists: Mutex<Vec<Duration>>,
    echoes: Mutex<Vec<Duration>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn under_mixed_load_memory_descriptors_and_latency_stay_flat() {
    let _alone = ALONE.lock().await;
    let random = Seed::new("soak").random();
    let (folder, notes) = (TempFolder::new(), TempFolder::new());
    fs::write(notes.path().join("worker.sh"), include_str!("worker.sh")).unwrap();
    let mut members = Members::new(&notes.path().join("alive"));
    let mut deck = Deck::start(folder.path());
    let client = deck.client();
    let lasting = start_lasting(&client).await;

    // First with restarts, then without: the last server is the one that is measured.
    let unmeasured = Measured::default();
    let restarts = async {
        for _ in 0..scale(1, 10) {
            tokio::time::sleep(Duration::from_secs(scale(2, 20))).await;
            if random.once_in(2) {
                deck.kill();
            } else {
                deck.stop();
            }
            deck.serve();
        }
    };
    tokio::select! {
        () = run(&client, notes.path(), &lasting, &unmeasured, &random) => {}
        () = restarts => {}
    }
    quiet(&client).await;

    let measured = Measured::default();
    let (server, keepers) = (deck.pid(), members::keepers(folder.path()));
    assert_eq!(keepers.len(), LASTING);
    // What a server needs once, such as its threads, does not count.
    run_for(scale(2, 30), &client, notes.path(), &lasting, &unmeasured, &random).await;
    quiet(&client).await;
    let descriptors = |pid| members::descriptors(pid);
    let before: Vec<_> = [server].into_iter().chain(keepers.iter().map(|(_, pid)| *pid)).map(descriptors).collect();
    let look = async {
        loop {
            let keepers = keepers.iter().map(|(_, pid)| members::memory(*pid).unwrap()).sum();
            measured.memory.lock().unwrap().push((members::memory(server).unwrap(), keepers));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        () = run_for(scale(6, 360), &client, notes.path(), &lasting, &measured, &random) => {}
        () = look => {}
    }
    quiet(&client).await;
    // Connections that are kept for the next request are none that leak.
    eventually(async || {
        let now: Vec<_> = [server].into_iter().chain(keepers.iter().map(|(_, pid)| *pid)).map(descriptors).collect();
        now.iter().zip(&before).all(|(now, before)| now <= &before.map(|before| before + 4))
    })
    .await;
    measured.check();
    for process in &lasting {
        persist(async || client.kill_process(process.id, Some("KILL")).await).await.unwrap();
        deck::ended(&client, process.id).await;
    }
    members.gone().await;
    assert_eq!(members::zombies(server), Vec::<u32>::new());
    deck.stop();
}

/// Starts what prints for the whole time, some more than is kept, and a terminal that echoes.
async fn start_lasting(client: &Client) -> Vec<Process> {
    let specs = (0..LASTING).map(|number| {
        let mut spec = ProcessSpec::new("sh", ["-c", "while :; do seq 1 1000; sleep 0.2; done"]);
        spec.limits.output_bytes = 2 << 20;
        if number == 0 {
            spec = ProcessSpec::new("cat", [] as [&str; 0]);
            spec.terminal = Some(TerminalSize { cols: 80, rows: 24 });
        }
        spec
    });
    join_all(specs.map(async |spec| deck::create(client, &spec).await)).await
}

/// Waits until nothing but what lasts is active.
async fn quiet(client: &Client) {
    eventually(async || {
        let active = deck::all(client, Some("active".parse().unwrap())).await;
        for process in active.iter().filter(|process| process.spec.args.len() == 6) {
            let _ = client.kill_process(process.id, Some("KILL")).await;
        }
        active.len() == LASTING
    })
    .await;
}

async fn run_for(seconds: u64, client: &Client, notes: &Path, lasting: &[Process], measured: &Measured, random: &Random) {
    let _ = tokio::time::timeout(Duration::from_secs(seconds), run(client, notes, lasting, measured, random)).await;
}

/// The load; never ends.
async fn run(client: &Client, notes: &Path, lasting: &[Process], measured: &Measured, random: &Random) {
    let starters = join_all((0..4).map(async |_| {
        loop {
            start_one(client, notes, measured, random).await;
        }
    }));
    let viewers = join_all((0..6).map(async |_| {
        loop {
            let process = random.pick(lasting).unwrap();
            let _ = tokio::time::timeout(random.millis(50..1000), view(client, process.id)).await;
        }
    }));
    let lists = async {
        loop {
            let began = Instant::now();
            persist(async || client.list_processes(&Default::default()).await).await.unwrap();
            measured.lists.lock().unwrap().push(began.elapsed());
            tokio::time::sleep(random.millis(20..100)).await;
        }
    };
    let echoes = async {
        loop {
            // An echo that a restart interrupts does not count.
            if let Some(took) = echo(client, lasting[0].id, random.next()).await {
                measured.echoes.lock().unwrap().push(took);
            }
        }
    };
    tokio::join!(starters, viewers, lists, echoes);
}

/// Starts a process, waits for its end or stops it, and removes most of them.
async fn start_one(client: &Client, notes: &Path, measured: &Measured, random: &Random) {
    let kind = *random.pick(&[Kind::Quick, Kind::Stopped, Kind::Pipes]).unwrap();
    let spec = Order { lines: 30, ..Order::random(kind, random) }.spec(notes);
    let began = Instant::now();
    let process = deck::create(client, &spec).await;
    measured.starts.lock().unwrap().push(began.elapsed());
    if kind == Kind::Stopped {
        tokio::time::sleep(random.millis(0..500)).await;
        let began = Instant::now();
        persist(async || client.kill_process(process.id, Some("KILL")).await).await.unwrap();
        deck::ended(client, process.id).await;
        measured.stops.lock().unwrap().push(began.elapsed());
    } else {
        deck::ended(client, process.id).await;
    }
    if !random.once_in(10) {
        let _ = client.remove_process(process.id).await;
    }
}

/// Watches a process for as long as it is let.
async fn view(client: &Client, id: Uuid) {
    let Ok(mut stream) = client.stream(id, StartAt::Tail, Mode::Live).await else { return };
    while let Ok(Some(_)) = stream.next().await {}
}

/// Types a word, and returns how long it takes until it is seen.
async fn echo(client: &Client, id: Uuid, word: u64) -> Option<Duration> {
    let mut stream = client.stream(id, StartAt::Tail, Mode::Live).await.ok()?;
    let word = word.to_string();
    let began = Instant::now();
    stream.send_input(format!("{word}\n")).await.ok()?;
    let mut seen = String::new();
    while !seen.contains(&word) {
        if let Frame::Output(_, _, bytes) = stream.next().await.ok()?? {
            seen.push_str(&String::from_utf8_lossy(bytes));
        }
    }
    let took = began.elapsed();
    tokio::time::sleep(Duration::from_millis(20)).await;
    Some(took)
}

impl Measured {
    /// Compares the last third of what was measured with the first.
    fn check(self) {
        let (server, keepers): (Vec<_>, Vec<_>) = self.memory.into_inner().unwrap().into_iter().unzip();
        flat("memory of the server, in KiB", &kibibytes(&server), 50, scale(32 << 10, 16 << 10));
        flat("memory of the keepers, in KiB", &kibibytes(&keepers), 50, LASTING as u64 * 256);
        // Some seconds have too few of them.
        if !scale(false, true) {
            return;
        }
        for (what, times) in [("start", self.starts), ("stop", self.stops), ("list", self.lists), ("echo", self.echoes)] {
            let times = times.into_inner().unwrap();
            let micros: Vec<_> = times.iter().map(|time| time.as_micros() as u64).collect();
            flat(&format!("99 of 100 times of a {what}, in µs"), &micros, 99, 50_000);
        }
    }
}

fn kibibytes(bytes: &[u64]) -> Vec<u64> {
    bytes.iter().map(|bytes| bytes >> 10).collect()
}

/// Fails if this percentile is more than half higher, and by more than `slack`, in the last third than in the first.
fn flat(what: &str, values: &[u64], percent: usize, slack: u64) {
    let third = values.len() / 3;
    assert!(third >= 3, "{what}: only {} values", values.len());
    let percentile = |values: &[u64]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted[(sorted.len() - 1) * percent / 100]
    };
    let (first, last) = (percentile(&values[..third]), percentile(&values[values.len() - third..]));
    println!("{what}: {first} at first, {last} at last, {} values", values.len());
    assert!(last <= first + (first / 2).max(slack), "{what}: {first} at first, {last} at last");
}

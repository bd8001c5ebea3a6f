//! Whether a long history slows the first page.

use super::{client::Execdeck, memory::cpu_seconds, report};
use execdeck_engine::store::Store;
use execdeck_wire::{Exit, OutputRange, Process, ProcessSpec, ProcessState};
use futures_util::future::try_join_all;
use serde_json::json;
use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

pub const LONG: usize = 100_000;
pub const SHORT: usize = 10;
const REQUESTS: usize = 60;
/// Rows that are written at once, and so share a transaction.
const AT_ONCE: usize = 200;

/// A server with this many ended processes, which has taken all of them in. `variables`: its configuration.
pub async fn with_history(length: usize, variables: &[(&str, &str)]) -> Execdeck {
    let folder = std::env::temp_dir().join(format!("execdeck-bench-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).expect("there is room");
    let store = Store::open(&folder.join("execdeck.db")).expect("a new database");
    let numbers: Vec<_> = (0..length).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let processes: Vec<_> = numbers.iter().map(|number| ended(*number)).collect();
        processes.iter().try_for_each(|process| write_folder(&folder, process)).expect("there is room");
        try_join_all(processes.into_iter().map(|process| store.save(process))).await.expect("they are saved");
    }
    drop(store);
    let deck = Execdeck::start_with(&folder, variables);
    is_quiet(&deck).await;
    deck
}

/// Waits until the server has done what it does once for each process that has ended.
async fn is_quiet(deck: &Execdeck) {
    const LOOK: Duration = Duration::from_secs(3);
    let mut before = -1.0;
    loop {
        let now = cpu_seconds(deck.child.id());
        if now - before < 0.02 * LOOK.as_secs_f64() {
            return;
        }
        before = now;
        tokio::time::sleep(LOOK).await;
    }
}

fn ended(number: usize) -> Process {
    let spec = ProcessSpec { program: "backup".into(), args: vec![number.to_string()], ..ProcessSpec::default() };
    Process {
        id: uuid::Uuid::now_v7(),
        revision: 1,
        name: format!("backup {number}"),
        spec,
        state: ProcessState::Exited,
        pid: Some(1),
        restarts: 0,
        created_at: execdeck_wire::Timestamp::now(),
        started_at: Some(execdeck_wire::Timestamp::now()),
        ended_at: Some(execdeck_wire::Timestamp::now()),
        duration_ms: Some(1),
        exit: Some(Exit::Code((number % 2) as i32)),
        output: OutputRange::default(),
        started_by: "bench".into(),
        terminal: None,
        usage: None,
        limit_hit: None,
        attempts: Vec::new(),
        next_start_at: None,
        gave_up: false,
        queue_position: None,
        template: None,
        spec_shortened: false,
    }
}

/// What a keeper leaves of a process that has printed nothing.
fn write_folder(data: &Path, process: &Process) -> io::Result<()> {
    let folder = data.join("processes").join(process.id.to_string());
    fs::create_dir_all(folder.join("output"))?;
    fs::write(folder.join("spec.json"), serde_json::to_vec(&process.spec)?)?;
    let status = json!({ "state": process.state, "pid": process.pid, "started_at": process.started_at, "ended_at": process.ended_at,
        "duration_ms": process.duration_ms, "exit": process.exit, "started_by": process.started_by });
    fs::write(folder.join("status.json"), serde_json::to_vec(&status)?)
}

/// Until the first byte of the list page, and until the last.
async fn page_ms(deck: &Execdeck) -> (f64, f64) {
    let begin = Instant::now();
    let mut response = deck.get("/admin/exec").await;
    response.chunk().await.expect("it answers");
    let first = begin.elapsed().as_secs_f64() * 1e3;
    while response.chunk().await.expect("it keeps sending").is_some() {}
    (first, begin.elapsed().as_secs_f64() * 1e3)
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub async fn list_page() {
    let (long, short) = (with_history(LONG, &[]).await, with_history(SHORT, &[]).await);
    let (mut longs, mut shorts) = (Vec::new(), Vec::new());
    for _ in 0..REQUESTS {
        shorts.push(page_ms(&short).await);
        longs.push(page_ms(&long).await);
    }
    let of = |times: &[(f64, f64)]| (median(times.iter().map(|time| time.0).collect()), median(times.iter().map(|time| time.1).collect()));
    let (long, short) = (of(&longs), of(&shorts));
    let absolute = format!("{:.1} of {:.1} ms", long.0, short.0);
    report::row("first byte of the list, 100,000 ended against 10", long.0 / short.0, "<= 1.5", &absolute);
    report::figure("the whole list, 50 rows against 10", "", &format!("{:.1} of {:.1} ms", long.1, short.1));
}

//! Whether a long history slows the first page.

use super::{client::Execdeck, report};
use execdeck_engine::store::Store;
use execdeck_wire::{Exit, OutputRange, Process, ProcessSpec, ProcessState};
use std::time::Instant;

const LONG: usize = 100_000;
const SHORT: usize = 10;
const REQUESTS: usize = 60;

async fn with_history(length: usize) -> Execdeck {
    let folder = std::env::temp_dir().join(format!("execdeck-bench-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).expect("there is room");
    let store = Store::open(&folder.join("execdeck.db")).expect("a new database");
    for number in 0..length {
        let spec = ProcessSpec { program: "backup".into(), args: vec![number.to_string()], ..ProcessSpec::default() };
        let process = Process {
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
            template: None,
            spec_shortened: false,
        };
        store.save(process).await.expect("it is saved");
    }
    Execdeck::start_in(&folder)
}

/// Until the first byte of the list page, and until the last.
async fn page_ms(deck: &Execdeck) -> (f64, f64) {
    let begin = Instant::now();
    let mut response = deck.get("/admin/exec").await;
    response.chunk().await.expect("it answers");
    let first = begin.elapsed().as_secs_f64() * 1e3;
    while response.chunk().await.expect("it goes on").is_some() {}
    (first, begin.elapsed().as_secs_f64() * 1e3)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub async fn list_page() {
    let (long, short) = (with_history(LONG).await, with_history(SHORT).await);
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

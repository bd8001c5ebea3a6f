//! A thousand running and a hundred thousand ended processes, beside ten of each.

use super::{
    ROUNDS,
    client::Execdeck,
    history::{LONG, SHORT, median, with_history},
    memory::{cpu_seconds, parent, pss},
    report,
};
use execdeck_wire::Process;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const MANY: usize = 1000;
const FEW: usize = 10;
const REQUESTS: usize = 40;
/// So many are stopped one after the other, the rest all at once.
const STOPS: usize = 40;
/// Samples are more frequent in the first minute.
const MINUTE: Duration = Duration::from_mins(1);
/// All that is asked for may be started, and all that has ended is kept.
const CONFIGURATION: [(&str, &str); 3] =
    [("EXECDECK_LIMITS_PROCESSES", "0"), ("EXECDECK_PROCESS_CONCURRENT", "2000"), ("EXECDECK_HISTORY_KEEP_PROCESSES", "0")];

/// What was measured of one server: medians in milliseconds, but for the start, of which the best round counts.
struct Measured {
    start: f64,
    list: f64,
    /// By what many names contain, few, one, or none.
    search: f64,
    stop: f64,
    /// All that still run, at once; in seconds.
    stop_all: f64,
    /// In MiB.
    memory: f64,
}

async fn milliseconds(work: impl Future) -> f64 {
    let begin = Instant::now();
    work.await;
    begin.elapsed().as_secs_f64() * 1e3
}

/// Until the end is known.
async fn stop(deck: &Execdeck, process: &Process) {
    let mut now: Value = deck.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    while now["ended_at"].is_null() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        now = deck.call("get_process", json!({ "id": process.id })).await;
    }
}

async fn stop_together(deck: &Execdeck, processes: &[Process]) {
    join_all(processes.iter().map(|process| deck.call("kill_process", json!({ "id": process.id, "signal": "KILL" })))).await;
    while deck.call("list_processes", json!({})).await["counts"]["active"] != 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn measure(running: usize, ended: usize) -> Measured {
    let mut deck = with_history(ended, &CONFIGURATION).await;
    let mut processes = Vec::new();
    for _ in 0..running {
        processes.push(deck.create(json!({ "program": "sleep", "args": ["100000"] })).await);
    }
    if running == MANY {
        idle(&deck, &processes).await;
    }
    let mut start = f64::MAX;
    for _ in 0..ROUNDS {
        start = start.min(deck.start_again().await.as_secs_f64() * 1e3);
    }
    let (mut lists, mut searches, mut stops) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["backup 7", "no such process", "backup", "up 3", "backup 4711"].into_iter().cycle().take(REQUESTS) {
        // As many as there are on the short list.
        lists.push(milliseconds(deck.call("list_processes", json!({ "filter": { "limit": SHORT } }))).await);
        searches.push(milliseconds(deck.call("list_processes", json!({ "filter": { "limit": SHORT, "name": name } }))).await);
    }
    let memory = pss(deck.child.id()) as f64 / 1024.0;
    let (some, rest) = processes.split_at(STOPS.min(running));
    for process in some {
        stops.push(milliseconds(stop(&deck, process)).await);
    }
    let stop_all = milliseconds(stop_together(&deck, rest)).await / 1e3;
    Measured { start, list: median(lists), search: median(searches), stop: median(stops), stop_all, memory }
}

/// What the keepers and the server use in a minute in which nothing happens.
async fn idle(deck: &Execdeck, processes: &[Process]) {
    tokio::time::sleep(MINUTE).await;
    let keepers: Vec<_> = processes.iter().filter_map(|process| parent(process.pid?)).collect();
    let used = || (keepers.iter().map(|pid| cpu_seconds(*pid)).sum::<f64>(), cpu_seconds(deck.child.id()));
    let before = used();
    tokio::time::sleep(MINUTE).await;
    let now = used();
    let percent = |seconds: f64| seconds * 100.0 / MINUTE.as_secs_f64();
    let absolute = format!("{:.1} % of a core, and {:.1} % for the server", percent(now.0 - before.0), percent(now.1 - before.1));
    report::figure(&format!("{MANY} idle processes, after the first minute"), "<= 5 %", &absolute);
}

pub async fn scale() {
    let (few, many) = (measure(FEW, SHORT).await, measure(MANY, LONG).await);
    let absolute = format!("{:.0} of {:.0} ms", many.start, few.start);
    report::row(&format!("start, {MANY} running and {LONG} ended against ten"), many.start / few.start, "<= 2 s", &absolute);
    for (name, many, few) in
        [("list", many.list, few.list), ("search by name", many.search, few.search), ("stop, until its end is known", many.stop, few.stop)]
    {
        report::row(&format!("{name}, the same"), many / few, "<= 2", &format!("{many:.1} of {few:.1} ms"));
    }
    report::figure(&format!("stop of {} processes at once", MANY - STOPS), "", &format!("{:.1} s", many.stop_all));
    report::figure("memory of the server, the same", "", &format!("{:.1} of {:.1} MiB", many.memory, few.memory));
}

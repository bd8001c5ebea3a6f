//! What an idle process and a full server cost.

use super::{client::Execdeck, report};
use serde_json::json;

const RUNNING: usize = 200;
const ENDED: usize = 1000;

/// Proportional set size in KiB (`proc_pid_smaps(5)`).
pub fn pss(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

pub fn parent(pid: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit(')').next()?.split(' ').nth(2)?.parse().ok()
}

/// User and system time of a process in seconds (`proc_pid_stat(5)`, fields 14 and 15).
pub fn cpu_seconds(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split(' ').skip(12).take(2);
    let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / rustix::param::clock_ticks_per_second() as f64
}

pub async fn idle() {
    let deck = Execdeck::start();
    deck.call("list_processes", json!({})).await;
    let empty = pss(deck.child.id());
    let mut processes = Vec::new();
    for _ in 0..RUNNING {
        processes.push(deck.create(json!({ "program": "sleep", "args": ["1000"] })).await);
    }
    let pids: Vec<u32> = processes.iter().filter_map(|process| process.pid).collect();
    let keepers: u64 = pids.iter().filter_map(|pid| parent(*pid)).map(pss).sum();
    let each = (keepers + pss(deck.child.id()).saturating_sub(empty)) as f64 / RUNNING as f64;
    report::figure("memory per idle process, keeper included", "<= 1536", &format!("{each:.0} KiB"));
    for _ in 0..ENDED {
        deck.create(json!({ "program": "true" })).await;
    }
    let full = pss(deck.child.id());
    let name = format!("server with {ENDED} ended and {RUNNING} running");
    report::figure(&name, "", &format!("{:.1} MiB, {:.1} MiB empty", full as f64 / 1024.0, empty as f64 / 1024.0));
    for process in &processes {
        deck.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    }
}

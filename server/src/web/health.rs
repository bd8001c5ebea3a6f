//! For machines that watch the server.

use super::{App, error::Failure};
use axum::extract::State;
use execdeck_wire::ProcessFilter;
use std::{fmt::Write as _, sync::atomic::Ordering};

/// 200 as long as the history can be read.
pub(crate) async fn healthz(State(app): State<App>) -> Result<&'static str, Failure> {
    app.deck.list(&app.caller(), ProcessFilter { limit: Some(1), ..ProcessFilter::default() }).await?;
    Ok("ok\n")
}

/// The Prometheus text format, version 0.0.4.
pub(crate) async fn metrics(State(app): State<App>) -> Result<([(&'static str, &'static str); 1], String), Failure> {
    let page = app.deck.list(&app.caller(), ProcessFilter { limit: Some(1), ..ProcessFilter::default() }).await?;
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: u64| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    };
    gauge("execdeck_processes_active", "Processes that are starting, running or stopping.", page.counts.active);
    gauge("execdeck_processes_ended", "Processes in the history that have ended.", page.counts.ended);
    gauge("execdeck_processes_unsuccessful", "Ended processes that failed, timed out or were interrupted.", page.counts.unsuccessful);
    gauge("execdeck_viewers", "Open streams.", app.viewers.load(Ordering::Relaxed));
    gauge("execdeck_resident_memory_bytes", "Resident memory of the server, without keepers.", resident_memory().unwrap_or(0));
    Ok(([("content-type", "text/plain; version=0.0.4")], text))
}

/// From `/proc/self/statm`, whose second field is in pages (`proc_pid_statm(5)`).
fn resident_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

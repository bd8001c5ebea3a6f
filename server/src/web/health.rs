//! Health check and metrics, for monitoring.

use super::{error::Failure, signed::Signed, state::AppState};
use axum::extract::State;
use execdeck_wire::{ErrorCode, ProblemCode};
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use std::sync::atomic::Ordering;

/// 200 as long as the history can be read.
pub(crate) async fn healthz(State(app): State<AppState>) -> Result<&'static str, Failure> {
    app.deck.counts().await?;
    Ok("ok\n")
}

/// The OpenMetrics text format, version 1.0.0, which Prometheus reads. For those who may see all processes.
pub(crate) async fn metrics(State(app): State<AppState>, signed: Signed) -> Result<([(&'static str, &'static str); 1], String), Failure> {
    app.deck.require_overview(&signed.caller()).await?;
    let counts = app.deck.counts().await?;
    let disk = app.deck.disk().await;
    let mut registry = Registry::with_prefix("execdeck");
    let mut gauge = |name: &str, help: &str, value: u64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    gauge("processes_active", "Processes that are queued, starting, running, stopping or restarting", counts.active);
    gauge("processes_queued", "Processes that wait in the queue", app.deck.queued() as u64);
    gauge("processes_ended", "Processes in the history that have ended", counts.ended);
    gauge(
        "processes_unsuccessful",
        "Ended processes that failed, timed out, were interrupted, ran out of memory or gave up restarting",
        counts.unsuccessful,
    );
    gauge("viewers", "Open streams", app.viewers.load(Ordering::Relaxed));
    gauge("resident_memory_bytes", "Resident memory of the server, without keepers", resident_memory().unwrap_or(0));
    // Absent while it cannot be told.
    if let Some(disk) = disk {
        gauge("output_bytes", "What the output of all processes takes up", disk.output_bytes);
        gauge("database_bytes", "What the databases take up", disk.database_bytes);
        gauge("disk_free_bytes", "What is free on the disk of the data folder", disk.free_bytes);
        gauge("disk_total_bytes", "The size of that disk", disk.total_bytes);
    }
    let problems = Family::<[(&str, &str); 1], Gauge>::default();
    let now = app.deck.problems();
    for code in ProblemCode::ALL {
        let gauge = problems.get_or_create(&[("code", code.as_str())]);
        gauge.set(i64::from(now.iter().any(|problem| problem.code == code)));
    }
    registry.register("problem", "Whether the server has this problem: 1 if so", problems);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| Failure::new(ErrorCode::Unavailable, "The metrics could not be written."))?;
    Ok(([("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// From `/proc/self/statm`, whose second field is in pages (`proc_pid_statm(5)`). The kernel generates this file in memory,
/// so reading it does not block.
fn resident_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

//! The engine with real processes, without HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;

mod activity;
mod boot;
mod broken_disk;
mod check;
mod compression;
mod copy;
mod create;
mod disk_use;
mod environment;
mod first_release;
mod full_disk;
mod history;
mod keeper;
mod limits;
mod outbox;
mod output;
mod output_search;
mod power_loss;
mod queue;
mod reattach;
mod release;
mod restart;
mod restart_policy;
mod retention;
mod sandbox;
mod search;
mod secrets;
mod start;
mod stop;
mod usage;
mod users;

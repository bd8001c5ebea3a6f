//! The engine with real processes, without HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;

mod create;
mod environment;
mod first_release;
mod full_disk;
mod history;
mod keeper;
mod output;
mod reattach;
mod restart;
mod secrets;
mod start;
mod stop;

//! The engine with real processes, without HTTP.

#[path = "../common/mod.rs"]
mod common;

mod environment;
mod output;
mod restart;
mod start;
mod stop;

//! The whole server, as a process of its own, spoken to from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;

mod api;
mod base_path;
mod config;
mod events;
mod guard;
mod output;
mod pages;
mod restart;
mod stream;
mod support;

//! Real damage to real servers, keepers and processes: afterwards everything that Execdeck says must be true, and nothing may be
//! left. Short in `make test`, long in `make soak`; what is random follows from a seed, which is printed.
//!
//! # Layout
//! - `chaos`: the server and keepers are killed under load. `trees`: processes that do not want to be stopped. `hostile`: anything
//!   is sent to a keeper. `power`: what was not synced is lost; `accounts`: the same for who may do what. `soak`: long mixed load.
//! - `load`: processes of all kinds (`worker.sh`), `verdict`: what they have noted of themselves against what Execdeck says.
//! - `deck`: a server that can be killed. `members`: who is alive. `seed`: what is random.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod chaos;
mod deck;
#[expect(dead_code, reason = "shared with the engine's tests, which break disks in more ways")]
#[path = "../../../engine/tests/common/disks.rs"]
mod disks;
mod hostile;
mod load;
mod members;
mod power;
mod seed;
mod soak;
mod trees;
mod verdict;

/// Held by each test: they load the machine, and measure time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#![doc = include_str!("../README.md")]
//!
//! # Layout
//! - [`Client`] (`client`), made by a [`ClientBuilder`] (`builder`): what there is to call. `calls`: the server functions, each
//!   a method. `http`: requests and answers, the only way out. `address`: where the server is. [`ClientError`] (`error`).
//! - [`ProcessStream`] (`stream`): a process's output as it comes, and its input, over a WebSocket (`socket`).
//!   [`Follow`] (`follow`): the same across restarts of the server.
//! - [`Output`] (`output`): stored output. `lines`: the same by lines. [`Search`] (`search`): lines that match. `usage`: what processes use. [`Events`] (`events`): what happens to all processes.
//!
//! The types that are sent and received are those of [`wire`].

mod address;
mod builder;
mod calls;
mod client;
mod error;
mod events;
mod follow;
mod http;
mod lines;
mod output;
mod search;
mod socket;
mod stream;
mod usage;

pub use builder::ClientBuilder;
pub use client::Client;
pub use error::ClientError;
pub use events::{Event, Events};
pub use execdeck_wire as wire;
pub use follow::Follow;
pub use output::Output;
pub use search::{Search, SearchQuery};
pub use stream::{Mode, ProcessStream, StartAt};

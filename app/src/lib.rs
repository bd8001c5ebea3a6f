#![doc = include_str!("../README.md")]
//!
//! # Layout
//! - [`wire`]: the types that cross the wire, a crate of their own. [`service`]: the trait behind the server functions. [`api`]: those.
//! - [`embed`]: components for the pages of other Leptos apps. [`at`]: server functions of an Execdeck that is mounted below a path.
//! - `live`: what lists and processes that are open do with events. `line_entry`: fields for input.
//! - `browser`: everything that touches the browser, with a twin for the server that does nothing.
//! - `client`: a remote Execdeck as the services that the server functions call (with the feature `client`).
//! - [`remote`]: what is checked before a call is passed on to a remote Execdeck.
//! - [`BasePath`], [`ServerVersion`]: what a page knows of its server.
//! - [`texts`]: what the pages say, and their translation.
//! - [`mod@format`], `typed`: plain functions between what people type or see and the wire.
//!
//! With the feature `admin`, the admin app:
//! - `shell`: the document. `App`: its routes. `pages`: one file each. `components`: what they are made of.
//! - `plain`: pages without a script, for signing in and managing people (server only).
//! - `form`, `query`, `theme`: what people type and choose there.

#[cfg(feature = "admin")]
mod address;
pub mod api;
#[cfg(feature = "admin")]
mod app;
mod assets;
mod browser;
mod call;
#[cfg(feature = "admin")]
mod carried;
#[cfg(feature = "client")]
mod client;
mod codec;
#[cfg(feature = "admin")]
mod components;
pub mod embed;
#[cfg(feature = "admin")]
pub mod form;
pub mod format;
mod line_entry;
mod live;
#[cfg(feature = "admin")]
mod pages;
#[cfg(all(feature = "admin", feature = "ssr"))]
pub mod plain;
mod prefix;
#[cfg(feature = "admin")]
pub mod query;
pub mod remote;
mod revision;
mod server;
pub mod service;
#[cfg(feature = "admin")]
mod shell;
#[cfg(test)]
mod test_process;
pub mod texts;
#[cfg(feature = "admin")]
pub mod theme;
mod typed;

#[cfg(feature = "admin")]
pub use app::App;
pub use assets::{LazyModules, asset_folder};
pub use codec::JsonText;
pub use execdeck_wire as wire;
#[cfg(feature = "admin")]
pub use pages::{FormFailure, Refusal, RemoveQuestion};
pub use prefix::at;
#[cfg(feature = "admin")]
pub use server::ServerHealth;
pub use server::{BasePath, HasAccounts, ServerVersion};
#[cfg(feature = "admin")]
pub use shell::shell;

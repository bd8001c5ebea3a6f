//! What Execdeck's server and browser share.
//!
//! # Layout
//! - [`wire`]: the types that cross the wire, a crate of their own. [`service`]: the trait behind the server functions. [`api`]: those.
//! - [`shell`]: the document. [`App`]: its routes. `pages`: one file each. `components`: what they are made of.
//! - [`plain`]: pages without a script, for signing in and managing people (server only).
//! - `browser`: everything that touches the browser, with a twin for the server that does nothing.
//! - [`BasePath`], [`ServerVersion`]: what a page knows of its server.
//! - [`form`], [`query`], [`format`], [`theme`]: plain functions between what people type or see and the wire.

mod address;
pub mod api;
mod app;
mod assets;
mod browser;
mod codec;
mod components;
pub mod form;
pub mod format;
mod pages;
#[cfg(feature = "ssr")]
pub mod plain;
pub mod query;
mod revision;
mod server;
pub mod service;
mod shell;
pub mod theme;

pub use app::App;
pub use assets::{LazyModules, asset_folder};
pub use codec::JsonText;
pub use execdeck_wire as wire;
pub use pages::{FormFailure, Refusal, RemoveQuestion};
pub use server::{BasePath, ServerVersion};
pub use shell::shell;

//! What Execdeck's server and browser share.
//!
//! # Layout
//! - [`wire`]: the types that cross the wire.
//! - [`service`]: the trait behind the server functions.
//! - [`api`]: the server functions.

pub mod api;
pub mod service;
pub mod wire;

//! Starts, watches and stops processes, and serves them to the browser.
//!
//! # Layout
//! - [`deck`]: the one facade over the engine (`execdeck-engine`), through which every call goes with its caller.
//! - [`web`]: HTTP and sockets. [`config`] and [`cli`]: what it is told. [`listen`]: connections and their limits.
//!   [`serve`]: all of them together.

// A chain of middleware and views makes types deeper than the compiler expects by default.
#![recursion_limit = "256"]

pub mod cli;
pub mod config;
pub mod deck;
pub mod listen;
pub mod serve;
pub mod web;

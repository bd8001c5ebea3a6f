#![doc = include_str!("../README.md")]
//!
//! # Layout
//! - [`host`]: all of this as a part of a host application; [`serve`] is built from it. `relay`: the same routes in front of a remote
//!   Execdeck. [`commands`]: what the command line does.
//! - [`deck`]: the only facade over the engine (`execdeck-engine`); every call goes through it with its caller.
//! - [`access`]: people, sessions, tokens and rights. [`oidc`]: sign-in with an OpenID provider. [`templates`]: saved commands.
//!   [`audit`]: what was done and refused. [`database`]: where they are stored.
//! - [`policy`]: which commands people may run.
//! - [`texts`]: the pages in another language.
//! - `webhook`: tells an address of the ends of processes. `https`: the client for requests of the server's own.
//! - [`data_folder`]: whose it is. `folder_place`: who else could replace it. `folder_error`: why it is not used. `anchored`: regular expressions for whole values. `misleading`: characters by which a text looks like another one.
//!   `private_file`: files that only their owner reads. `wording`: what parsers say, in plain words.
//! - [`web`]: HTTP and sockets. [`config`] and [`cli`]: settings. [`listen`]: connections and their limits. [`serve`]: puts
//!   them together. `deadline`: the end of a server that was told to stop.

// Chained middleware and views nest types deeper than the compiler's default limit.
#![recursion_limit = "256"]

pub mod access;
mod anchored;
pub mod audit;
pub mod cli;
pub mod commands;
pub mod config;
pub mod data_folder;
pub mod database;
mod deadline;
pub mod deck;
mod folder_error;
mod folder_place;
pub mod host;
mod https;
pub mod listen;
mod misleading;
pub mod oidc;
pub mod policy;
mod private_file;
mod relay;
pub mod serve;
pub mod templates;
pub mod texts;
pub mod web;
mod webhook;
mod wording;

pub use access::User;
pub use config::Config;
pub use deck::keep_if_asked;
pub use execdeck_app::service::Answer;
pub use execdeck_wire as wire;
pub use host::{Execdeck, OpenError};
pub use relay::Relay;
pub use web::Authenticate;

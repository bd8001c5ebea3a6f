//! The configuration: a TOML file, overridden by environment variables `EXECDECK_<SECTION>_<KEY>`, overridden by flags.
//!
//! # Layout
//! - `sections`: the keys. [`Network`], [`PublicUrl`]: values with a syntax of their own. `or_empty`: keys that may be empty.
//! - `load`: reads them. `server`: what may be served where. [`Access`]: sessions and sign-in. [`Oidc`]: sign-in with an OpenID
//!   provider. [`Audit`]: what is kept of the audit. [`Webhook`]: whom to tell of ends. [`History`]: what is kept of ended processes.
//!   `wording`: what is wrong with a value.

mod access;
mod audit;
mod history;
mod load;
mod network;
mod oidc;
mod or_empty;
mod public_url;
mod sections;
mod server;
mod webhook;
mod wording;

pub use access::Access;
pub use audit::Audit;
pub use history::History;
pub use load::ConfigError;
pub use network::Network;
pub use oidc::{Oidc, OidcSecret, may_be_asked};
pub use public_url::PublicUrl;
pub use sections::{Config, Data, Limits, Output, Process, Server, Stream};
pub use webhook::{Webhook, WebhookOn};
pub use wording::parse_address;

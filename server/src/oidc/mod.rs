//! Sign-in with an OpenID provider: the authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636).
//!
//! A browser that starts an attempt gets a cookie and is sent to the provider. It comes back with a code, which is worth
//! something only together with that cookie and once. The code is exchanged for an ID token, whose signature, issuer,
//! audience, times and nonce are checked. Who it names is for [`crate::access`] to judge. Knows no SQL and no routes.
//!
//! # Layout
//! - [`OidcClient`] (`client`): starts attempts and finishes them. `attempts`: those that were started.
//! - `provider`: what the provider says about itself, and its keys. `verify`: ID tokens. `claims`: what is read from them.
//! - `http`: requests to the provider. `secret`: the client secret. `error`: what goes wrong.

mod attempts;
mod claims;
mod client;
mod error;
mod http;
mod provider;
mod secret;
mod verify;

pub use attempts::ATTEMPT_SECONDS;
pub use client::{Answer, OidcClient, Start, Started};
pub use error::{OidcError, OidcSetupError};

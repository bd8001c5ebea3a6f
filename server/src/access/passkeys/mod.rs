//! Passkeys (WebAuthn): signing in with one instead of a password, or after it.
//!
//! The protocol itself is webauthn-rs's. What it asks of a server is here: each challenge is made here, is good for five
//! minutes and once, and only for the browser that asked for it, which a cookie tells.
//!
//! # Layout
//! - `site`: [`Site`], the address that passkeys are for. `ceremonies`: the challenges that have not been answered.
//! - `verify`: an answer is checked. `sign_in`: signing in. `proof`: showing that it is still the person who asks.
//! - `manage`: adding, listing and removing passkeys.

mod ceremonies;
mod manage;
mod proof;
mod sign_in;
mod site;
mod verify;

pub(super) use ceremonies::Ceremonies;
pub use site::{NO_SITE, Site};

use execdeck_wire::Password;
use serde_json::Value;

/// The tables of this module in `deck.db`.
pub const MIGRATION: &str = include_str!("005_passkeys.sql");

/// What a browser has to answer, with a passkey or by making one.
#[derive(Debug)]
pub struct Challenge {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of WebAuthn.
    pub options: Value,
    /// The value for the cookie by which the browser is known when it answers.
    pub secret: Password,
}

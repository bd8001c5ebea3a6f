//! Who may use the deck, and for what: people, sessions, tokens and rights. Knows no HTTP but the text of cookies and headers.
//!
//! A request's credentials become an [`Identity`] ([`Access::authenticate`]), which says what it may do; what lives longer
//! than a request watches it ([`Access::watch`]). Identities are remembered until something changes, in this program or,
//! thanks to a number that triggers in the database keep, in another one such as `execdeck user disable`.
//!
//! # Layout
//! - `handle`: [`Access`], its memory and its database. `store`: the rows. `error`: [`AccessError`].
//! - `authenticate`, `watch`: who a request comes from, and whether that still holds. `identity`: [`Identity`] and its rights.
//!   `cache`: what is remembered.
//! - `setup`, `sign_in`, `sessions`, `tokens`, `manage`: what people and the command line do, one file each. `opening`: a
//!   session is opened. `vouch`: people whom a trusted proxy knows. `provider`: people whom an OpenID provider knows. `groups`:
//!   the roles that groups give. `passkeys`: signing in with one, and managing them.
//! - `application`: people whom the host application has signed in; `asked`: what it says about them.
//! - `pending`: what was taken away while the database could not be written.
//! - `cookies`, `proxy`: reading and writing what goes over HTTP. `secret`, `token_format`, `names`: what things look like.
//! - `password_rules`, `hashing`, `throttle`: passwords, and what slows down guessing them (`delays`: how many at once).

mod application;
mod asked;
mod authenticate;
mod cache;
mod cookies;
mod delays;
mod error;
mod groups;
mod handle;
mod hashing;
mod identity;
mod manage;
mod names;
mod opening;
mod passkeys;
mod password_rules;
mod pending;
mod provider;
pub mod proxy;
mod secret;
mod sessions;
mod setup;
mod sign_in;
mod store;
mod throttle;
mod token_format;
mod tokens;
mod vouch;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use application::{ask_again, identify};
pub(crate) use asked::ASK_AGAIN;
pub use asked::{Recheck, User};
pub use cookies::{CookieError, Cookies};
pub use error::AccessError;
pub use groups::AssignedRole;
pub use handle::{Access, Clock};
pub use identity::{Credentials, Identity, Requester, Via};
pub(crate) use names::fold;
pub use opening::{Client, SignedIn};
pub use passkeys::{Challenge, MIGRATION as PASSKEYS_MIGRATION, NO_SITE, Site};
pub use provider::ProviderUser;
pub use proxy::ProxyUser;
pub(crate) use throttle::Network;
pub use watch::{Lost, Watch};

/// The tables of this module in `deck.db`.
pub const MIGRATION: &str = include_str!("001_people.sql");
/// The table of those who sign in with an OpenID provider.
pub const PROVIDER_MIGRATION: &str = include_str!("004_oidc.sql");

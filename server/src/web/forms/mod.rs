//! The forms of the pages without scripts. Each is answered with a redirect, or with its page and what is wrong.
//!
//! # Layout
//! - `visit`: who sends a form, and what its pages need. `login`: signing in and out, the first start. `account` (with `passkeys`),
//!   `people`, `audit`, `search`, `together` (several outputs at once): one page each. `provider`: signing in with an OpenID provider.
//!   `templates`: those of saved commands.

mod account;
mod audit;
mod login;
mod passkeys;
mod people;
mod provider;
mod search;
mod templates;
mod together;
mod visit;

use super::state::AppState;
use axum::{
    Router,
    routing::{get, post},
};
pub(super) use visit::Visit;

/// The forms of the pages that need no accounts.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/audit", get(audit::page))
        .route("/admin/exec/search", get(search::page))
        .route("/admin/exec/together", get(together::page))
        .merge(templates::router())
}

/// Signing in, and managing accounts.
pub(crate) fn accounts() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::page).post(login::sign_in))
        .route("/login/oidc", get(provider::start))
        .route("/login/oidc/callback", get(provider::callback))
        .route("/login/passkey", get(login::passkey_page))
        .route("/setup", get(login::setup_page).post(login::setup))
        .route("/logout", post(login::sign_out))
        .route("/admin/account", get(account::page))
        .route("/admin/account/password", post(account::change_password))
        .route("/admin/account/passkeys", post(passkeys::change))
        .route("/admin/account/sessions/end", post(account::end_session))
        .route("/admin/account/sessions/end-others", post(account::end_other_sessions))
        .route("/admin/account/tokens", post(account::create_token))
        .route("/admin/account/tokens/revoke", post(account::revoke_token))
        .route("/admin/people", get(people::page).post(people::add))
        .route("/admin/people/{change}", post(people::change))
}

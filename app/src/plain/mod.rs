//! Pages that are whole documents without the app: signing in, the account, people, templates, the audit, searching output, several
//! outputs at once. They are functions from what they show to HTML; their forms are answered with redirects, so that they work in any
//! browser, and cost the app's own pages nothing.
//!
//! # Layout
//! - [`PageContext`] and the document around each page: `document`. `fields`: what forms are made of. `names`: of roles, rights and states.
//! - [`login`], [`login_passkey`], [`setup`], [`account`] (with `passkeys`), [`people`], [`audit`] (with `audit_names`), [`search`], [`together()`],
//!   [`refusal`]: one page each. [`templates`]: saved commands.

mod account;
mod audit;
mod audit_names;
mod document;
mod fields;
mod login;
mod login_passkey;
mod names;
mod passkeys;
mod people;
mod refusal;
mod search;
mod setup;
pub mod templates;
#[cfg(test)]
mod tests;
mod together;

pub use account::{Account, account};
pub use audit::{Audit, AuditForm, audit};
pub use document::PageContext;
pub use fields::Problem;
pub use login::{LoginForm, login};
pub use login_passkey::login_passkey;
pub use passkeys::Passkeys;
pub use people::{People, people};
pub use refusal::{refusal, signed_out};
pub use search::{SearchForm, search};
pub use setup::{SetupForm, setup};
pub use together::{TOGETHER, Together, TogetherView, together};

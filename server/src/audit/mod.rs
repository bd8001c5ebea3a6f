//! The audit: every action and every refusal on record, in a chain of entries that are never changed. Knows no HTTP and no rights.
//!
//! An entry is written before what it records is done. Each one's hash covers the entry before, so that a changed, removed or
//! moved entry is found ([`verify`]); the last one is named in two more places, so that a missing end is found, too.
//!
//! # Layout
//! - `handle`: [`Audit`]. `writer`: its thread, which writes what comes together at once. `error`: [`AuditError`].
//! - `draft`: an entry before it is in the chain. `row`, `hash` (as text: `hex`): as it is stored. `chain`: adding it. `head_file`: the last one once more.
//! - [`verify`]: reads all of it. `retention`: removes the oldest. `list`: what a filter finds. [`export`]: as JSON Lines and CSV.
//! - `reserve`: for what always happens, while nothing can be written. `refusals`: those that are counted. `ship`: a file of JSON Lines.

mod chain;
mod draft;
mod error;
pub mod export;
mod handle;
mod hash;
mod head_file;
mod hex;
mod inner;
mod list;
mod refusals;
mod reserve;
mod retention;
mod row;
mod ship;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use draft::Draft;
pub use error::AuditError;
pub use handle::Audit;
pub use inner::Effects;
pub use list::list_after;
pub use refusals::Refusal;
pub use reserve::{keep_on_disk, waiting};
pub use verify::{Broken, Verified, verify, verify_on};

/// The tables of this module in `deck.db`.
pub const MIGRATION: &str = include_str!("002_audit.sql");
/// What finds entries by the name of what they are about.
pub const BY_NAME_MIGRATION: &str = include_str!("006_audit_by_name.sql");

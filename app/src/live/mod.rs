//! What lists and processes that are open do with events, in the admin app and in the components for others.

mod listing;
mod rounds;
mod rows;

pub(crate) use listing::{Listing, PAGE, load};
pub(crate) use rounds::{PAUSE, Rounds, answered};
pub(crate) use rows::{MOST_HISTORY, Rows};

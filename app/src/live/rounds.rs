//! Loads that are repeated.

use crate::{
    api::CallError,
    browser,
    texts::t,
    wire::{ApiError, ErrorCode},
};
use leptos::prelude::*;

/// After how many milliseconds without an answer a load has failed.
const NO_ANSWER: u32 = 10_000;
/// How long to wait before the next attempt, in milliseconds.
pub(crate) const PAUSE: u32 = 3000;

/// The loads of one thing, of which only the last one begun counts.
#[derive(Clone, Copy)]
pub(crate) struct Rounds(StoredValue<u32>);

impl Rounds {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// Begins another round, unless the page is gone.
    pub(crate) fn begin(self) -> Option<u32> {
        self.0.try_update_value(|round| {
            *round += 1;
            *round
        })
    }

    /// Whether the page is there and no other round has begun since.
    pub(crate) fn is_current(self, round: u32) -> bool {
        self.0.try_get_value() == Some(round)
    }
}

/// What the server answers. A connection that has died unnoticed never brings an answer; the next attempt takes another.
pub(crate) async fn answered<T>(load: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    let silence = || Err(ApiError::new(ErrorCode::Unavailable, t!("The server doesn't answer.")).into());
    browser::timeout(NO_ANSWER, load).await.unwrap_or_else(silence)
}

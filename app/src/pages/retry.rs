//! Retries loads that failed for a temporary reason.

use crate::{
    api::CallError,
    browser,
    codec::JsonText,
    wire::{ApiError, ErrorCode},
};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// After how many milliseconds without an answer a load has failed.
const NO_ANSWER: u32 = 10_000;
/// How long to wait before the next attempt, in milliseconds.
pub(super) const PAUSE: u32 = 3000;
/// How often that pause doubles.
const DOUBLINGS: u32 = 3;

/// The loads of one thing, of which only the last one begun counts.
#[derive(Clone, Copy)]
pub(super) struct Rounds(StoredValue<u32>);

impl Rounds {
    pub(super) fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// Begins another round, unless the page is gone.
    pub(super) fn begin(self) -> Option<u32> {
        self.0.try_update_value(|round| {
            *round += 1;
            *round
        })
    }

    /// Whether the page is there and no other round has begun since.
    pub(super) fn is_current(self, round: u32) -> bool {
        self.0.try_get_value() == Some(round)
    }
}

/// What the server answers. A connection that has died unnoticed never brings an answer; the next attempt takes another.
pub(super) async fn answered<T>(load: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    let silence = || Err(ApiError::new(ErrorCode::Unavailable, "The server doesn't answer.").into());
    browser::timeout(NO_ANSWER, load).await.unwrap_or_else(silence)
}

/// Loads the resource again and again while the server cannot be reached or is busy, for as long as the page is open.
pub(super) fn retry<T: Serialize + DeserializeOwned + Send + Sync + 'static>(resource: Resource<Result<T, CallError>, JsonText>) {
    Effect::new(move |failures: Option<u32>| {
        let failed = resource.with(|loaded| matches!(loaded, Some(Err(error)) if error.0.code.is_temporary()));
        if !failed {
            return 0;
        }
        let failures = failures.unwrap_or_default();
        browser::after(PAUSE << failures.min(DOUBLINGS), move || resource.refetch());
        failures + 1
    });
}

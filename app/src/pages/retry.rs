//! Retries loads that failed for a temporary reason.

use crate::{api::CallError, browser, codec::JsonText, live::PAUSE};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// How often the pause before the next attempt doubles.
const DOUBLINGS: u32 = 3;

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

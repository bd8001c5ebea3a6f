//! What could not be loaded for now is loaded again.

use crate::{api::CallError, browser, codec::JsonText};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// How long to wait before the next attempt, in milliseconds.
const PAUSE: u32 = 3000;

/// Loads the resource again and again while the server cannot be reached or is busy, for as long as the page is open.
pub(super) fn retry<T: Serialize + DeserializeOwned + Send + Sync + 'static>(resource: Resource<Result<T, CallError>, JsonText>) {
    Effect::new(move |_| {
        let failed = resource.with(|loaded| matches!(loaded, Some(Err(error)) if error.0.code.is_temporary()));
        if failed {
            browser::after(PAUSE, move || resource.refetch());
        }
    });
}

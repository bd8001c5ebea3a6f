//! Values that the document carries from the server to the browser.

use crate::codec::JsonText;
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// A resource whose value the document carries as JSON of the same kind.
pub(crate) fn resource<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    load: impl Fn(S) -> F + Send + Sync + 'static,
) -> Resource<T, JsonText>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let blocking = false;
    Resource::new_with_options(source, load, blocking)
}

/// A value that the server makes and the document carries in the same way.
pub(crate) fn shared_value<T: Serialize + DeserializeOwned>(make: impl FnOnce() -> T) -> T {
    SharedValue::<T, JsonText>::new_with_encoding(make).into_inner()
}

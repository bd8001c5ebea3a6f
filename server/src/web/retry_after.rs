//! When to try again, for whoever was told to wait.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What is said where nobody knows better, in seconds.
const DEFAULT: u64 = 1;

/// How long whoever has sent a request should wait, in seconds: an extension of each request, since it is known where an
/// error comes up, and said where the answer is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct RetryAfter(Arc<AtomicU64>);

impl RetryAfter {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }
}

/// Middleware that gives every 429, and whatever else is only temporary and says so, its `Retry-After` (RFC 9110, section
/// 10.2.3).
pub(crate) async fn say(mut request: Request, next: Next) -> Response {
    let retry = RetryAfter::default();
    request.extensions_mut().insert(retry.clone());
    let mut response = next.run(request).await;
    let seconds = match response.status() {
        StatusCode::TOO_MANY_REQUESTS => Some(retry.get().unwrap_or(DEFAULT)),
        StatusCode::SERVICE_UNAVAILABLE => retry.get(),
        _ => None,
    };
    if let Some(seconds) = seconds {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(seconds.into());
    }
    response
}

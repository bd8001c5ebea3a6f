//! How much a request may send, and for how long. No route needs a streamed body, so bodies are received here, once, before
//! any route.

use super::{
    error::{Failure, MAX_BODY, too_large},
    per_person::PerPerson,
    retry_after::RetryAfter,
    signed::Signed,
};
use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use execdeck_wire::ErrorCode;
use http_body_util::BodyExt;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};
use uuid::Uuid;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest body of somebody who is not signed in, in bytes: they have nothing to send but a name and a password.
const STRANGERS_BODY: usize = 64 << 10;

/// How much of each body of somebody who is not signed in costs nothing: enough to sign in with, whatever others send.
const STRANGERS_FREE: usize = 4 << 10;

/// Room for the rest of such bodies, all together, in bytes.
static STRANGERS_ROOM: Semaphore = Semaphore::const_new(16 << 20);

/// How much of each body of somebody who is signed in costs nothing: enough for any call but a large input.
const FREE: usize = 64 << 10;

/// When to try again if there is none, in seconds.
const RETRY_SECONDS: u64 = 5;

/// How long the rest of a body that is not taken is read and dropped, so that its sender gets to read the answer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) async fn receive(State(per_person): State<Arc<PerPerson>>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, mut body) = request.into_parts();
    let mut room = match parts.extensions.get::<Signed>() {
        Some(signed) => Room { person: Some((per_person, signed.0.person)), most: MAX_BODY, free: FREE, taken: 0 },
        None => Room { person: None, most: STRANGERS_BODY, free: STRANGERS_FREE, taken: 0 },
    };
    let most = room.most;
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let received = if announced.is_some_and(|length| length > most as u64) {
        Err(too_large(most))
    } else {
        timeout(BODY_TIMEOUT, read(&mut body, &mut room)).await.unwrap_or_else(|_| {
            let message = format!("The body did not arrive within {} seconds.", BODY_TIMEOUT.as_secs());
            Err(Failure::new(ErrorCode::BadRequest, message))
        })
    };
    match received {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(failure) => {
            // Others get it while the rest is dropped.
            drop(room);
            let is_full = matches!(failure.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
            if let (true, Some(retry)) = (is_full, parts.extensions.get::<RetryAfter>()) {
                retry.set(RETRY_SECONDS);
            }
            if is_full || failure.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let _ = timeout(DRAIN_TIMEOUT, async { while let Some(Ok(_)) = body.frame().await {} }).await;
            }
            let mut response = failure.into_response();
            // Otherwise the rest of the body would be read as the next request.
            response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
            response
        }
    }
}

/// Room for one body, given back when this is dropped.
struct Room {
    /// Whose it is, if they are signed in.
    person: Option<(Arc<PerPerson>, Uuid)>,
    /// The largest body.
    most: usize,
    /// How much of it needs no room.
    free: usize,
    taken: usize,
}

impl Room {
    /// Takes room for a body that has grown to so many bytes.
    fn grow(&mut self, size: usize) -> Result<(), Failure> {
        if size > self.most {
            return Err(too_large(self.most));
        }
        let more = size.saturating_sub(self.free).saturating_sub(self.taken);
        match &self.person {
            _ if more == 0 => {}
            Some((per_person, person)) => per_person.receive(*person, more)?,
            None => {
                let Ok(permit) = STRANGERS_ROOM.try_acquire_many(more as u32) else {
                    let message = "The server is receiving too much from people who are not signed in; try again in a few seconds.";
                    return Err(Failure::new(ErrorCode::Unavailable, message));
                };
                permit.forget();
            }
        }
        self.taken += more;
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        match &self.person {
            Some((per_person, person)) => per_person.release(*person, self.taken),
            None => STRANGERS_ROOM.add_permits(self.taken),
        }
    }
}

async fn read(body: &mut Body, room: &mut Room) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| Failure::new(ErrorCode::BadRequest, "The body is incomplete or malformed.");
        if let Ok(data) = frame.map_err(broken)?.into_data() {
            room.grow(bytes.len() + data.len())?;
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

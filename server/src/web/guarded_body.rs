//! Bodies that are made piece by piece, for as long as their reader may read them.

use super::{per_person::OpenSocket, signed::Signed, state::AppState, stopping::stopped};
use crate::access::{Identity, Watch};
use axum::body::{Body, Bytes};
use execdeck_wire::ApiError;
use futures_util::{FutureExt, future::BoxFuture, stream};
use std::io;

/// What a body is made of.
pub(super) trait Pieces: Send + 'static {
    /// The next bytes, perhaps none; `None` at the end. An error follows if it is cancelled.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, ApiError>> + Send;
}

struct Sending<P> {
    pieces: P,
    watch: Watch,
    stop: BoxFuture<'static, ()>,
    _place: OpenSocket,
}

/// A body of all pieces. It breaks off when its reader loses the right to read it, as `may` says, and a few seconds after the server was
/// told to stop. `place`: held until the end. `what` is sent, for the log.
pub(super) fn guarded_body(
    app: &AppState,
    signed: &Signed,
    what: &'static str,
    pieces: impl Pieces,
    place: OpenSocket,
    may: impl Fn(&Identity) -> bool + Clone + Send + Sync + 'static,
) -> Body {
    let watch = app.deck.access().watch(&signed.0.identity);
    let begin = Sending { pieces, watch, stop: stopped(app.shutdown.token.clone()).boxed(), _place: place };
    Body::from_stream(stream::try_unfold(begin, move |mut sending| {
        let may = may.clone();
        async move {
            loop {
                let Sending { pieces, watch, stop, .. } = &mut sending;
                let bytes = tokio::select! {
                    biased;
                    lost = watch.lost(&may) => {
                        tracing::info!(name = watch.identity().name, ?lost, "{what} was cut off");
                        return Err(io::Error::other("the reader may not read it any more"));
                    }
                    () = stop => return Err(io::Error::other("the server stops")),
                    bytes = pieces.next() => bytes.map_err(io::Error::other)?,
                };
                match bytes {
                    None => return Ok(None),
                    Some(bytes) if bytes.is_empty() => {}
                    Some(bytes) => return Ok(Some((bytes, sending))),
                }
            }
        }
    }))
}

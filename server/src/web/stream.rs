//! `GET /api/processes/{id}/stream`: the WebSocket of one viewer.
//!
//! One task per viewer reads the log at the viewer's pace. Acknowledgements limit how much is in flight, so a viewer costs
//! one frame of memory however slow it is, and never affects the process or other viewers.
//!
//! # Layout
//! - `session`: what is sent when, and how messages are handled. `peer`: the socket, and whether anybody is still there.
//! - `others`: the other viewers. `frames`, `window`: output on its way to the viewer. `input`: what is typed, on its way to the process.
//! - `close`: reasons for closing a stream.

mod close;
mod frames;
mod input;
mod others;
mod peer;
mod session;
mod window;

use super::{error::Failure, flag::Flag, per_person::OpenSocket, query::Parameters, signed::Signed, state::AppState};
use crate::{
    audit::Refusal,
    deck::{Presence, Viewer},
    listen::ClientAddr,
};
use axum::{
    Extension,
    extract::{
        Path, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
pub(crate) use close::{CloseReason, Ending};
use execdeck_wire::{ErrorCode, SUBPROTOCOL};
pub(crate) use peer::{Peer, PeerEvent};
use serde::Deserialize;
use session::Session;
use std::time::Duration;
use uuid::Uuid;

/// The largest message that a peer may send, in bytes; also about how much is accepted from a peer that is not reading.
pub(crate) const MAX_MESSAGE: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// May skip ahead.
    #[default]
    Live,
    /// Never skips.
    Full,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    from: Option<String>,
    #[serde(default)]
    mode: Mode,
    /// Whether the viewer is to be told of the others, and is one of those of whom one types at a time.
    #[serde(default)]
    viewers: Flag,
}

pub(crate) async fn stream(
    State(app): State<AppState>,
    signed: Result<Signed, Failure>,
    client: Option<Extension<ClientAddr>>,
    Path(id): Path<String>,
    parameters: Result<Parameters<Wanted>, Failure>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        if let Err(stranger) = signed {
            return stranger.into_response();
        }
        let message = format!(
            "This address is of a WebSocket: open it as one, with the subprotocol {SUBPROTOCOL}. For the bytes alone, use \
             GET /api/processes/{{id}}/output?follow=true."
        );
        return Failure::new(ErrorCode::BadRequest, message).into_response();
    };
    let address = client.map(|client| client.address);
    let sockets = app.shutdown.sockets.clone();
    // Browsers only see an error as a close code, so even invalid requests are upgraded first.
    bounded(upgrade).on_upgrade(move |socket| {
        sockets.track_future(async move {
            let interval = Duration::from_secs(app.config.stream.ping_seconds);
            let opened = match signed {
                Ok(signed) => open(&app, &signed, &id, parameters).await.map(|opened| (opened, signed)),
                Err(Failure(error)) => {
                    if error.code == ErrorCode::Unauthorized {
                        app.deck.count_stranger(address, Refusal::NotSignedIn);
                    }
                    Err(error.into())
                }
            };
            match opened {
                Ok((opened, signed)) => Session::new(app, signed, opened).run(socket).await,
                Err(reason) => Peer::new(socket, interval).close(reason).await,
            }
        })
    })
}

/// The socket of a viewer, with bounds for what it sends and holds.
pub(crate) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    // Each message is flushed before the next, so the buffer holds one message at most and needs no limit of its own: a process
    // with long arguments can take more than any frame of output.
    upgrade.protocols([SUBPROTOCOL]).max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).write_buffer_size(0)
}

/// A stream that can begin.
struct Opened {
    viewer: Viewer,
    from_tail: bool,
    place: OpenSocket,
    id: Uuid,
    mode: Mode,
    presence: Option<Presence>,
}

async fn open(app: &AppState, signed: &Signed, id: &str, parameters: Result<Parameters<Wanted>, Failure>) -> Result<Opened, CloseReason> {
    let Parameters(parameters) = parameters.map_err(|Failure(error)| CloseReason::bad_request(error.message))?;
    let id: Uuid = id.parse().map_err(|_| CloseReason::not_found())?;
    let place = app.open_socket(signed)?;
    let caller = signed.caller();
    let mut viewer = app.deck.watch(&caller, id).await?;
    let mut from_tail = false;
    match parameters.from.as_deref() {
        None | Some("tail") => from_tail = true,
        Some(offset) => {
            let offset: u64 = offset.parse().map_err(|_| CloseReason::bad_request("from is an offset or \"tail\""))?;
            let end = viewer.extent().range.end;
            if offset > end {
                return Err(CloseReason::bad_request(format!("from={offset} is beyond the end of the output, which is {end}")));
            }
            viewer.seek(offset);
        }
    }
    let presence = if parameters.viewers.is_on() { Some(app.deck.join(&caller, &viewer).await) } else { None };
    Ok(Opened { viewer, from_tail, place, id, mode: parameters.mode, presence })
}

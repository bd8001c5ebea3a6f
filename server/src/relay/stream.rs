//! `GET /api/processes/{id}/stream`: the WebSocket of one viewer, and the one to the remote server behind it.
//!
//! Messages are passed on as they are, acknowledgements included, so that a slow viewer holds the remote server back and not
//! this one: a viewer costs one message of output, and a bounded amount of input.

use super::{
    behind::{self, Behind, CLOSING},
    errors::token_refused,
    input::{InputQueue, Typist},
    rights::{OUTPUT, require},
    state::Remote,
    watch::{lost, may},
};
use crate::web::{CloseReason, Ending, Failure, OpenSocket, Peer, PeerEvent, Signed, bounded};
use axum::{
    extract::{
        Path, RawQuery, State,
        ws::{Message, WebSocketUpgrade},
    },
    response::Response,
};
use execdeck_wire::Right;
use futures_util::{StreamExt, stream::SplitStream};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use uuid::Uuid;

/// How often a viewer is pinged.
const PING: Duration = Duration::from_secs(20);
/// The remote server sends something at least every 20 seconds. A connection that is silent for this long is dead.
const SILENCE: Duration = Duration::from_mins(1);

pub(super) async fn stream(
    State(remote): State<Remote>,
    signed: Result<Signed, Failure>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let sockets = remote.shutdown.sockets.clone();
    // Browsers only see an error as a close code, so even invalid requests are upgraded first.
    bounded(upgrade).on_upgrade(move |socket| {
        sockets.track_future(async move {
            let opened = match signed {
                Ok(signed) => open(&remote, &signed, &id, query).await.map(|opened| (opened, signed)),
                Err(Failure(error)) => Err(error.into()),
            };
            let peer = Peer::new(socket, PING);
            match opened {
                Ok(((behind, place, id), signed)) => {
                    serve(peer, behind, Typist { remote, signed, id, templated: None, is_logged: false }, place).await;
                }
                Err(reason) => peer.close(reason).await,
            }
        })
    })
}

/// Opens the stream, if its viewer may.
async fn open(remote: &Remote, signed: &Signed, id: &str, query: Option<String>) -> Result<(Behind, OpenSocket, Uuid), CloseReason> {
    let id: Uuid = id.parse().map_err(|_| CloseReason::not_found())?;
    require(&signed.caller(), "read_output", OUTPUT)?;
    let place = remote.open_socket(signed)?;
    Ok((behind::open(&remote.client, id, &without_viewers(&query.unwrap_or_default())).await?, place, id))
}

/// To the remote server all viewers are the owner of the token, so what it says of them would be wrong.
fn without_viewers(query: &str) -> String {
    query.split('&').filter(|pair| !pair.starts_with("viewers=")).collect::<Vec<_>>().join("&")
}

/// Serves a viewer until one side closes, this server stops, or the viewer loses the right to read the output. `place`: held
/// until then.
async fn serve(mut peer: Peer, behind: Behind, typist: Typist, place: OpenSocket) {
    let identity = typist.signed.0.identity.clone();
    let stopping = typist.remote.shutdown.token.clone();
    let (sink, mut output) = behind.split();
    let mut input = InputQueue::start(sink, typist);
    let ending: Ending = tokio::select! {
        biased;
        lost = lost(identity, |now| may(now, Right::ReadOutput)) => CloseReason::lost(lost).into(),
        () = stopping.cancelled() => CloseReason::restarting().into(),
        ending = pass_on(&mut peer, &mut output, &mut input) => ending,
    };
    drop(place);
    let closing = async {
        match ending {
            Ending::Close(reason) => peer.close(reason).await,
            Ending::PeerDisconnected => peer.read_to_end().await,
        }
    };
    // What is not read could make the remote server lose the last of the input.
    let draining = timeout(CLOSING, async { while let Some(Ok(_)) = output.next().await {} });
    let _ = tokio::join!(closing, draining, input.finish());
}

/// Passes messages on until one side closes.
async fn pass_on(peer: &mut Peer, output: &mut SplitStream<Behind>, input: &mut InputQueue) -> Ending {
    match try_pass_on(peer, output, input).await {
        Ok(reason) => reason.into(),
        Err(ending) => ending,
    }
}

/// Returns why the remote server has closed.
async fn try_pass_on(peer: &mut Peer, output: &mut SplitStream<Behind>, input: &mut InputQueue) -> Result<CloseReason, Ending> {
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            event = peer.next(), if !input.is_full() => match event? {
                PeerEvent::Message(Message::Binary(bytes)) => input.write(tungstenite::Message::Binary(bytes)),
                PeerEvent::Message(Message::Text(text)) => input.write(tungstenite::Message::text(text.as_str())),
                PeerEvent::Message(Message::Close(_)) => return Err(Ending::PeerDisconnected),
                PeerEvent::Message(Message::Ping(_) | Message::Pong(_)) | PeerEvent::Silence => {}
                PeerEvent::PingDue => peer.ping().await?,
            },
            message = output.next() => {
                match message {
                    Some(Ok(tungstenite::Message::Binary(frame))) => peer.send(frame).await?,
                    Some(Ok(tungstenite::Message::Close(frame))) => return Ok(close_reason(frame)),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Ok(CloseReason::restarting()),
                }
                heard = Instant::now();
            }
            done = input.progress() => done.map_err(CloseReason::from)?,
            () = sleep_until(heard + SILENCE) => return Ok(CloseReason::restarting()),
        }
    }
}

/// Why the remote server has closed. That this server's token is not valid any more is not the viewer's sign-in.
fn close_reason(frame: Option<tungstenite::protocol::CloseFrame>) -> CloseReason {
    match frame {
        Some(frame) if u16::from(frame.code) == 4401 => token_refused().into(),
        Some(frame) => CloseReason { code: frame.code.into(), reason: frame.reason.as_str().to_owned() },
        // Whoever ends a stream says so.
        None => CloseReason::restarting(),
    }
}

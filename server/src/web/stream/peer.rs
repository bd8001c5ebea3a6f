//! The other end of a stream: its socket, and whether it is still there.

use super::{
    MAX_MESSAGE,
    close::{CloseReason, Ending, PeerDisconnected},
};
use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, WebSocket},
};
use futures_util::{SinkExt, StreamExt};
use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

/// How long the peer may take to close after the server has.
const CLOSING: Duration = Duration::from_secs(5);

/// What has happened on a stream.
pub(crate) enum PeerEvent {
    Message(Message),
    /// It is time to check that the peer is still there.
    PingDue,
    /// Nothing has been sent to the peer for one ping interval.
    Silence,
}

pub(crate) struct Peer {
    socket: WebSocket,
    /// The time between pings, and between the frames of a silent process.
    interval: Duration,
    /// A peer that has sent nothing for this long, not even a pong, is gone.
    patience: Duration,
    last_heard: Instant,
    last_sent: Instant,
    next_ping: Instant,
    /// Fires when one of the above may be due.
    alarm: Pin<Box<Sleep>>,
    /// What arrived while something was being sent.
    received: VecDeque<Message>,
    received_bytes: usize,
    /// A message could not be read: nothing after it can be either.
    unreadable: bool,
}

impl Peer {
    /// Creates a peer that is pinged at this interval and may miss one ping: with 20 s, it is gone after 45 s.
    pub(crate) fn new(socket: WebSocket, interval: Duration) -> Self {
        let now = Instant::now();
        Self {
            socket,
            interval,
            patience: interval * 9 / 4,
            last_heard: now,
            last_sent: now,
            next_ping: now + interval,
            alarm: Box::pin(sleep_until(now + interval)),
            received: VecDeque::new(),
            received_bytes: 0,
            unreadable: false,
        }
    }

    /// Waits for a message or a timer. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<PeerEvent, Ending> {
        if let Some(message) = self.received.pop_front() {
            self.received_bytes -= length(&message);
            return Ok(PeerEvent::Message(message));
        }
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    let message = message.ok_or(PeerDisconnected)?.map_err(|error| self.ending(error))?;
                    self.last_heard = Instant::now();
                    return Ok(PeerEvent::Message(message));
                }
                () = &mut self.alarm => {
                    if let Some(event) = self.check_time()? {
                        return Ok(event);
                    }
                }
            }
        }
    }

    fn check_time(&mut self) -> Result<Option<PeerEvent>, PeerDisconnected> {
        let now = Instant::now();
        if now >= self.last_heard + self.patience {
            return Err(PeerDisconnected);
        }
        let mut event = None;
        if now >= self.next_ping {
            self.next_ping = now + self.interval;
            event = Some(PeerEvent::PingDue);
        } else if now >= self.last_sent + self.interval {
            self.last_sent = now;
            event = Some(PeerEvent::Silence);
        }
        let next = self.next_ping.min(self.last_sent + self.interval).min(self.last_heard + self.patience);
        self.alarm.as_mut().reset(next);
        Ok(event)
    }

    pub(crate) async fn ping(&mut self) -> Result<(), Ending> {
        self.send_message(Message::Ping(Bytes::new())).await
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: impl Into<Bytes>) -> Result<(), Ending> {
        self.send_message(Message::Binary(frame.into())).await?;
        self.last_sent = Instant::now();
        Ok(())
    }

    /// Sends a message, receiving meanwhile: a peer may be slow, as long as it is there.
    async fn send_message(&mut self, message: Message) -> Result<(), Ending> {
        let mut message = Some(message);
        let mut patience: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|context| {
            if let Poll::Ready(sent) = self.poll_send(context, &mut message) {
                return Poll::Ready(sent.map_err(Ending::from));
            }
            self.listen(context)?;
            let until = self.last_heard + self.patience;
            let patience = patience.get_or_insert_with(|| Box::pin(sleep_until(until)));
            if patience.deadline() != until {
                patience.as_mut().reset(until);
            }
            patience.as_mut().poll(context).map(|()| Err(PeerDisconnected.into()))
        })
        .await
    }

    fn poll_send(&mut self, context: &mut Context<'_>, message: &mut Option<Message>) -> Poll<Result<(), PeerDisconnected>> {
        if message.is_some() {
            ready!(self.socket.poll_ready_unpin(context)).map_err(|_| PeerDisconnected)?;
            if let Some(message) = message.take() {
                self.socket.start_send_unpin(message).map_err(|_| PeerDisconnected)?;
            }
        }
        self.socket.poll_flush_unpin(context).map_err(|_| PeerDisconnected)
    }

    /// Receives what has arrived, as far as there is room.
    fn listen(&mut self, context: &mut Context<'_>) -> Result<(), Ending> {
        while self.received_bytes < MAX_MESSAGE {
            match self.socket.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(message))) => {
                    self.last_heard = Instant::now();
                    self.received_bytes += length(&message);
                    self.received.push_back(message);
                }
                Poll::Ready(Some(Err(error))) => return Err(self.ending(error)),
                Poll::Ready(None) => return Err(PeerDisconnected.into()),
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Sends Close and waits until the peer has closed too.
    pub(crate) async fn close(mut self, reason: CloseReason) {
        let mut text = reason.reason;
        // A close frame's reason has room for 123 bytes (RFC 6455, section 5.5).
        text.truncate(text.floor_char_boundary(123));
        let frame = CloseFrame { code: reason.code, reason: text.into() };
        if self.send_message(Message::Close(Some(frame))).await.is_ok() {
            self.read_to_end().await;
        }
    }

    /// Reads until the peer has closed: dropping a socket with unread messages resets the connection, which discards what
    /// is still in flight, such as a Close.
    pub(crate) async fn read_to_end(mut self) {
        if self.unreadable {
            // Its close cannot be read either.
            sleep(CLOSING).await;
        }
        let _ = timeout(CLOSING, async { while let Some(Ok(_)) = self.socket.recv().await {} }).await;
    }

    /// How a stream ends on which this happened.
    fn ending(&mut self, error: axum::Error) -> Ending {
        use tungstenite::Error;
        match error.into_inner().downcast_ref::<Error>() {
            Some(Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_)) => {
                self.unreadable = true;
                CloseReason::unreadable().into()
            }
            _ => PeerDisconnected.into(),
        }
    }
}

/// What a waiting message counts for: its bytes, plus a fixed cost.
fn length(message: &Message) -> usize {
    64 + match message {
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Text(text) => text.len(),
        Message::Close(_) => 0,
    }
}

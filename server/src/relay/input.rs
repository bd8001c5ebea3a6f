//! What a viewer sends, on its way to the remote server: in order, each message whole, bounded, and never in the way of the output.

use super::{
    behind::{Behind, CLOSING},
    rights::{note_refusal, require_on_process},
    state::Remote,
};
use crate::{
    access::{ASK_AGAIN, Requester, ask_again},
    deck::{self, Caller},
    web::Signed,
};
use execdeck_app::remote::needs;
use execdeck_wire::{ApiError, ClientMessage, ErrorCode};
use futures_util::{SinkExt, stream::SplitSink};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// What waits here, in bytes; the remote server holds as much and more.
const MAX_WAITING: usize = 2 << 20;
/// How long a viewer that sends more than there is room for waits. Nothing it sends is read meanwhile. Longer than the remote server
/// waits for a process to read, so that its word comes first.
const PATIENCE: Duration = Duration::from_secs(15);

type Waiting = (Message, OwnedSemaphorePermit);

pub(super) struct InputQueue {
    queue: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
    failure: mpsc::Receiver<ApiError>,
    /// The message for which there is no room, and until when it waits.
    next: Option<(Message, Instant)>,
    task: JoinHandle<()>,
}

impl InputQueue {
    /// Begins a task that passes on what is written, as far as its viewer may type.
    pub(super) fn start(mut sink: SplitSink<Behind, Message>, mut typist: Typist) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel();
        let (fail, failure) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            if let Err(error) = pass_on(&mut sink, &mut typist, &mut waiting).await {
                // Whoever typed it must learn that some of it is lost.
                let _ = fail.send(error).await;
                // Until they have: a socket that closes would say something else.
                while waiting.recv().await.is_some() {}
            }
            let _ = sink.close().await;
        });
        Self { queue, room: Arc::new(Semaphore::new(MAX_WAITING)), failure, next: None, task }
    }

    /// Queues a message, or keeps it until there is room: then nothing else may be written before.
    pub(super) fn write(&mut self, message: Message) {
        match Arc::clone(&self.room).try_acquire_many_owned(cost(&message)) {
            Ok(permit) => self.send(message, permit),
            Err(_) => self.next = Some((message, Instant::now() + PATIENCE)),
        }
    }

    /// Whether a message waits for room.
    pub(super) const fn is_full(&self) -> bool {
        self.next.is_some()
    }

    /// Waits until there is room for the message that waits. Fails if that takes too long, or if input could not be passed
    /// on: no more of it will be. Cancel-safe.
    pub(super) async fn progress(&mut self) -> Result<(), ApiError> {
        let (room, next) = (Arc::clone(&self.room), self.next.clone());
        let permit = async move {
            let Some((message, until)) = next else { return pending().await };
            timeout_at(until, room.acquire_many_owned(cost(&message))).await.ok().and_then(Result::ok)
        };
        tokio::select! {
            Some(error) = self.failure.recv() => Err(error),
            permit = permit => {
                let permit = permit.ok_or_else(|| {
                    let text = "The process hasn't read its input for some seconds. Input that was still waiting is lost.";
                    ApiError::new(ErrorCode::LimitReached, text)
                })?;
                if let Some((message, _)) = self.next.take() {
                    self.send(message, permit);
                }
                Ok(())
            }
        }
    }

    /// Passes on what still waits, if the remote server takes it soon, and closes.
    pub(super) async fn finish(self) {
        let Self { queue, mut task, .. } = self;
        drop(queue);
        if timeout(CLOSING, &mut task).await.is_err() {
            task.abort();
        }
    }

    fn send(&self, message: Message, permit: OwnedSemaphorePermit) {
        // A queue without a reader: the remote server has closed.
        let _ = self.queue.send((message, permit));
    }
}

/// What a waiting message counts for: its bytes, plus a fixed cost.
fn cost(message: &Message) -> u32 {
    u32::try_from(message.len() + 64).unwrap_or(u32::MAX)
}

/// Passes on all that waits. Fails if its viewer may not type.
async fn pass_on(
    sink: &mut SplitSink<Behind, Message>,
    typist: &mut Typist,
    waiting: &mut mpsc::UnboundedReceiver<Waiting>,
) -> Result<(), ApiError> {
    while let Some((message, _permit)) = waiting.recv().await {
        let command: Option<ClientMessage> = if let Message::Text(text) = &message { serde_json::from_str(text).ok() } else { None };
        match command {
            Some(ClientMessage::Ack { .. }) => {}
            // Whoever may not type has a terminal of a size, too, and is not to be told off for it.
            Some(ClientMessage::Resize { .. }) => {
                if typist.require(false).await.is_err() {
                    continue;
                }
            }
            // The remote server knows only the owner of the token: a viewer here is not present among its viewers.
            Some(ClientMessage::TakeOver {} | ClientMessage::AskToType {} | ClientMessage::AnswerAsk { .. }) => continue,
            // Whatever this version does not know may do something to the process.
            Some(ClientMessage::CloseStdin {} | ClientMessage::Reply { .. }) | None => typist.require(true).await?,
        }
        // Why the remote server has closed, it tells the reader.
        if sink.send(message).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A viewer who may type, or may not.
pub(super) struct Typist {
    pub remote: Remote,
    pub signed: Signed,
    pub id: Uuid,
    /// Whether the process was started from a template, as soon as that is known. It never changes.
    pub templated: Option<bool>,
    /// Whether the log says that they have typed.
    pub is_logged: bool,
}

impl Typist {
    /// Refuses somebody who may not type now. `types`: whether they do.
    async fn require(&mut self, types: bool) -> Result<(), ApiError> {
        let caller = self.now().await?;
        let Some(needs) = needs("write_input") else { return Err(ApiError::new(ErrorCode::Forbidden, "Nobody may type here.")) };
        let allowed = require_on_process(&self.remote, &caller, needs, self.id, &mut self.templated).await;
        match &allowed {
            Ok(()) if types && !self.is_logged => {
                tracing::info!(name = caller.name, function = "type_input", id = %self.id, "passed on");
                self.is_logged = true;
            }
            Err(error) if types => note_refusal(&caller, "type_input", error),
            _ => {}
        }
        allowed
    }

    /// Who it is, with the rights that they have now. If the application cannot say that for a moment, it is asked again.
    async fn now(&self) -> Result<Caller, ApiError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match ask_again(&self.signed.0.identity).await {
                Ok(identity) => return Ok(deck::caller(&Requester { identity, address: self.signed.0.address })),
                Err(error) if error.code().is_temporary() && Instant::now() < until => sleep(ASK_AGAIN).await,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

//! What a viewer types, on its way to the process: in order, each message whole, bounded, and never in the way of the output.

use crate::{
    access::Requester,
    deck::{self, Caller, Deck, Typing},
};
use axum::body::Bytes;
use execdeck_wire::{ApiError, ErrorCode};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, timeout_at},
};
use uuid::Uuid;

/// Input that waits here, in bytes, besides as much that the keeper holds.
const MAX_WAITING: usize = 4 << 20;
/// While the program does not read, its keeper is asked again this often.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// How long a viewer that types more than there is room for waits for the program to read. Nothing it sends is read meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

enum Input {
    Bytes(Bytes, OwnedSemaphorePermit),
    Close,
}

type Receiver = mpsc::UnboundedReceiver<Input>;

pub(super) struct InputQueue {
    queue: mpsc::UnboundedSender<Input>,
    room: Arc<Semaphore>,
    failure: mpsc::Receiver<ApiError>,
    /// The message for which there is no room, and until when it waits.
    next: Option<(Bytes, Instant)>,
}

impl InputQueue {
    /// Begins a task that passes on what is written. When this is dropped, what the process still takes at once is
    /// passed on, and what would have to wait for it is not.
    pub(super) fn start(deck: Deck, by: Requester, id: Uuid) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel();
        let (fail, failure) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut typing = Typing::new(id);
            while let Some(input) = waiting.recv().await {
                let done = match input {
                    Input::Bytes(bytes, _permit) => pass_on(&deck, &by, &mut typing, &bytes, &waiting).await,
                    Input::Close => close(&deck, &by, id).await,
                };
                match done {
                    Ok(()) => {}
                    // It takes no input now, which the page shows by itself: it has ended or closed its input, or is yet to be
                    // started, and what is typed then is taken.
                    Err(error) if error.code == ErrorCode::Conflict => {}
                    // Whoever typed it must learn that some of it is lost, or may be.
                    Err(error) => return drop(fail.send(error).await),
                }
            }
        });
        Self { queue, room: Arc::new(Semaphore::new(MAX_WAITING)), failure, next: None }
    }

    /// Queues a message, or keeps it until there is room: then nothing else may be written before.
    pub(super) fn write(&mut self, bytes: Bytes) {
        match Arc::clone(&self.room).try_acquire_many_owned(bytes.len() as u32) {
            Ok(permit) => self.send(bytes, permit),
            Err(_) => self.next = Some((bytes, Instant::now() + PATIENCE)),
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
            let Some((bytes, until)) = next else { return pending().await };
            timeout_at(until, room.acquire_many_owned(bytes.len() as u32)).await.ok().and_then(Result::ok)
        };
        tokio::select! {
            Some(error) = self.failure.recv() => Err(error),
            permit = permit => {
                let permit = permit.ok_or_else(|| {
                    let text = "The process hasn't read its input for 10 seconds. Input that was still waiting is lost.";
                    ApiError::new(ErrorCode::LimitReached, text)
                })?;
                if let Some((bytes, _)) = self.next.take() {
                    self.send(bytes, permit);
                }
                Ok(())
            }
        }
    }

    /// No more input comes after what is queued.
    pub(super) fn close(&self) {
        let _ = self.queue.send(Input::Close);
    }

    fn send(&self, bytes: Bytes, permit: OwnedSemaphorePermit) {
        // A queue without a reader: the process takes no input.
        let _ = self.queue.send(Input::Bytes(bytes, permit));
    }
}

/// Passes a message on as a whole, which is how a keeper takes it or doesn't.
/// What was typed by somebody who may not type any more is dropped.
async fn pass_on(deck: &Deck, by: &Requester, typing: &mut Typing, bytes: &[u8], queue: &Receiver) -> Result<(), ApiError> {
    while let Err(error) = deck.type_input(&current(deck, by).await?, typing, bytes).await {
        if error.code != ErrorCode::LimitReached || queue.is_closed() {
            return Err(error);
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
    Ok(())
}

async fn close(deck: &Deck, by: &Requester, id: Uuid) -> Result<(), ApiError> {
    deck.close_input(&current(deck, by).await?, id).await
}

/// Who types, with the rights that they have now.
async fn current(deck: &Deck, by: &Requester) -> Result<Caller, ApiError> {
    let identity = deck.access().revalidate(by).await?;
    Ok(deck::caller(&Requester { identity, ..*by }))
}

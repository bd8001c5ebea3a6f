//! What a viewer types, on its way to the process: in order, bounded, and never in the way of the output.

use crate::deck::{Caller, Deck};
use axum::body::Bytes;
use execdeck_wire::{ApiError, ErrorCode};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

/// Input that waits here, in bytes, besides as much that the keeper holds.
const MAX_WAITING: usize = 4 << 20;
/// What the keeper is given at a time: it takes all of it or nothing.
const PIECE: usize = 64 << 10;
/// While the program does not read, its keeper is asked again this often.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

enum Input {
    Bytes(Bytes, OwnedSemaphorePermit),
    Close,
}

type Receiver = mpsc::UnboundedReceiver<Input>;

pub(super) struct InputQueue {
    queue: mpsc::UnboundedSender<Input>,
    room: Arc<Semaphore>,
    failure: mpsc::Receiver<ApiError>,
}

impl InputQueue {
    /// Begins a task that passes on what is written. When this is dropped, what the process still takes at once is
    /// passed on, and what would have to wait for it is not.
    pub(super) fn start(deck: Deck, caller: Caller, id: Uuid) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel();
        let (fail, failure) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(input) = waiting.recv().await {
                let done = match input {
                    Input::Bytes(bytes, _permit) => pass_on(&deck, &caller, id, &bytes, &waiting).await,
                    Input::Close => deck.close_input(&caller, id).await,
                };
                match done {
                    Ok(()) => {}
                    // It has ended or closed its input: nothing reads the rest either, which the page shows by itself.
                    Err(error) if error.code == ErrorCode::Conflict => return,
                    // Whoever typed it must learn that some of it is lost, or may be.
                    Err(error) => return drop(fail.send(error).await),
                }
            }
        });
        Self { queue, room: Arc::new(Semaphore::new(MAX_WAITING)), failure }
    }

    /// Resolves when input could not be passed on, and with what: no more of it will be.
    pub(super) async fn failed(&mut self) -> ApiError {
        match self.failure.recv().await {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    /// Queues all of the bytes, or none.
    pub(super) fn write(&self, bytes: Bytes) -> Result<(), ApiError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let permit = Arc::clone(&self.room).try_acquire_many_owned(bytes.len() as u32);
        let permit = permit.map_err(|_| {
            ApiError::new(ErrorCode::LimitReached, "The process is not reading its input. Of the last message nothing was taken.")
        })?;
        // A queue without a reader: the process takes no input.
        let _ = self.queue.send(Input::Bytes(bytes, permit));
        Ok(())
    }

    /// No more input comes after what is queued.
    pub(super) fn close(&self) {
        let _ = self.queue.send(Input::Close);
    }
}

async fn pass_on(deck: &Deck, caller: &Caller, id: Uuid, bytes: &[u8], queue: &Receiver) -> Result<(), ApiError> {
    for piece in bytes.chunks(PIECE) {
        while let Err(error) = deck.write_input(caller, id, piece).await {
            if error.code != ErrorCode::LimitReached || queue.is_closed() {
                return Err(error);
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
    Ok(())
}

//! What a viewer types, on its way to the process: in order, bounded, and never in the way of the output.

use crate::deck::{Caller, Deck};
use axum::body::Bytes;
use execdeck_wire::{ApiError, ErrorCode};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

/// Input that waits here, in bytes, besides as much that the keeper holds.
const MAX_WAITING: usize = 4 << 20;
/// While the program does not read, its keeper is asked again this often.
const AGAIN: Duration = Duration::from_millis(20);

enum Input {
    Bytes(Bytes, OwnedSemaphorePermit),
    Close,
}

pub(super) struct Typing {
    queue: mpsc::UnboundedSender<Input>,
    room: Arc<Semaphore>,
}

impl Typing {
    /// Begins a task that ends when this is dropped.
    pub(super) fn start(deck: Deck, caller: Caller, id: Uuid) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(input) = waiting.recv().await {
                match input {
                    Input::Bytes(bytes, permit) => {
                        if write(&deck, &caller, id, &bytes).await.is_err() {
                            // Ended or closed: nobody will read the rest either.
                            return;
                        }
                        drop(permit);
                    }
                    Input::Close => drop(deck.close_input(&caller, id).await),
                }
            }
        });
        Self { queue, room: Arc::new(Semaphore::new(MAX_WAITING)) }
    }

    pub(super) fn write(&self, bytes: Bytes) -> Result<(), ApiError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let permit = Arc::clone(&self.room).try_acquire_many_owned(bytes.len() as u32);
        let permit = permit.map_err(|_| ApiError::new(ErrorCode::LimitReached, "the process is not reading its input"))?;
        let _ = self.queue.send(Input::Bytes(bytes, permit));
        Ok(())
    }

    pub(super) fn close(&self) {
        let _ = self.queue.send(Input::Close);
    }
}

async fn write(deck: &Deck, caller: &Caller, id: Uuid, bytes: &[u8]) -> Result<(), ApiError> {
    for piece in bytes.chunks(64 << 10) {
        while let Err(error) = deck.write_input(caller, id, piece).await {
            match error.code {
                ErrorCode::LimitReached => tokio::time::sleep(AGAIN).await,
                _ => return Err(error),
            }
        }
    }
    Ok(())
}

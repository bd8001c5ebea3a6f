//! What a viewer types, on its way to the process: in order, bounded, and never in the way of the output.

use crate::process::{Engine, Error};
use axum::body::Bytes;
use execdeck_app::service::Actor;
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
    pub(super) fn start(engine: Engine, actor: Actor, id: Uuid) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(input) = waiting.recv().await {
                match input {
                    Input::Bytes(bytes, permit) => {
                        if write(&engine, &actor, id, &bytes).await.is_err() {
                            // Ended or closed: nobody will read the rest either.
                            return;
                        }
                        drop(permit);
                    }
                    Input::Close => drop(engine.close_input(id).await),
                }
            }
        });
        Self { queue, room: Arc::new(Semaphore::new(MAX_WAITING)) }
    }

    pub(super) fn write(&self, bytes: Bytes) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let permit = Arc::clone(&self.room).try_acquire_many_owned(bytes.len() as u32);
        let permit = permit.map_err(|_| Error::LimitReached("the process is not reading its input".into()))?;
        let _ = self.queue.send(Input::Bytes(bytes, permit));
        Ok(())
    }

    pub(super) fn close(&self) {
        let _ = self.queue.send(Input::Close);
    }
}

async fn write(engine: &Engine, actor: &Actor, id: Uuid, bytes: &[u8]) -> Result<(), Error> {
    for piece in bytes.chunks(64 << 10) {
        while let Err(error) = engine.write_input(actor, id, piece).await {
            match error {
                Error::LimitReached(_) => tokio::time::sleep(AGAIN).await,
                error => return Err(error),
            }
        }
    }
    Ok(())
}

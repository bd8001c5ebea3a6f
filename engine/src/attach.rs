//! Connecting to a keeper that runs already, or learning that it is gone.
//!
//! Only two errors of `connect(2)` mean that a keeper is gone: no socket (ENOENT) and nobody behind it (ECONNREFUSED).
//! All others, such as too few descriptors, say nothing about the keeper, and are tried again for as long as it takes.

use crate::folder::{Folder, Status};
use std::{io, time::Duration};
use tokio::{net::UnixStream, time::sleep};

/// The pause before the second attempt; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// What has become of a keeper.
pub(crate) enum Attached {
    /// It runs.
    Connection(UnixStream),
    /// It is gone. The status is that of the end; there is none if it left without recording it.
    Ended(Option<Status>),
}

/// Connects, or finds out how the process ended. Returns when that is known for certain.
pub(crate) async fn attach(folder: &Folder) -> Attached {
    let mut pause = FIRST_PAUSE;
    loop {
        match attach_once(folder).await {
            Ok(attached) => return attached,
            Err(error) => {
                if pause == FIRST_PAUSE {
                    tracing::warn!(folder = %folder.path().display(), %error, "a keeper cannot be reached now; trying again");
                }
                sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
        }
    }
}

async fn attach_once(folder: &Folder) -> io::Result<Attached> {
    if let Some(end) = read_end(folder).await? {
        return Ok(Attached::Ended(Some(end)));
    }
    match connect(folder).await {
        Ok(connection) => Ok(Attached::Connection(connection)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            // It may have ended between the two looks.
            Ok(Attached::Ended(read_end(folder).await?))
        }
        Err(error) => Err(error),
    }
}

/// The status of an ended process; `None` if its file does not tell of an end.
async fn read_end(folder: &Folder) -> io::Result<Option<Status>> {
    let folder = folder.clone();
    match on_blocking_pool(move || folder.read_status()).await {
        Ok(status) => Ok(Some(status).filter(|status| !status.state.is_active())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Connects once. A socket that exists and has nobody behind it answers ECONNREFUSED.
pub(crate) async fn connect(folder: &Folder) -> io::Result<UnixStream> {
    let folder = folder.clone();
    let (_open, socket) = on_blocking_pool(move || folder.socket()).await?;
    UnixStream::connect(socket).await
}

/// Runs file work where it may wait for the disk.
pub(crate) async fn on_blocking_pool<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

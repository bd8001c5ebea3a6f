//! Connecting to a keeper that already runs, or finding out that it is gone.
//!
//! Only two errors of `connect(2)` mean that a keeper is gone: no socket (ENOENT) and nobody behind it (ECONNREFUSED).
//! All others, such as too few descriptors, say nothing about the keeper, and are retried for as long as it takes.

use crate::folder::{Folder, Status, is_lost};
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
    Ended(Option<Box<Status>>),
}

/// Connects, or finds out how the process ended. Returns when that is known for certain.
pub(crate) async fn attach(folder: &Folder) -> Attached {
    attach_by(folder, connect).await
}

/// Tries once to connect or to find out how the process ended. After an error it is unknown whether the keeper runs.
pub(crate) async fn attach_once(folder: &Folder) -> io::Result<Attached> {
    attach_once_by(folder, connect).await
}

async fn attach_by<C: Future<Output = io::Result<UnixStream>>>(folder: &Folder, connect: impl Fn(Folder) -> C) -> Attached {
    let mut pause = FIRST_PAUSE;
    loop {
        match attach_once_by(folder, &connect).await {
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

async fn attach_once_by<C: Future<Output = io::Result<UnixStream>>>(
    folder: &Folder,
    connect: impl Fn(Folder) -> C,
) -> io::Result<Attached> {
    if let Some(end) = read_end(folder).await? {
        return Ok(Attached::Ended(Some(Box::new(end))));
    }
    match connect(folder.clone()).await {
        Ok(connection) => Ok(Attached::Connection(connection)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            // It may have ended between the two looks.
            Ok(Attached::Ended(read_end(folder).await?.map(Box::new)))
        }
        Err(error) => Err(error),
    }
}

/// The status of an ended process; `None` if its file does not tell of an end.
async fn read_end(folder: &Folder) -> io::Result<Option<Status>> {
    let folder = folder.clone();
    match on_blocking_pool(move || folder.read_status()).await {
        Ok(status) => Ok(Some(status).filter(|status| !status.state.is_active())),
        Err(error) if is_lost(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there is a keeper, or it cannot be told.
pub(crate) async fn has_keeper(folder: &Folder) -> bool {
    let gone = |error: io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
    !connect(folder.clone()).await.is_err_and(gone)
}

/// Connects once. A socket that exists and has nobody behind it answers ECONNREFUSED.
async fn connect(folder: Folder) -> io::Result<UnixStream> {
    let (_open, socket) = on_blocking_pool(move || folder.socket()).await?;
    UnixStream::connect(socket).await
}

/// Runs file work where it may wait for the disk.
pub(crate) async fn on_blocking_pool<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Attaches to the keeper of a folder that does not exist, with a `connect` that fails with each of these errors first.
    async fn attach_failing(errors: &[i32]) -> (Attached, usize) {
        let attempts = Cell::new(0);
        let connect = |_| {
            let failure = errors.get(attempts.replace(attempts.get() + 1)).copied();
            std::future::ready(match failure {
                Some(error) => Err(io::Error::from_raw_os_error(error)),
                None => UnixStream::pair().map(|(ours, _)| ours),
            })
        };
        let attached = attach_by(&Folder::at("/no/such/folder"), connect).await;
        (attached, attempts.get())
    }

    #[tokio::test]
    async fn only_a_missing_socket_and_a_refused_connection_mean_that_a_keeper_is_gone() {
        for gone in [libc::ENOENT, libc::ECONNREFUSED] {
            let (attached, attempts) = attach_failing(&[gone]).await;
            assert!(matches!(attached, Attached::Ended(None)) && attempts == 1, "{gone}");
        }
        for unclear in [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EAGAIN, libc::EACCES] {
            let (attached, attempts) = attach_failing(&[unclear]).await;
            assert!(matches!(attached, Attached::Connection(_)) && attempts == 2, "{unclear}");
        }
        let (attached, attempts) = attach_failing(&[libc::EMFILE, libc::EMFILE, libc::ECONNREFUSED]).await;
        assert!(matches!(attached, Attached::Ended(None)) && attempts == 3);
    }
}

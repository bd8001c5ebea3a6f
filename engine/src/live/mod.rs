//! A process that runs: the server's connection to its keeper.

mod connection;
mod viewers;

use crate::{
    error::Error,
    folder::{Folder, Status},
    protocol,
};
use connection::ConnectionTask;
use execdeck_wire::{OutputRange, Process, ProcessState, Usage};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::UnixStream,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    time::timeout,
};
pub(crate) use viewers::Demand;
use viewers::Viewers;

/// How far the output reaches, and whether it is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputExtent {
    /// Which bytes there are.
    pub range: OutputRange,
    /// The process has ended.
    pub ended: bool,
}

/// Why a request has failed.
pub(crate) enum Failed {
    /// The keeper has refused it, in these words.
    Refused(String),
    /// The connection broke before the answer came.
    Unanswered,
}

/// Where the answer to a request goes.
type Asker = oneshot::Sender<Result<(), Failed>>;

/// A message that the keeper answers.
struct Request {
    kind: u8,
    body: Vec<u8>,
    asker: Asker,
    claim: Claim,
}

/// Who disposes of a request: the connection, which sends it, or the one who asked, who withdraws it. The first to claim
/// it does.
#[derive(Clone, Default)]
struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Whether nobody else has claimed it before.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The registry's entry of an active process.
pub(crate) struct Live {
    pub process: watch::Sender<Process>,
    pub extent: watch::Sender<OutputExtent>,
    requests: mpsc::Sender<Request>,
    viewers: Viewers,
}

/// What was asked of a process and has not reached its keeper yet.
pub(crate) struct Requests(mpsc::Receiver<Request>);

/// A connection to a keeper, and the permit to have one.
pub(crate) struct Connection {
    pub stream: UnixStream,
    pub permit: OwnedSemaphorePermit,
}

/// How long a keeper may take to answer. It answers at once unless it cannot be reached or is stuck.
const ANSWER_TIMEOUT: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(10) };
/// How many requests may wait for the keeper's socket.
const QUEUE: usize = 256;

/// An answer and who waits for it.
pub(crate) struct Answer {
    asker: Asker,
    result: Result<(), Failed>,
}

impl Answer {
    pub(crate) fn deliver(self) {
        let _ = self.asker.send(self.result);
    }
}

/// What a keeper tells its server.
pub(crate) enum Update {
    /// Its process has changed and is still active.
    Status(Status),
    /// Its output can be written, or not for this reason.
    Writing(Option<String>),
    /// What its process uses, as of the latest sample.
    Usage(Usage),
    /// It has answered a request. This goes through the updates so that whoever asked finds the status that came before
    /// the answer already recorded.
    Answer(Answer),
    /// It has hung up. The status is the final one; there is none if the keeper exited without recording it. The requests are those
    /// that it was not sent; dropping them tells whoever asked that the process has ended.
    Ended(Option<Status>, Requests),
}

impl Live {
    /// A process without a keeper as yet. Requests wait for [`connect`](Self::connect).
    pub(crate) fn new(process: Process) -> (Arc<Self>, Requests) {
        let (requests, queue) = mpsc::channel(QUEUE);
        let live = Self {
            extent: watch::Sender::new(OutputExtent { range: process.output, ended: false }),
            process: watch::Sender::new(process),
            requests,
            viewers: Viewers::default(),
        };
        (Arc::new(live), Requests(queue))
    }

    /// Serves the connection, or connects to the keeper first if there is none. The updates must be read until
    /// [`Update::Ended`], which is the last; dropping their receiver ends everything.
    /// Each connection holds one of the `permits`.
    pub(crate) fn connect(
        self: &Arc<Self>,
        requests: Requests,
        folder: Folder,
        connection: Option<Connection>,
        permits: Arc<Semaphore>,
    ) -> mpsc::Receiver<Update> {
        let (updates, receiver) = mpsc::channel(QUEUE);
        let closed = updates.clone();
        let task = ConnectionTask::new(Arc::clone(self), folder, updates, permits);
        tokio::spawn(async move {
            tokio::select! {
                () = task.run(connection, requests.0) => {}
                () = closed.closed() => {}
            }
        });
        receiver
    }

    /// Whether it waits for being started.
    pub(crate) fn is_queued(&self) -> bool {
        self.process.borrow().state == ProcessState::Queued
    }

    /// Whether anybody watches its output.
    pub(crate) fn is_watched(&self) -> bool {
        !self.viewers.is_empty()
    }

    /// Asks the keeper for something and waits for its answer. A request that has not been sent by then is withdrawn; the
    /// error says whether it may still be carried out.
    pub(crate) async fn ask(&self, kind: u8, body: Vec<u8>) -> Result<(), Error> {
        let (what, done) = effect(kind);
        let (sender, answer) = oneshot::channel();
        let claim = Claim::default();
        let request = Request { kind, body, asker: sender, claim: claim.clone() };
        let asked = async {
            self.requests.send(request).await.ok()?;
            answer.await.ok()
        };
        let silent = |_| {
            let nothing_sent = || "nothing was sent to it. The process keeps running; try again".to_owned();
            let text = if claim.take() { nothing_sent() } else { format!("{what} may still be {done}") };
            Error::Keeper(format!("The keeper of this process isn't responding; {text}."))
        };
        let answer = timeout(ANSWER_TIMEOUT, asked).await.map_err(silent)?;
        match answer.ok_or_else(|| {
            let text = if claim.take() { "nothing was sent to it".to_owned() } else { format!("{what} may have been {done}") };
            Error::Conflict(format!("The process has just ended; {text}."))
        })? {
            Ok(()) => Ok(()),
            Err(Failed::Refused(text)) if text == "closed" => Err(Error::Conflict(
                "The process doesn't accept input: standard input was not connected or has been closed; nothing was taken.".into(),
            )),
            Err(Failed::Refused(text)) if text == protocol::RESTARTING => Err(Error::Conflict(
                "The process has ended and waits to be started again by its restart policy; nothing was delivered.".into(),
            )),
            Err(Failed::Refused(text)) if text == "full" => {
                Err(Error::LimitReached("The process is not reading its input, so nothing was taken. Try again when it does.".into()))
            }
            Err(Failed::Refused(text)) => Err(Error::Keeper(text)),
            Err(Failed::Unanswered) => {
                Err(Error::Keeper(format!("The connection to the keeper of this process broke; {what} may still be {done}.")))
            }
        }
    }

    /// Adds a viewer, unless there are `most` already.
    pub(crate) fn add_viewer(&self, most: usize) -> Option<u64> {
        self.viewers.add(most)
    }

    /// Changes what a viewer wants, or removes it if `change` returns false. The keeper learns of the result.
    pub(crate) fn update_demand(&self, viewer: u64, change: impl FnOnce(Option<&mut Demand>) -> bool) {
        self.viewers.update(viewer, change);
    }
}

/// What a request asks for and what would be done, for saying that it may happen, or have happened, without an answer.
const fn effect(kind: u8) -> (&'static str, &'static str) {
    match kind {
        protocol::INPUT => ("the input", "delivered"),
        protocol::CLOSE_STDIN => ("its input", "closed"),
        _ => ("the signal", "delivered"),
    }
}

#[cfg(test)]
mod tests;

//! A process that runs: the server's connection to its keeper.

use crate::{
    attach::{Attached, attach},
    error::Error,
    folder::{Folder, Status},
    protocol::{self, HEADER, Hello},
};
use execdeck_wire::{OutputRange, Process, ProcessState, TerminalSize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    time::timeout,
};

/// How far the output reaches, and whether that is all there will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputExtent {
    /// Which bytes there are.
    pub range: OutputRange,
    /// The process has ended.
    pub ended: bool,
}

/// Whoever waits for an answer: the reason if it was not done.
type Asker = oneshot::Sender<Result<(), String>>;

enum Request {
    /// The keeper answers this kind of message with this body.
    Ask(u8, Vec<u8>, Asker),
    /// It does not.
    Tell(Vec<u8>),
}

/// What a viewer wants of the process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ViewerDemand {
    /// Output from this offset on is still to be read.
    pub hold: Option<u64>,
    /// Its terminal's size.
    pub size: Option<TerminalSize>,
}

#[derive(Default)]
struct Viewers {
    next: u64,
    demands: HashMap<u64, ViewerDemand>,
    held: Option<u64>,
    size: Option<TerminalSize>,
}

/// The registry's entry of an active process.
pub(crate) struct Live {
    pub process: watch::Sender<Process>,
    pub extent: watch::Sender<OutputExtent>,
    requests: mpsc::Sender<Request>,
    viewers: Mutex<Viewers>,
}

/// A connection to a keeper, and the permit to have one.
pub(crate) struct Connection {
    pub stream: UnixStream,
    pub permit: OwnedSemaphorePermit,
}

/// How long a keeper may take to answer. It answers at once unless it cannot be reached or is stuck.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests that wait for the keeper's socket.
const QUEUE: usize = 256;

/// An answer and who waits for it.
pub(crate) struct Answer {
    asker: Asker,
    result: Result<(), String>,
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
    /// It has answered a request. This goes through the updates so that whoever asked finds the status that came before
    /// the answer already recorded.
    Answer(Answer),
    /// It has hung up. The status is that of the end; there is none if the keeper left without recording it.
    Ended(Option<Status>),
}

impl Live {
    /// Serves the connection, or connects to the keeper first if there is none. The updates must be read until
    /// [`Update::Ended`], which is the last; dropping their receiver ends everything.
    /// Each connection holds one of the `permits`.
    pub(crate) fn start(
        process: Process,
        folder: Folder,
        connection: Option<Connection>,
        permits: Arc<Semaphore>,
    ) -> (Arc<Self>, mpsc::Receiver<Update>) {
        let (requests, queue) = mpsc::channel(QUEUE);
        let (updates, receiver) = mpsc::channel(QUEUE);
        let live = Arc::new(Self {
            extent: watch::Sender::new(OutputExtent { range: process.output, ended: false }),
            process: watch::Sender::new(process),
            requests,
            viewers: Mutex::default(),
        });
        let closed = updates.clone();
        let task = ConnectionTask {
            live: Arc::clone(&live),
            folder,
            answers: Mutex::default(),
            version: watch::Sender::new(UNKNOWN),
            updates,
            last: Mutex::default(),
            permits,
        };
        tokio::spawn(async move {
            tokio::select! {
                () = task.run(connection, queue) => {}
                () = closed.closed() => {}
            }
        });
        (live, receiver)
    }

    /// Asks the keeper for something and waits for its answer.
    pub(crate) async fn ask(&self, kind: u8, body: Vec<u8>) -> Result<(), Error> {
        let (sender, answer) = oneshot::channel();
        let asked = async {
            self.requests.send(Request::Ask(kind, body, sender)).await.ok()?;
            answer.await.ok()
        };
        let silent = |_| Error::Keeper("The keeper of this process does not answer. The process keeps running; try again.".into());
        let answer = timeout(ANSWER_TIMEOUT, asked).await.map_err(silent)?;
        match answer.ok_or_else(|| Error::Conflict("The process has just ended.".into()))? {
            Ok(()) => Ok(()),
            Err(text) if text == "closed" => {
                Err(Error::Conflict("The process takes no input: it was started without it, or has closed it; nothing was taken.".into()))
            }
            Err(text) if text == "full" => {
                Err(Error::LimitReached("The process is not reading its input, so nothing was taken; try again when it does.".into()))
            }
            Err(text) => Err(Error::Keeper(text)),
        }
    }

    /// Adds a viewer, unless there are `most` already.
    pub(crate) fn add_viewer(&self, most: usize) -> Option<u64> {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        if viewers.demands.len() >= most {
            return None;
        }
        viewers.next += 1;
        let viewer = viewers.next;
        viewers.demands.insert(viewer, ViewerDemand::default());
        Some(viewer)
    }

    /// Changes what a viewer wants, or takes it off the list, and tells the keeper what follows: it holds what the
    /// slowest still wants, and the terminal has a size that everybody sees whole.
    pub(crate) fn update_demand(&self, viewer: u64, change: impl FnOnce(Option<&mut ViewerDemand>) -> bool) {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        if !change(viewers.demands.get_mut(&viewer)) {
            viewers.demands.remove(&viewer);
        }
        let held = viewers.demands.values().filter_map(|demands| demands.hold).min();
        let sizes = || viewers.demands.values().filter_map(|demands| demands.size);
        let size = sizes().map(|size| size.cols).min().zip(sizes().map(|size| size.rows).min());
        let size = size.map(|(cols, rows)| TerminalSize { cols, rows }).or(viewers.size);
        if held != viewers.held {
            let message = protocol::message(protocol::HOLD, &held.unwrap_or(u64::MAX).to_le_bytes());
            if self.requests.try_send(Request::Tell(message)).is_ok() {
                viewers.held = held;
            }
        }
        if size != viewers.size
            && let Some(size) = size
            && self.requests.try_send(Request::Tell(protocol::resize_message(size))).is_ok()
        {
            viewers.size = Some(size);
        }
    }
}

/// Those who wait for answers, by the ids of their requests. A keeper that knows no ids answers in their order.
#[derive(Default)]
struct Answers {
    next: u64,
    waiting: BTreeMap<u64, Asker>,
}

/// What [`ConnectionTask::version`] holds before the keeper has said anything.
const UNKNOWN: u32 = 0;

/// The task that owns a keeper's connection.
struct ConnectionTask {
    live: Arc<Live>,
    folder: Folder,
    answers: Mutex<Answers>,
    /// The version of the keeper at the other end. Requests wait until it is known.
    version: watch::Sender<u32>,
    updates: mpsc::Sender<Update>,
    /// How the process ended, as the keeper said before it hung up. It counts even if the file could not be written.
    last: Mutex<Option<Status>>,
    permits: Arc<Semaphore>,
}

impl ConnectionTask {
    async fn run(self, connection: Option<Connection>, mut queue: mpsc::Receiver<Request>) {
        let mut connection = connection;
        let end = loop {
            if let Some(Connection { stream, permit: _permit }) = connection.take() {
                let (reader, writer) = stream.into_split();
                self.version.send_replace(UNKNOWN);
                tokio::select! {
                    () = self.receive(BufReader::new(reader)) => {}
                    () = self.send(writer, &mut queue) => {}
                }
                self.answers.lock().unwrap_or_else(PoisonError::into_inner).waiting.clear();
            }
            let heard = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
            if heard.is_some() {
                break heard;
            }
            // The connection broke, or there was none yet: is the keeper still there?
            let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
            match attach(&self.folder).await {
                Attached::Connection(stream) => connection = Some(Connection { stream, permit }),
                Attached::Ended(status) => break status,
            }
        };
        let _ = self.updates.send(Update::Ended(end)).await;
    }

    /// Takes in the keeper's messages until it hangs up.
    async fn receive(&self, mut reader: BufReader<OwnedReadHalf>) {
        let mut header = [0; HEADER];
        let mut body = Vec::new();
        while reader.read_exact(&mut header).await.is_ok() {
            let (kind, length) = protocol::parse_header(header);
            if length > 16 * protocol::MAX_MESSAGE {
                return;
            }
            body.resize(length, 0);
            if reader.read_exact(&mut body).await.is_err() {
                return;
            }
            self.handle(kind, &body).await;
        }
    }

    async fn handle(&self, kind: u8, body: &[u8]) {
        if kind != protocol::HELLO && *self.version.borrow() == UNKNOWN {
            // Only the first version does not greet the connection that it was started with.
            self.version.send_replace(protocol::VERSION_WITHOUT_IDS);
        }
        match kind {
            protocol::EXTENT => {
                if let Some(range) = protocol::parse_extent(body) {
                    self.live.extent.send_replace(OutputExtent { range, ended: false });
                }
            }
            protocol::HELLO => {
                if let Ok(hello) = serde_json::from_slice::<Hello>(body) {
                    self.version.send_replace(hello.version);
                    // That it is starting is known; what comes of it follows.
                    if hello.status.state != ProcessState::Starting {
                        self.receive_status(hello.status).await;
                    }
                }
            }
            protocol::STATUS => {
                if let Ok(status) = serde_json::from_slice::<Status>(body) {
                    self.receive_status(status).await;
                }
            }
            protocol::ANSWER => {
                let first = self.answers.lock().unwrap_or_else(PoisonError::into_inner).waiting.pop_first();
                self.answer(first.map(|(_, asker)| asker), body).await;
            }
            protocol::REPLY => {
                if let Some((id, text)) = protocol::parse_reply(body) {
                    let asker = self.answers.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&id);
                    self.answer(asker, text).await;
                }
            }
            // A newer keeper may say more than we understand.
            _ => {}
        }
    }

    async fn answer(&self, asker: Option<Asker>, text: &[u8]) {
        let result = if text.is_empty() { Ok(()) } else { Err(String::from_utf8_lossy(text).into_owned()) };
        if let Some(asker) = asker {
            let _ = self.updates.send(Update::Answer(Answer { asker, result })).await;
        }
    }

    /// Passes on what changes while the process is active. The end is an update of its own, sent when the keeper has
    /// hung up and everything is in the files.
    async fn receive_status(&self, status: Status) {
        if status.state.is_active() {
            let _ = self.updates.send(Update::Status(status)).await;
        } else {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
        }
    }

    /// Passes requests on to the keeper, as long as it takes them.
    async fn send(&self, mut writer: OwnedWriteHalf, queue: &mut mpsc::Receiver<Request>) {
        let mut version = self.version.subscribe();
        let Ok(version) = version.wait_for(|version| *version != UNKNOWN).await.map(|version| *version) else { return };
        while let Some(request) = queue.recv().await {
            let message = match request {
                Request::Tell(message) => message,
                Request::Ask(protocol::INPUT, body, asker)
                    if version == protocol::VERSION_WITHOUT_IDS && body.len() > protocol::MAX_INPUT_WITHOUT_IDS =>
                {
                    let _ = asker.send(Err("full".into()));
                    continue;
                }
                Request::Ask(kind, body, asker) => {
                    let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.next += 1;
                    let id = answers.next;
                    answers.waiting.insert(id, asker);
                    match version {
                        protocol::VERSION_WITHOUT_IDS => protocol::message(kind, &body),
                        _ => protocol::request_message(id, kind, &body),
                    }
                }
            };
            if writer.write_all(&message).await.is_err() {
                break;
            }
        }
        // What the keeper still has to say is read to its end.
        std::future::pending::<()>().await;
    }
}

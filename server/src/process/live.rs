//! A process that runs: the server's connection to its keeper.

use super::{
    engine::Shared,
    error::Error,
    folder::{Folder, Status},
    keeper::{MARKER, tree},
    log::range_on_disk,
    protocol::{self, HEADER, Hello},
};
use execdeck_app::wire::{Exit, OutputRange, Process, ProcessState, TerminalSize};
use jiff::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, oneshot, watch},
};

/// How far the output reaches, and whether that is all there will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Which bytes there are.
    pub range: OutputRange,
    /// The process has ended.
    pub ended: bool,
}

enum Request {
    /// The keeper answers.
    Ask(Vec<u8>, oneshot::Sender<Result<(), String>>),
    /// It does not.
    Tell(Vec<u8>),
}

/// What a viewer wants of the process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wishes {
    /// Output from this offset on is still to be read.
    pub hold: Option<u64>,
    /// Its terminal's size.
    pub size: Option<TerminalSize>,
}

#[derive(Default)]
struct Viewers {
    next: u64,
    wishes: HashMap<u64, Wishes>,
    held: Option<u64>,
    size: Option<TerminalSize>,
}

/// The registry's entry of an active process.
pub(crate) struct Live {
    pub process: watch::Sender<Process>,
    pub reach: watch::Sender<Reach>,
    requests: mpsc::Sender<Request>,
    viewers: Mutex<Viewers>,
}

/// Requests that wait for the keeper's socket.
const QUEUE: usize = 256;

impl Live {
    /// Takes over the connection and serves it until the process has ended.
    pub(crate) fn start(shared: Arc<Shared>, process: Process, connection: UnixStream) -> Arc<Self> {
        let (requests, queue) = mpsc::channel(QUEUE);
        let live = Arc::new(Self {
            reach: watch::Sender::new(Reach { range: process.output, ended: false }),
            process: watch::Sender::new(process),
            requests,
            viewers: Mutex::default(),
        });
        let folder = shared.folder(live.process.borrow().id);
        tokio::spawn(Task { shared, live: Arc::clone(&live), folder, answers: Answers::default() }.run(connection, queue));
        live
    }

    /// Asks the keeper for something and waits for its answer.
    pub(crate) async fn ask(&self, message: Vec<u8>) -> Result<(), Error> {
        let (sender, answer) = oneshot::channel();
        let gone = || Error::Conflict("The process has just ended.".into());
        self.requests.send(Request::Ask(message, sender)).await.map_err(|_| gone())?;
        match answer.await.map_err(|_| gone())? {
            Ok(()) => Ok(()),
            Err(text) if text == "closed" => {
                Err(Error::Conflict("The process takes no input: it was started without it, or has closed it.".into()))
            }
            Err(text) if text == "full" => Err(Error::LimitReached("The process is not reading its input; try again when it does.".into())),
            Err(text) => Err(Error::Keeper(text)),
        }
    }

    pub(crate) fn add_viewer(&self) -> u64 {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        viewers.next += 1;
        let viewer = viewers.next;
        viewers.wishes.insert(viewer, Wishes::default());
        viewer
    }

    pub(crate) fn viewer_count(&self) -> usize {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner).wishes.len()
    }

    /// Changes what a viewer wants, or takes it off the list, and tells the keeper what follows: it holds what the
    /// slowest still wants, and the terminal has a size that everybody sees whole.
    pub(crate) fn change_viewer(&self, viewer: u64, change: impl FnOnce(Option<&mut Wishes>) -> bool) {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        if !change(viewers.wishes.get_mut(&viewer)) {
            viewers.wishes.remove(&viewer);
        }
        let held = viewers.wishes.values().filter_map(|wishes| wishes.hold).min();
        let sizes = || viewers.wishes.values().filter_map(|wishes| wishes.size);
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

type Answers = Mutex<VecDeque<oneshot::Sender<Result<(), String>>>>;

/// The task that owns a keeper's connection.
struct Task {
    shared: Arc<Shared>,
    live: Arc<Live>,
    folder: Folder,
    answers: Answers,
}

impl Task {
    async fn run(self, mut connection: UnixStream, mut queue: mpsc::Receiver<Request>) {
        let status = loop {
            let (reader, writer) = connection.into_split();
            tokio::select! {
                () = self.receive(BufReader::new(reader)) => {}
                () = self.send(writer, &mut queue) => {}
            }
            self.answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
            match self.folder.read_status() {
                Ok(status) if !status.state.is_active() => break Some(status),
                // The connection broke, but not the keeper?
                _ => match connect(&self.folder).await {
                    Ok(again) => connection = again,
                    Err(_) => break self.folder.read_status().ok().filter(|status| !status.state.is_active()),
                },
            }
        };
        self.finish(status).await;
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
        match kind {
            protocol::REACH => {
                if let Some(range) = protocol::parse_reach(body) {
                    self.live.reach.send_replace(Reach { range, ended: false });
                }
            }
            protocol::HELLO => {
                if let Ok(hello) = serde_json::from_slice::<Hello>(body) {
                    self.take_status(&hello.status).await;
                }
            }
            protocol::STATUS => {
                if let Ok(status) = serde_json::from_slice::<Status>(body) {
                    self.take_status(&status).await;
                }
            }
            protocol::ANSWER => {
                let asker = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let answer = if body.is_empty() { Ok(()) } else { Err(String::from_utf8_lossy(body).into_owned()) };
                if let Some(asker) = asker {
                    let _ = asker.send(answer);
                }
            }
            // A newer keeper may say more than we understand.
            _ => {}
        }
    }

    /// News while it lives; the end is told by [`finish`](Self::finish) alone, when everything is in the files.
    async fn take_status(&self, status: &Status) {
        if !status.state.is_active() {
            return;
        }
        let mut process = self.live.process.borrow().clone();
        status.apply_to(&mut process);
        self.live.reach.send_if_modified(|reach| {
            let grown = status.output.end > reach.range.end;
            if grown {
                reach.range = status.output;
            }
            grown
        });
        self.shared.record(&process).await;
        self.live.process.send_replace(process.clone());
        self.shared.announce(process);
    }

    /// Passes requests on to the keeper, as long as it takes them.
    async fn send(&self, mut writer: OwnedWriteHalf, queue: &mut mpsc::Receiver<Request>) {
        while let Some(request) = queue.recv().await {
            let message = match request {
                Request::Tell(message) => message,
                Request::Ask(message, answer) => {
                    self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer);
                    message
                }
            };
            if writer.write_all(&message).await.is_err() {
                break;
            }
        }
        // What the keeper still has to say is read to its end.
        std::future::pending::<()>().await;
    }

    /// Records the end, then lets everybody know.
    async fn finish(self, status: Option<Status>) {
        let mut process = self.live.process.borrow().clone();
        match status {
            Some(status) => status.apply_to(&mut process),
            None => interrupt(&mut process, &self.folder),
        }
        // Whoever sees it ended, wherever, finds all of its output and takes it from the history.
        self.live.reach.send_replace(Reach { range: process.output, ended: false });
        self.shared.record(&process).await;
        self.shared.forget(process.id);
        self.live.process.send_replace(process.clone());
        self.live.reach.send_replace(Reach { range: process.output, ended: true });
        self.shared.announce(process);
    }
}

/// Connects to a keeper that another server has started.
pub(crate) async fn connect(folder: &Folder) -> io::Result<UnixStream> {
    let (_open, socket) = folder.socket()?;
    UnixStream::connect(socket).await
}

/// The keeper is gone without a word: nothing is known of the end but that it has come, and nothing may be left.
pub(crate) fn interrupt(process: &mut Process, folder: &Folder) {
    let killed = tree::kill_marked(&format!("{MARKER}={}", process.id));
    tracing::warn!(id = %process.id, name = process.name, killed, "a keeper is gone without recording how its process ended");
    process.state = ProcessState::Interrupted;
    process.exit = Some(Exit::Error("Its keeper ended before it, by a power cut or a kill; how the process ended is not known.".into()));
    process.ended_at = Some(Timestamp::now());
    process.output = range_on_disk(&folder.output());
}

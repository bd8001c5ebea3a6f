//! The task that owns the connection to a keeper, and reconnects when it breaks.

use super::{Answer, Asker, Connection, Failed, Live, OutputExtent, Request, Requests, Update, viewers::Demand};
use crate::{
    attach::{Attached, attach},
    folder::{Folder, Status},
    protocol::{self, HEADER, Hello},
};
use execdeck_wire::ProcessState;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::unix::{OwnedReadHalf, OwnedWriteHalf},
    sync::{Semaphore, mpsc, watch},
};

/// Pending requests by their ids. A keeper that does not know ids answers in order.
#[derive(Default)]
struct Answers {
    next: u64,
    waiting: BTreeMap<u64, Asker>,
}

/// What [`ConnectionTask::version`] holds before the keeper has said anything.
const UNKNOWN: u32 = 0;

/// The task that owns a keeper's connection.
pub(super) struct ConnectionTask {
    live: Arc<Live>,
    folder: Folder,
    answers: Mutex<Answers>,
    /// The version of the keeper at the other end. Requests wait until it is known.
    version: watch::Sender<u32>,
    updates: mpsc::Sender<Update>,
    /// How the process ended, as the keeper reported before it hung up. It is valid even if the file could not be written.
    last: Mutex<Option<Status>>,
    permits: Arc<Semaphore>,
}

impl ConnectionTask {
    pub(super) fn new(live: Arc<Live>, folder: Folder, updates: mpsc::Sender<Update>, permits: Arc<Semaphore>) -> Self {
        let version = watch::Sender::new(UNKNOWN);
        Self { live, folder, answers: Mutex::default(), version, updates, last: Mutex::default(), permits }
    }

    pub(super) async fn run(self, connection: Option<Connection>, mut queue: mpsc::Receiver<Request>) {
        let mut connection = connection;
        // Requests still unanswered when the last connection broke. Dropping them tells the askers that the process has ended.
        let mut unanswered = BTreeMap::new();
        let end = loop {
            if let Some(Connection { stream, permit: _permit }) = connection.take() {
                let (reader, writer) = stream.into_split();
                self.version.send_replace(UNKNOWN);
                tokio::select! {
                    () = self.receive(BufReader::new(reader)) => {}
                    () = self.send(writer, &mut queue) => {}
                }
                unanswered = std::mem::take(&mut self.answers.lock().unwrap_or_else(PoisonError::into_inner).waiting);
            }
            let heard = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
            if heard.is_some() {
                break heard;
            }
            // The connection broke, or there was none yet: is the keeper still there?
            let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
            match attach(&self.folder).await {
                Attached::Connection(stream) => {
                    connection = Some(Connection { stream, permit });
                    for asker in std::mem::take(&mut unanswered).into_values() {
                        let _ = asker.send(Err(Failed::Unanswered));
                    }
                }
                Attached::Ended(status) => break status.map(|status| *status),
            }
        };
        let _ = self.updates.send(Update::Ended(end, Requests(queue))).await;
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
                    let _ = self.updates.send(Update::Writing(hello.output_error)).await;
                    // That it is starting is known already; the outcome follows.
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
            protocol::WRITING => {
                let error = Some(String::from_utf8_lossy(body).into_owned()).filter(|error| !error.is_empty());
                let _ = self.updates.send(Update::Writing(error)).await;
            }
            protocol::USAGE => {
                if let Ok(usage) = serde_json::from_slice(body) {
                    let _ = self.updates.send(Update::Usage(usage)).await;
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
            // A newer keeper may send kinds that we do not know.
            _ => {}
        }
    }

    async fn answer(&self, asker: Option<Asker>, text: &[u8]) {
        let result = if text.is_empty() { Ok(()) } else { Err(Failed::Refused(String::from_utf8_lossy(text).into_owned())) };
        if let Some(asker) = asker {
            let _ = self.updates.send(Update::Answer(Answer { asker, result })).await;
        }
    }

    /// Passes on changes while the process is active. The end is a separate update, sent when the keeper has hung up and
    /// all files are complete.
    async fn receive_status(&self, status: Status) {
        if status.state.is_active() {
            self.live.process.send_if_modified(|process| {
                let is_resized = process.terminal != status.terminal;
                if is_resized {
                    // Known before what is printed for it, which does not wait for the history.
                    (process.terminal, process.revision) = (status.terminal, process.revision + 1);
                }
                is_resized
            });
            let _ = self.updates.send(Update::Status(status)).await;
        } else {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
        }
    }

    /// Sends requests and what viewers want to the keeper, for as long as the connection lasts.
    async fn send(&self, mut writer: OwnedWriteHalf, queue: &mut mpsc::Receiver<Request>) {
        let mut version = self.version.subscribe();
        let Ok(version) = version.wait_for(|version| *version != UNKNOWN).await.map(|version| *version) else { return };
        // What was sent over an earlier connection ended with it.
        let (mut wanted, mut told) = (self.live.viewers.wanted(), Demand::default());
        wanted.mark_changed();
        loop {
            let message = tokio::select! {
                biased;
                Ok(()) = wanted.changed() => {
                    let now = *wanted.borrow_and_update();
                    let message = demand_message(told, now);
                    told = now;
                    message
                }
                request = queue.recv() => match request {
                    Some(request) => self.request_message(version, request),
                    None => break,
                },
            };
            if writer.write_all(&message).await.is_err() {
                break;
            }
        }
        // Whatever the keeper still sends is read to its end.
        std::future::pending::<()>().await;
    }

    /// Encodes a request for a keeper of this version. One that was withdrawn is skipped, and one that the keeper would
    /// refuse is refused here: then nothing is sent.
    fn request_message(&self, version: u32, Request { kind, body, asker, claim }: Request) -> Vec<u8> {
        if !claim.take() {
            return Vec::new();
        }
        let without_ids = version == protocol::VERSION_WITHOUT_IDS;
        if without_ids && kind == protocol::INPUT && body.len() > protocol::MAX_INPUT_WITHOUT_IDS {
            let _ = asker.send(Err(Failed::Refused("full".into())));
            return Vec::new();
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.next += 1;
        let id = answers.next;
        answers.waiting.insert(id, asker);
        if without_ids { protocol::message(kind, &body) } else { protocol::request_message(id, kind, &body) }
    }
}

/// The messages for what has changed in what viewers want.
fn demand_message(told: Demand, now: Demand) -> Vec<u8> {
    let mut message = Vec::new();
    if now.hold != told.hold {
        message = protocol::message(protocol::HOLD, &now.hold.unwrap_or(u64::MAX).to_le_bytes());
    }
    if let Some(size) = now.size.filter(|_| now.size != told.size) {
        message.extend(protocol::resize_message(size));
    }
    message
}

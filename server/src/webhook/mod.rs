//! Tells an address of the ends of processes: each at least once, also those that ended while the address, the network or the server
//! was away. What is yet to be told is in the history, entered with the end itself, so that nothing here can lose it.
//!
//! # Layout
//! `notice`: what is told. `schedule`: what is told when. `deliver`: the request. Here: the task that does it.

mod deliver;
mod notice;
mod schedule;

use crate::{
    config::{Config, Webhook},
    deck::{Outbox, Untold},
};
use deliver::Target;
use execdeck_wire::{Process, Timestamp};
use schedule::Schedule;
use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    time::{sleep, sleep_until},
};

/// The pause after what waits could not be read.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// Why a webhook cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The file of the secret cannot be used.
    #[error("webhook.secret_file: {path}: {error}")]
    Secret {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
    /// TLS cannot be set up.
    #[error("webhook.url: HTTPS cannot be used: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// Prepares the configured webhook, if there is one, before any process is followed, so that what is wrong with it shows at once.
pub(crate) fn prepare(settings: &Webhook) -> Result<Option<Target>, WebhookError> {
    if settings.url.is_empty() { Ok(None) } else { Target::new(settings).map(Some) }
}

/// Begins to tell of ends, until the data folder is closed. Returns why the last requests have failed, while they do.
pub(crate) fn start(target: Target, outbox: Outbox, config: &Config) -> watch::Receiver<Option<String>> {
    let (trouble, troubled) = watch::channel(None);
    let address = config.server.public_url.as_ref().map(|url| format!("{}{}", url.origin(), config.server.base_path));
    let mut teller = Teller { target, outbox, address, trouble, schedule: Schedule::default(), newest: 0 };
    let closed = teller.outbox.closed();
    tokio::spawn(async move {
        tokio::select! {
            () = teller.run() => {}
            // What waits is told by the next server.
            () = closed => {}
        }
    });
    troubled
}

struct Teller {
    target: Target,
    outbox: Outbox,
    /// The server's, with its base path.
    address: Option<String>,
    trouble: watch::Sender<Option<String>>,
    schedule: Schedule,
    /// The number of the newest end that is in the schedule, or was.
    newest: i64,
}

impl Teller {
    async fn run(&mut self) {
        let mut changes = self.outbox.changes();
        changes.mark_changed();
        loop {
            let next = self.schedule.next();
            tokio::select! {
                Ok(()) = changes.changed() => self.take_in(&mut changes).await,
                number = turn(next) => self.tell(number).await,
            }
        }
    }

    /// Takes in what is new, or looks again a moment later.
    async fn take_in(&mut self, changes: &mut watch::Receiver<()>) {
        match self.outbox.untold(self.newest).await {
            Ok(untold) => {
                for Untold { number, since } in untold {
                    self.newest = number;
                    let age = Timestamp::now().as_micros().saturating_sub(since.as_micros());
                    self.schedule.add(number, Duration::from_micros(age), Instant::now());
                }
            }
            Err(error) => {
                tracing::warn!(%error, "which ends the webhook is to be told of cannot be read now; trying again");
                sleep(READ_AGAIN).await;
                changes.mark_changed();
            }
        }
    }

    /// Tells of an end, unless that was done, and takes it out then. An end that is too old counts as done.
    async fn tell(&mut self, number: i64) {
        if self.schedule.is_told(number) || self.deliver(number).await {
            match self.outbox.remove(number).await {
                Ok(()) => self.schedule.remove(number),
                Err(error) => {
                    tracing::warn!(%error, "an end that the webhook was told of stays on record as untold; trying again");
                    self.schedule.postpone(number, Instant::now());
                }
            }
        }
        if self.schedule.is_empty() {
            self.no_trouble();
        }
    }

    /// Returns whether it is done.
    async fn deliver(&mut self, number: i64) -> bool {
        let is_too_old = self.schedule.is_too_old(number, Instant::now());
        let process = match self.outbox.process(number).await {
            Ok(Some(process)) => process,
            // So many wait that it was given up.
            Ok(None) => {
                self.schedule.remove(number);
                return false;
            }
            Err(error) if !is_too_old => {
                tracing::warn!(%error, "an end that the webhook is to be told of cannot be read now; trying again");
                self.schedule.postpone(number, Instant::now());
                return false;
            }
            Err(error) => {
                tracing::error!(%error, "an end that the webhook was to be told of could not be read for a day; it is given up");
                self.schedule.done(number);
                return true;
            }
        };
        if is_too_old {
            tracing::error!(id = %process.id, "the webhook could not be told of the end of a process within a day; it is given up");
            self.schedule.done(number);
            return true;
        }
        self.send(number, process).await
    }

    async fn send(&mut self, number: i64, process: Process) -> bool {
        let id = process.id;
        let delivery = notice::delivery(&process);
        let sent = self.target.send(&delivery, notice::body(process, self.address.as_deref())).await;
        let now = Instant::now();
        match sent {
            Ok(()) => {
                self.schedule.told(number, now);
                self.no_trouble();
                true
            }
            Err(error) => {
                tracing::warn!(%id, error, "the webhook could not be told of the end of a process; it will be tried again");
                if self.schedule.failed(number, now) {
                    self.trouble.send_replace(Some(error));
                }
                false
            }
        }
    }

    fn no_trouble(&self) {
        self.trouble.send_if_modified(|trouble| trouble.take().is_some());
    }
}

/// Waits until it is the turn of an end; for ever without one.
async fn turn(next: Option<(i64, Instant)>) -> i64 {
    let Some((number, at)) = next else { return std::future::pending().await };
    sleep_until(at.into()).await;
    number
}

/// What operators are told.
pub(crate) fn not_delivered(error: &str) -> String {
    format!(
        "The webhook cannot be told of ends of processes: {error}. They wait in the history and are sent once it answers, for a day. Check \
         webhook.url in the configuration, and what answers there."
    )
}

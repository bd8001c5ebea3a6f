//! Tells an address of the ends of processes: each at least once, also those that ended while the address, the network or the server
//! was away.
//!
//! # Layout
//! `notice`: what is told. `spool`: what is yet to be told, as files. `deliver`: the request. Here: what is told when.

mod deliver;
mod notice;
mod spool;

use crate::config::{Config, Webhook, WebhookOn};
use deliver::Target;
use execdeck_wire::Process;
use spool::Spool;
use std::{collections::VecDeque, io, path::PathBuf, time::Duration};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
    time::sleep,
};

/// The first pause after a request that failed; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// After so many failures in a row it is a problem of the server.
const FAILURES: u32 = 3;

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
    /// The folder of what is yet to be told cannot be made or read.
    #[error("the folder of notices that wait for the webhook: {0}")]
    Spool(#[source] io::Error),
}

/// A webhook that hears of ends, and tells nobody yet.
pub(crate) struct Prepared {
    target: Target,
    ends: UnboundedSender<Process>,
    ended: UnboundedReceiver<Process>,
}

/// Prepares the configured webhook, if there is one, before the data folder is opened, so that what is wrong with it shows at once.
pub(crate) fn prepare(settings: &Webhook) -> Result<Option<Prepared>, WebhookError> {
    if settings.url.is_empty() {
        return Ok(None);
    }
    let target = Target::new(settings)?;
    let (ends, ended) = unbounded_channel();
    Ok(Some(Prepared { target, ends, ended }))
}

impl Prepared {
    /// Takes each process that has ended.
    pub(crate) fn ends(&self) -> UnboundedSender<Process> {
        self.ends.clone()
    }

    /// Begins to tell of ends, once the data folder is this server's alone. Returns why the last requests have failed, while they do.
    pub(crate) fn start(self, config: &Config) -> Result<watch::Receiver<Option<String>>, WebhookError> {
        let spool = Spool::open(config.data.folder.join("webhook")).map_err(WebhookError::Spool)?;
        let (spooled, names) = unbounded_channel();
        for name in spool.list().map_err(WebhookError::Spool)? {
            let _ = spooled.send(name);
        }
        let (trouble, troubled) = watch::channel(None);
        let address = config.server.public_url.as_ref().map(|url| format!("{}{}", url.origin(), config.server.base_path));
        tokio::spawn(keep(self.ended, config.webhook.on, spool.clone(), spooled, address));
        tokio::spawn(deliver(names, spool, self.target, trouble));
        Ok(troubled)
    }
}

/// Writes each notice to a file before anything else is done with it.
async fn keep(
    mut ended: UnboundedReceiver<Process>,
    on: WebhookOn,
    spool: Spool,
    spooled: UnboundedSender<String>,
    address: Option<String>,
) {
    while let Some(process) = ended.recv().await {
        if on == WebhookOn::Failures && !process.is_unsuccessful() {
            continue;
        }
        let (spool, id) = (spool.clone(), process.id);
        let body = notice::body(process, address.as_deref());
        let written = tokio::task::spawn_blocking(move || spool.add(id, &body)).await.expect("writing a notice does not panic");
        match written {
            Ok(name) => drop(spooled.send(name)),
            Err(error) => tracing::error!(%id, %error, "the webhook will not be told of the end of a process"),
        }
    }
}

/// Tells of one after the other. One that fails comes last then, so that it does not hold up the others for ever.
async fn deliver(mut names: UnboundedReceiver<String>, spool: Spool, target: Target, trouble: watch::Sender<Option<String>>) {
    let (mut waiting, mut failures) = (VecDeque::new(), 0);
    loop {
        while let Ok(name) = names.try_recv() {
            waiting.push_back(name);
        }
        let Some(name) = waiting.pop_front() else {
            let Some(name) = names.recv().await else { return };
            waiting.push_back(name);
            continue;
        };
        match deliver_one(&spool, &target, &name).await {
            Ok(()) => {
                failures = 0;
                trouble.send_if_modified(|trouble| trouble.take().is_some());
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(id = name, error, failures, "the webhook could not be told of the end of a process; it will be tried again");
                waiting.push_back(name);
                if failures >= FAILURES {
                    trouble.send_replace(Some(error));
                }
                tokio::select! {
                    () = sleep(pause(failures)) => {}
                    // The server stops. What waits is told by the next one.
                    () = trouble.closed() => return,
                }
            }
        }
    }
}

/// Done are also notices that are too old or cannot be read.
async fn deliver_one(spool: &Spool, target: &Target, name: &str) -> Result<(), String> {
    let (reads, named) = (spool.clone(), name.to_owned());
    let body = tokio::task::spawn_blocking(move || reads.read(&named)).await.expect("reading a notice does not panic");
    match body {
        Ok(Some(body)) => target.send(name, body).await?,
        Ok(None) => tracing::error!(id = name, "the webhook was not told of the end of a process within a day; it is given up"),
        Err(error) => tracing::error!(id = name, %error, "a notice for the webhook cannot be read; it is given up"),
    }
    let spool = spool.clone();
    let name = name.to_owned();
    let removed = tokio::task::spawn_blocking(move || spool.remove(&name)).await.expect("removing a notice does not panic");
    if let Err(error) = removed {
        tracing::warn!(%error, "a notice that was delivered could not be removed; it is sent once more after a restart");
    }
    Ok(())
}

fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE)
}

/// What operators are told.
pub(crate) fn not_delivered(error: &str) -> String {
    format!(
        "The webhook cannot be told of ends of processes: {error}. Notices wait in the folder webhook of the data folder and are sent once it \
         answers, for a day. Check webhook.url in the configuration, and what answers there."
    )
}

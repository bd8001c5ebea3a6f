//! The sections and their keys, each with a line of documentation. Every key has a safe default.

use super::{Access, Audit, History, Network, PublicUrl, Webhook, or_empty};
use crate::policy;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens and which hosts it accepts.
    pub server: Server,
    /// How long sessions last, and sign-in by a trusted proxy.
    pub access: Access,
    /// How long the audit is kept.
    pub audit: Audit,
    /// Where everything is stored.
    pub data: Data,
    /// Which commands people may run outside templates.
    pub policy: policy::Settings,
    /// How much each person may use at once.
    pub limits: Limits,
    /// What processes may do.
    pub process: Process,
    /// How much output is kept.
    pub output: Output,
    /// How long ended processes are kept.
    pub history: History,
    /// How output is sent to viewers.
    pub stream: Stream,
    /// Whom to tell of the ends of processes.
    pub webhook: Webhook,
}

impl Config {
    /// The defaults for an application that nests Execdeck below a path, such as `/deck`, with a folder for the data.
    pub fn below(base_path: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        let server = Server { base_path: base_path.into(), ..Server::default() };
        Self { server, data: Data { folder: folder.into() }, ..Self::default() }
    }
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port; port 0 picks a free one. Other addresses than loopback ones need an account, and HTTPS or a proxy.
    pub address: SocketAddr,
    /// The address that browsers use, such as `https://deck.example`; empty if it is `address`. Its host is accepted, too.
    #[serde(with = "or_empty")]
    pub public_url: Option<PublicUrl>,
    /// The path prefix to serve under, such as `/tools/deck`; empty for the root.
    pub base_path: String,
    /// The certificate for HTTPS with its chain, a PEM file; empty for plain HTTP. Changes are taken up within seconds.
    #[serde(with = "or_empty")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, a PEM file without a passphrase. Processes that run as the server's user can read it.
    #[serde(with = "or_empty")]
    pub tls_key: Option<PathBuf>,
    /// Host names to accept, with or without a port, in addition to localhost and loopback addresses.
    pub allowed_hosts: Vec<String>,
    /// Addresses or networks (`10.0.0.0/8`) of the reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are
    /// believed. They must set both.
    pub trusted_proxies: Vec<Network>,
    /// The file with the secret that they have to send as `Execdeck-Proxy-Secret`; empty for none. Without it, whoever can
    /// send from their addresses is believed, such as every user of the machine that a proxy runs on.
    #[serde(with = "or_empty")]
    pub proxy_secret_file: Option<PathBuf>,
    /// The file with the texts of the pages in another language, made from what `execdeck texts` prints; empty for English.
    #[serde(with = "or_empty")]
    pub texts: Option<PathBuf>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: None,
            base_path: String::new(),
            tls_cert: None,
            tls_key: None,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            proxy_secret_file: None,
            texts: None,
        }
    }
}

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The folder for the history and for each process's files.
    pub folder: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { folder: "data".into() }
    }
}

/// `[limits]`, for each person; their sessions and tokens count together, and 0 is no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How many active processes one person may have started.
    pub processes: usize,
    /// How many streams, event streams and following downloads one person may have open.
    pub sockets: usize,
    /// How many requests a second one person may send for long.
    pub requests_per_second: u32,
    /// How many requests one person may send at once, after a pause.
    pub request_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { processes: 500, sockets: 500, requests_per_second: 200, request_burst: 1000 }
    }
}

/// `[process]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Process {
    /// How many processes may be active at once, at least 1.
    pub concurrent: usize,
    /// How many more may wait in the queue until others have ended; 0 for none: then they are refused.
    pub queue: usize,
    /// How many processes with a label may be active at once, at least 1: `"job=backup" = 1` for one label, `"team" = 5` for each
    /// value of a key. The others wait in the queue.
    pub per_label: BTreeMap<String, usize>,
    /// The timeout of processes that don't set one, in seconds; 0 for none.
    pub default_timeout_seconds: u64,
    /// The longest timeout a process may set, in seconds; 0 for no limit.
    pub max_timeout_seconds: u64,
}

impl Default for Process {
    fn default() -> Self {
        Self { concurrent: 1000, queue: 1000, per_label: BTreeMap::new(), default_timeout_seconds: 0, max_timeout_seconds: 0 }
    }
}

/// `[output]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// How much output is kept per process, in bytes, unless its spec says otherwise.
    pub bytes_per_process: u64,
    /// How many hours after the end of a process its output is compressed; 0: never.
    pub compress_after_hours: u64,
}

impl Default for Output {
    fn default() -> Self {
        Self { bytes_per_process: 256 << 20, compress_after_hours: 24 }
    }
}

/// `[stream]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    /// Seconds between pings, and between frames of a silent process, 1 to 20. A peer that is silent for 2¼ times as
    /// long is dropped.
    pub ping_seconds: u64,
    /// How much unacknowledged output may be in flight to a viewer, in bytes.
    pub window_bytes: u64,
    /// A live viewer that falls further behind than this many bytes skips to the tail; at least the tail's 262144.
    pub skip_bytes: u64,
    /// The largest output frame in bytes.
    pub frame_bytes: usize,
    /// How many viewers may watch one process at once, at least 1.
    pub viewers: usize,
}

impl Default for Stream {
    fn default() -> Self {
        Self { ping_seconds: 20, window_bytes: 1 << 20, skip_bytes: 8 << 20, frame_bytes: 256 << 10, viewers: 256 }
    }
}

//! The sections and their keys, one line of documentation each. Every key has a safe default.

use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where it listens and to whom it answers.
    pub server: Server,
    /// Where everything is kept.
    pub data: Data,
    /// What processes may do.
    pub process: Process,
    /// How much output is kept.
    pub output: Output,
    /// How output goes to viewers.
    pub stream: Stream,
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port; port 0 takes a free one. Only loopback addresses while nobody can sign in.
    pub address: SocketAddr,
    /// The path below which everything is served, such as `/tools/deck`; empty for the root.
    pub base_path: String,
    /// Names, with or without a port, by which browsers may call it, besides localhost and loopback addresses.
    pub allowed_hosts: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 3000)), base_path: String::new(), allowed_hosts: Vec::new() }
    }
}

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The folder of the history and of each process's files.
    pub folder: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { folder: "data".into() }
    }
}

/// `[process]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Process {
    /// How many may be active at once.
    pub concurrent: usize,
    /// The timeout of a process that has none of its own, in seconds; 0 for none.
    pub default_timeout_seconds: u64,
    /// The longest timeout that may be asked for, in seconds; 0 for any.
    pub max_timeout_seconds: u64,
}

impl Default for Process {
    fn default() -> Self {
        Self { concurrent: 1000, default_timeout_seconds: 0, max_timeout_seconds: 0 }
    }
}

/// `[output]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// Output kept per process, in bytes, unless its spec says otherwise.
    pub bytes_per_process: u64,
}

impl Default for Output {
    fn default() -> Self {
        Self { bytes_per_process: 256 << 20 }
    }
}

/// `[stream]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    /// Seconds between pings, and between frames of a silent process, 1 to 20. A peer that is silent for 2¼ times as
    /// long is dropped.
    pub ping_seconds: u64,
    /// Bytes of output that may be on their way beyond what a viewer has acknowledged.
    pub window_bytes: u64,
    /// A live viewer that is further behind than this many bytes is moved to the tail; at least the tail's 262144.
    pub skip_bytes: u64,
    /// The largest output frame in bytes.
    pub frame_bytes: usize,
    /// How many viewers may watch one process at once.
    pub viewers: usize,
}

impl Default for Stream {
    fn default() -> Self {
        Self { ping_seconds: 20, window_bytes: 1 << 20, skip_bytes: 8 << 20, frame_bytes: 256 << 10, viewers: 256 }
    }
}

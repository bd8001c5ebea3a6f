//! What `GET /api/events` says besides processes.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// The data of a `ping` event: the first event of a connection, and one after 20 s of silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// The server's build. A page that was made by another one is older than its server.
    pub version: String,
    /// The server's clock.
    pub time: Timestamp,
}

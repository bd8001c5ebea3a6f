//! What `GET /api/events` sends besides processes.

use super::Timestamp;
use serde::{Deserialize, Serialize};

/// The data of a `ping` event: the first event of a connection, and one after 20 s of silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ping {
    /// The server's build. A page made by another build is outdated.
    pub version: String,
    /// The server's clock.
    pub time: Timestamp,
}

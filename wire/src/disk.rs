//! What is stored, and how much room there is for more.

use serde::{Deserialize, Serialize};

/// How much of the disk is used, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DiskUse {
    /// What the files of all processes take up. Those of a running process are counted by the output that it keeps, and those of
    /// one that has just ended within seconds.
    pub output_bytes: u64,
    /// What the databases take up, with their logs and what is set aside for them.
    pub database_bytes: u64,
    /// What is free on the file system of the data folder, for the server's user.
    pub free_bytes: u64,
    /// The size of that file system.
    pub total_bytes: u64,
}

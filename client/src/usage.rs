//! What processes use.

use crate::{Client, ClientError};
use execdeck_wire::{UsageSample, UsageSamples};
use uuid::Uuid;

impl Client {
    /// What a process and everything that it has started used over time, oldest first: CPU time since the start, resident memory
    /// and the number of processes. There are samples while it runs, too, and none of what ended within a second.
    pub async fn process_usage(&self, id: Uuid) -> Result<Vec<UsageSample>, ClientError> {
        Ok(self.fetch_json::<UsageSamples>(&format!("/api/processes/{id}/usage")).await?.samples)
    }
}

//! Output by lines.

use crate::{Client, ClientError};
use execdeck_wire::Lines;
use uuid::Uuid;

impl Client {
    /// Lines of the output of a process. `from`: the number of the first one, from 1; negative, it counts from the end. `count`: at most
    /// so many, of at most 10,000.
    pub async fn lines(&self, id: Uuid, from: i64, count: usize) -> Result<Lines, ClientError> {
        self.fetch_json(&format!("/api/processes/{id}/lines?from={from}&count={count}")).await
    }
}

//! What the list of processes shows beyond what processes are: what they use, how far they have come, and how those before them went.

use super::{
    Deck, answer,
    rights::{self, covers, require},
};
use execdeck_app::service::Caller;
use execdeck_wire::{Activities, Activity, ApiError, ErrorCode, Right, Run};
use std::collections::HashMap;
use uuid::Uuid;

/// So many processes can be asked for at once, of each kind.
const MOST: usize = 100;
/// So many runs of a name, the latest ones.
const RUNS: usize = 10;

impl Deck {
    /// What the active ones of `ids` do now, and the latest processes with the names of `runs`. What does not exist for the caller is left
    /// out, and the progress is, unless they may read output.
    pub async fn activity(&self, caller: &Caller, ids: &[Uuid], runs: &[Uuid]) -> Result<Activities, ApiError> {
        self.act(caller, "get_activity").check(require(caller, Right::View, "Seeing processes")).await?;
        for (field, asked) in [("ids", ids), ("runs", runs)] {
            if asked.len() > MOST {
                let message = format!("At most {MOST} processes can be asked for at once.");
                return Err(ApiError { field: Some(field.into()), ..ApiError::new(ErrorCode::BadRequest, message) });
            }
        }
        let found = self.engine.last_runs(rights::scope(caller), runs.to_vec(), RUNS).await.map_err(answer)?;
        let mut found: HashMap<Uuid, Vec<Run>> = found.into_iter().filter(|(_, runs)| !runs.is_empty()).collect();
        let mut processes = Vec::with_capacity(ids.len());
        for process in ids.iter().filter_map(|id| self.engine.peek(*id)).filter(|process| covers(caller, process)) {
            let progress = if caller.may(Right::ReadOutput) { self.progress.of(&self.engine, &process).await } else { None };
            let runs = found.remove(&process.id).unwrap_or_default();
            processes.push(Activity { id: process.id, usage: process.usage, progress, runs });
        }
        processes.extend(found.into_iter().map(|(id, runs)| Activity { id, runs, ..Activity::default() }));
        Ok(Activities { processes })
    }
}

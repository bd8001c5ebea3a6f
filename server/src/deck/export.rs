//! Output in other forms than its bytes.

use super::{Deck, answer, rights::require};
use execdeck_app::service::Caller;
use execdeck_engine::{Export, Format};
use execdeck_wire::{ApiError, Process, Right};
use uuid::Uuid;

impl Deck {
    /// The output that a process has printed so far, in a form, and the process.
    pub async fn export(&self, caller: &Caller, id: Uuid, format: Format) -> Result<(Process, Export), ApiError> {
        let act = self.act(caller, "read_output").on(id);
        self.require_covered(&act, id).await?;
        act.check(require(caller, Right::ReadOutput, "Reading the output of a process")).await?;
        let export = self.engine.export(id, format).await.map_err(answer)?;
        Ok((self.engine.get(id).await.map_err(answer)?, export))
    }
}

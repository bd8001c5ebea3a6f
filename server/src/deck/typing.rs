//! What a viewer types: one entry for all of it, and none of its content.

use super::{Caller, Deck, answer};
use execdeck_wire::ApiError;
use uuid::Uuid;

/// Somebody's input to one process, from the first byte to the last.
pub struct Typing {
    id: Uuid,
    is_recorded: bool,
}

impl Typing {
    /// Nothing has been typed yet.
    pub const fn new(id: Uuid) -> Self {
        Self { id, is_recorded: false }
    }
}

impl Deck {
    /// Passes on what is typed. Before the first of it, an entry says that somebody types.
    pub async fn type_input(&self, caller: &Caller, typing: &mut Typing, bytes: &[u8]) -> Result<(), ApiError> {
        let id = typing.id;
        let act = self.act(caller, "type_input").on(id);
        if typing.is_recorded {
            self.require_more_input(&act, id).await?;
        } else {
            let process = self.require_input(&act, id).await?;
            act.on_process(&process).run(async { Ok(()) }).await?;
            typing.is_recorded = true;
            tracing::debug!(%id, caller = caller.name, "typing");
        }
        self.engine.write_input(id, bytes).await.map_err(answer)
    }
}

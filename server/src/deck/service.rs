//! The deck as the service that the app's server functions call.

use super::Deck;
use execdeck_app::service::{Answer, Caller, ProcessService};
use execdeck_wire::{AuditFilter, AuditPage, Process, ProcessFilter, ProcessPage, ProcessSpec};
use uuid::Uuid;

impl ProcessService for Deck {
    fn create(&self, caller: Caller, spec: ProcessSpec) -> Answer<'_, Process> {
        Box::pin(async move { Self::create(self, &caller, spec).await })
    }

    fn list(&self, caller: Caller, filter: ProcessFilter) -> Answer<'_, ProcessPage> {
        Box::pin(async move { Self::list(self, &caller, filter).await })
    }

    fn get(&self, caller: Caller, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move { Self::get(self, &caller, id).await })
    }

    fn kill(&self, caller: Caller, id: Uuid, signal: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move { Self::kill(self, &caller, id, signal).await })
    }

    fn restart(&self, caller: Caller, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move { Self::restart(self, &caller, id).await })
    }

    fn remove(&self, caller: Caller, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move { Self::remove(self, &caller, id).await })
    }

    fn write_input(&self, caller: Caller, id: Uuid, text: String) -> Answer<'_, ()> {
        Box::pin(async move { Self::write_input(self, &caller, id, text.as_bytes()).await })
    }

    fn list_audit(&self, caller: Caller, filter: AuditFilter) -> Answer<'_, AuditPage> {
        Box::pin(async move { Self::list_audit(self, &caller, filter).await })
    }
}

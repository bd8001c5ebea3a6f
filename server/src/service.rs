//! The engine as the server functions want it.

use crate::process::Engine;
use execdeck_app::{
    service::{Actor, Answer, ProcessService},
    wire::{Page, Process, ProcessFilter, ProcessSpec},
};
use uuid::Uuid;

impl ProcessService for Engine {
    fn create(&self, actor: Actor, spec: ProcessSpec) -> Answer<'_, Process> {
        Box::pin(async move { Ok(Self::create(self, &actor, spec).await?) })
    }

    fn list(&self, _: Actor, filter: ProcessFilter) -> Answer<'_, Page> {
        Box::pin(async move { Ok(Self::list(self, filter).await?) })
    }

    fn get(&self, _: Actor, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move { Ok(Self::get(self, id).await?) })
    }

    fn kill(&self, actor: Actor, id: Uuid, signal: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move { Ok(Self::kill(self, &actor, id, signal).await?) })
    }

    fn restart(&self, actor: Actor, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move { Ok(Self::restart(self, &actor, id).await?) })
    }

    fn remove(&self, actor: Actor, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move { Ok(Self::remove(self, &actor, id).await?) })
    }

    fn write_input(&self, actor: Actor, id: Uuid, text: String) -> Answer<'_, ()> {
        Box::pin(async move { Ok(Self::write_input(self, &actor, id, text.as_bytes()).await?) })
    }
}

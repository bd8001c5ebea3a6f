//! The deck as the service that the app's server functions call.

use super::Deck;
use execdeck_app::service::{Answer, Caller, ProcessService, TemplateService};
use execdeck_wire::{AuditFilter, AuditPage, Health, Process, ProcessFilter, ProcessPage, ProcessSpec, Template, TemplateValues};
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
        Box::pin(async move { Self::restart(self, &caller, id, false).await })
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

    fn health(&self, caller: Caller) -> Answer<'_, Health> {
        Box::pin(async move { Self::health(self, &caller).await })
    }
}

impl TemplateService for Deck {
    fn list_templates(&self, caller: Caller) -> Answer<'_, Vec<Template>> {
        Box::pin(async move { Self::list_templates(self, &caller).await })
    }

    fn get_template(&self, caller: Caller, id: Uuid) -> Answer<'_, Template> {
        Box::pin(async move { Self::get_template(self, &caller, id).await })
    }

    fn save_template(&self, caller: Caller, template: Template) -> Answer<'_, Template> {
        Box::pin(async move { Self::save_template(self, &caller, template).await })
    }

    fn remove_template(&self, caller: Caller, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move { Self::remove_template(self, &caller, id).await })
    }

    fn preview_template(&self, caller: Caller, template: Template, values: TemplateValues) -> Answer<'_, ProcessSpec> {
        Box::pin(async move { Self::preview_template(self, &caller, template, values).await })
    }

    fn start_template(&self, caller: Caller, id: Uuid, values: TemplateValues, reason: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move { Self::start_template(self, &caller, id, values, reason).await })
    }
}

//! A remote Execdeck as the services that the server functions call, for applications that run no processes themselves.
//!
//! The remote server records what is done under the name of its token's owner. What the [`Caller`] may do is checked here, before the
//! call, see [`remote`](crate::remote).

use crate::{
    remote::{Needs, check, depends_on_template, needs},
    service::{Answer, Caller, ProcessService, TemplateService},
    wire::{
        ApiError, AuditFilter, AuditPage, ErrorCode, Health, Process, ProcessFilter, ProcessPage, ProcessSpec, Template, TemplateValues,
    },
};
use execdeck_client::{Client, ClientError};
use uuid::Uuid;

impl ProcessService for Client {
    fn create(&self, caller: Caller, spec: ProcessSpec) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, "create_process")?;
            self.create_process(&spec).await.map_err(answer)
        })
    }

    fn list(&self, caller: Caller, filter: ProcessFilter) -> Answer<'_, ProcessPage> {
        Box::pin(async move {
            require(&caller, "list_processes")?;
            self.list_processes(&filter).await.map_err(answer)
        })
    }

    fn get(&self, caller: Caller, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, "get_process")?;
            self.get_process(id).await.map_err(answer)
        })
    }

    fn kill(&self, caller: Caller, id: Uuid, signal: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, "kill_process")?;
            self.kill_process(id, signal.as_deref()).await.map_err(answer)
        })
    }

    fn restart(&self, caller: Caller, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move {
            require_on_process(self, &caller, "restart_process", id).await?;
            self.restart_process(id).await.map_err(answer)
        })
    }

    fn remove(&self, caller: Caller, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move {
            require(&caller, "remove_process")?;
            self.remove_process(id).await.map_err(answer)
        })
    }

    fn write_input(&self, caller: Caller, id: Uuid, text: String) -> Answer<'_, ()> {
        Box::pin(async move {
            require_on_process(self, &caller, "write_input", id).await?;
            Self::write_input(self, id, &text).await.map_err(answer)
        })
    }

    fn list_audit(&self, caller: Caller, filter: AuditFilter) -> Answer<'_, AuditPage> {
        Box::pin(async move {
            require(&caller, "list_audit")?;
            Self::list_audit(self, &filter).await.map_err(answer)
        })
    }

    fn health(&self, caller: Caller) -> Answer<'_, Health> {
        Box::pin(async move {
            require(&caller, "get_health")?;
            self.get_health().await.map_err(answer)
        })
    }
}

impl TemplateService for Client {
    fn list_templates(&self, caller: Caller) -> Answer<'_, Vec<Template>> {
        Box::pin(async move {
            require(&caller, "list_templates")?;
            Self::list_templates(self).await.map_err(answer)
        })
    }

    fn get_template(&self, caller: Caller, id: Uuid) -> Answer<'_, Template> {
        Box::pin(async move {
            require(&caller, "get_template")?;
            Self::get_template(self, id).await.map_err(answer)
        })
    }

    fn save_template(&self, caller: Caller, template: Template) -> Answer<'_, Template> {
        Box::pin(async move {
            require(&caller, "save_template")?;
            Self::save_template(self, &template).await.map_err(answer)
        })
    }

    fn remove_template(&self, caller: Caller, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move {
            require(&caller, "remove_template")?;
            Self::remove_template(self, id).await.map_err(answer)
        })
    }

    fn preview_template(&self, caller: Caller, template: Template, values: TemplateValues) -> Answer<'_, ProcessSpec> {
        Box::pin(async move {
            require(&caller, "preview_template")?;
            Self::preview_template(self, &template, &values).await.map_err(answer)
        })
    }

    fn start_template(&self, caller: Caller, id: Uuid, values: TemplateValues, reason: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, "start_template")?;
            Self::start_template(self, id, &values, reason.as_deref()).await.map_err(answer)
        })
    }
}

/// Refuses a caller who may not call a function.
fn require(caller: &Caller, function: &str) -> Result<(), ApiError> {
    check(caller, needed(function), None)
}

/// The same for a function about a process.
async fn require_on_process(client: &Client, caller: &Caller, function: &str, id: Uuid) -> Result<(), ApiError> {
    let needs = needed(function);
    let templated =
        if depends_on_template(caller, needs) { Some(client.get_process(id).await.map_err(answer)?.template.is_some()) } else { None };
    check(caller, needs, templated)
}

fn needed(function: &str) -> Needs {
    needs(function).expect("it is one of those about processes and templates")
}

/// What the caller gets to know of an error; the log has the rest.
fn answer(error: ClientError) -> ApiError {
    match &error {
        error if error.code() == Some(ErrorCode::Unauthorized) => {
            leptos::logging::error!("the remote Execdeck does not accept the token: {error}");
        }
        ClientError::Api(_) => {}
        error => leptos::logging::error!("the remote Execdeck cannot be reached: {error}"),
    }
    error.into()
}

//! A remote Execdeck as the services that the server functions call, for applications that run no processes themselves.
//!
//! The remote server knows nobody but the owner of the client's token: it checks what that person may do and records what is done
//! under their name. What the [`Caller`] may do is checked here, before the call. Commands outside templates are for callers with the
//! role of an administrator, as a server has it by default; so are typing into them and running them again. Rights that
//! are narrowed by [`Grants`](crate::wire::Grants) cannot be checked here and are refused.

use crate::{
    service::{Answer, Caller, ProcessService, TemplateService},
    wire::{
        ApiError, AuditFilter, AuditPage, ErrorCode, Process, ProcessFilter, ProcessPage, ProcessSpec, Right, Role, Template,
        TemplateValues,
    },
};
use execdeck_client::{Client, ClientError};
use uuid::Uuid;

impl ProcessService for Client {
    fn create(&self, caller: Caller, spec: ProcessSpec) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, Right::Start, "Starting a process")?;
            require_free_commands(&caller, "Starting a command without a template")?;
            self.create_process(&spec).await.map_err(answer)
        })
    }

    fn list(&self, caller: Caller, filter: ProcessFilter) -> Answer<'_, ProcessPage> {
        Box::pin(async move {
            require(&caller, Right::View, "Seeing processes")?;
            self.list_processes(&filter).await.map_err(answer)
        })
    }

    fn get(&self, caller: Caller, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, Right::View, "Seeing a process")?;
            self.get_process(id).await.map_err(answer)
        })
    }

    fn kill(&self, caller: Caller, id: Uuid, signal: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, Right::Stop, "Stopping a process")?;
            self.kill_process(id, signal.as_deref()).await.map_err(answer)
        })
    }

    fn restart(&self, caller: Caller, id: Uuid) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, Right::Start, "Starting a process")?;
            require_command(self, &caller, id, "Running a command again that was started without a template").await?;
            self.restart_process(id).await.map_err(answer)
        })
    }

    fn remove(&self, caller: Caller, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move {
            require(&caller, Right::Stop, "Removing a process")?;
            self.remove_process(id).await.map_err(answer)
        })
    }

    fn write_input(&self, caller: Caller, id: Uuid, text: String) -> Answer<'_, ()> {
        Box::pin(async move {
            require(&caller, Right::Input, "Typing into a process")?;
            require_command(self, &caller, id, "Typing into a command that was started without a template").await?;
            Self::write_input(self, id, &text).await.map_err(answer)
        })
    }

    fn list_audit(&self, caller: Caller, filter: AuditFilter) -> Answer<'_, AuditPage> {
        Box::pin(async move {
            require(&caller, Right::Administer, "Reading the audit")?;
            Self::list_audit(self, &filter).await.map_err(answer)
        })
    }
}

impl TemplateService for Client {
    fn list_templates(&self, caller: Caller) -> Answer<'_, Vec<Template>> {
        Box::pin(async move {
            require(&caller, Right::View, "Seeing templates")?;
            Self::list_templates(self).await.map_err(answer)
        })
    }

    fn get_template(&self, caller: Caller, id: Uuid) -> Answer<'_, Template> {
        Box::pin(async move {
            require(&caller, Right::View, "Seeing a template")?;
            Self::get_template(self, id).await.map_err(answer)
        })
    }

    fn save_template(&self, caller: Caller, template: Template) -> Answer<'_, Template> {
        Box::pin(async move {
            require(&caller, Right::Administer, "Managing templates")?;
            Self::save_template(self, &template).await.map_err(answer)
        })
    }

    fn remove_template(&self, caller: Caller, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move {
            require(&caller, Right::Administer, "Managing templates")?;
            Self::remove_template(self, id).await.map_err(answer)
        })
    }

    fn preview_template(&self, caller: Caller, template: Template, values: TemplateValues) -> Answer<'_, ProcessSpec> {
        Box::pin(async move {
            require(&caller, Right::Administer, "Managing templates")?;
            Self::preview_template(self, &template, &values).await.map_err(answer)
        })
    }

    fn start_template(&self, caller: Caller, id: Uuid, values: TemplateValues, reason: Option<String>) -> Answer<'_, Process> {
        Box::pin(async move {
            require(&caller, Right::Start, "Starting a template")?;
            Self::start_template(self, id, &values, reason.as_deref()).await.map_err(answer)
        })
    }
}

/// Refuses a caller who does not have a right, or has it for a part of the processes only.
fn require(caller: &Caller, right: Right, what: &str) -> Result<(), ApiError> {
    let refused = |message: String| Err(ApiError::new(ErrorCode::Forbidden, message));
    if !caller.may(right) {
        let right = right.as_str();
        return refused(format!("{what} needs the right \u{201c}{right}\u{201d}. Ask an administrator if you should have it."));
    }
    if !caller.grants.is_unlimited() {
        return refused(format!(
            "{what}: your rights are limited to some labels or templates, which the remote Execdeck does not know of. Whoever runs this \
             application can limit the rights of its token's owner there instead."
        ));
    }
    Ok(())
}

/// Refuses a caller who may not run any command they like.
fn require_free_commands(caller: &Caller, what: &str) -> Result<(), ApiError> {
    if caller.role == Role::Admin {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::Forbidden, format!("{what} is for administrators only. Ask one of them if you need it.")))
}

/// The same for a process, unless it was started from a template.
async fn require_command(client: &Client, caller: &Caller, id: Uuid, what: &str) -> Result<(), ApiError> {
    let Err(refusal) = require_free_commands(caller, what) else { return Ok(()) };
    let process = client.get_process(id).await.map_err(answer)?;
    if process.template.is_some() { Ok(()) } else { Err(refusal) }
}

/// What the caller gets to know of an error.
fn answer(error: ClientError) -> ApiError {
    match error {
        // It is not the caller who has to sign in.
        error if error.code() == Some(ErrorCode::Unauthorized) => {
            leptos::logging::error!("the remote Execdeck does not accept the token: {error}");
            ApiError::new(ErrorCode::Unavailable, "The remote Execdeck does not accept the token of this application.")
        }
        ClientError::Api(error) => error,
        // The address may not be for everybody.
        error => {
            leptos::logging::error!("the remote Execdeck cannot be reached: {error}");
            ApiError::new(ErrorCode::Unavailable, "The remote Execdeck cannot be reached. Try again in a few seconds.")
        }
    }
}

//! Templates: keeping them, and starting processes from them.

use super::{
    Caller, Deck, EngineError, answer, details,
    record::Act,
    rights::{may_manage_templates, may_start_templates, require},
};
use crate::{
    database::Database,
    templates::{self, Given, Rendered, Templates},
};
use execdeck_engine::{Origin, Vault};
use execdeck_wire::{ApiError, ErrorCode, ParameterType, Process, ProcessSpec, Right, Template, TemplateValues};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use uuid::Uuid;

/// The templates of a data folder, for the command line.
pub fn open_templates(folder: &Path, database: Database) -> Result<Templates, EngineError> {
    Ok(Templates::new(database, Arc::new(Vault::open(folder)?)))
}

impl Deck {
    /// The templates that the caller may see, by name.
    pub async fn list_templates(&self, caller: &Caller) -> Result<Vec<Template>, ApiError> {
        self.act(caller, "list_templates").check(require(caller, Right::View, "Seeing templates")).await?;
        let mut templates = self.templates.list().await?;
        templates.retain(|template| covers_template(caller, template));
        Ok(templates)
    }

    /// Finds a template; its secrets are masked.
    pub async fn get_template(&self, caller: &Caller, id: Uuid) -> Result<Template, ApiError> {
        let act = self.act(caller, "get_template").with_template(Some(id));
        act.check(require(caller, Right::View, "Seeing a template")).await?;
        self.covered_template(&act, id).await
    }

    /// Creates a template, or replaces the one with its id.
    pub async fn save_template(&self, caller: &Caller, template: Template) -> Result<Template, ApiError> {
        let act = self.act(caller, "save_template").with_template(template.id).named(&template.name);
        act.check(may_manage_templates(caller)).await?;
        let act = act.with(record(&template));
        let saved = act.run(async { Ok(self.templates.save(&caller.name, template).await?) }).await?;
        tracing::info!(id = saved.id.map(tracing::field::display), name = saved.name, caller = caller.name, "template saved");
        Ok(saved)
    }

    /// Removes a template; what was started from it stays.
    pub async fn remove_template(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        let act = self.act(caller, "remove_template").with_template(Some(id));
        act.check(may_manage_templates(caller)).await?;
        let name = self.templates.get(id).await?.name;
        act.named(&name).run(async { Ok(self.templates.remove(id).await?) }).await?;
        tracing::info!(%id, caller = caller.name, "template removed");
        Ok(())
    }

    /// Refuses a caller who may not save and remove templates.
    pub async fn require_managing_templates(&self, caller: &Caller) -> Result<(), ApiError> {
        self.act(caller, "save_template").check(may_manage_templates(caller)).await
    }

    /// Refuses a caller who may not start templates.
    pub async fn require_starting_templates(&self, caller: &Caller) -> Result<(), ApiError> {
        self.act(caller, "start_template").check(may_start_templates(caller)).await
    }

    /// What would be run with these values, secrets masked. The template need not be saved.
    pub async fn preview_template(&self, caller: &Caller, template: Template, values: TemplateValues) -> Result<ProcessSpec, ApiError> {
        self.act(caller, "preview_template").with_template(template.id).check(may_manage_templates(caller)).await?;
        Ok(render(template, values).await?.spec.masked())
    }

    /// What a start of a template with these values would run, secrets masked.
    pub async fn preview_start(&self, caller: &Caller, id: Uuid, values: TemplateValues) -> Result<ProcessSpec, ApiError> {
        let act = self.act(caller, "start_template").with_template(Some(id));
        let template = self.covered_template(&act, id).await?;
        act.check(may_start_templates(caller)).await?;
        Ok(render(template, values).await?.spec.masked())
    }

    /// The same as far as these values fit, for a form; and what is wrong with each that does not, by the name of its parameter.
    pub async fn preview_partly(
        &self,
        caller: &Caller,
        id: Uuid,
        values: TemplateValues,
    ) -> Result<(ProcessSpec, BTreeMap<String, String>), ApiError> {
        let act = self.act(caller, "start_template").with_template(Some(id));
        let template = self.covered_template(&act, id).await?;
        act.check(may_start_templates(caller)).await?;
        let (spec, misfits) = blocking(move || templates::render_partly(template, values)).await??;
        Ok((spec.masked(), misfits))
    }

    /// Starts a process from a template. It does not need the right to run any command.
    pub async fn start_template(
        &self,
        caller: &Caller,
        id: Uuid,
        values: TemplateValues,
        reason: Option<String>,
    ) -> Result<Process, ApiError> {
        let act = self.act(caller, "start_template").with_template(Some(id));
        self.covered_template(&act, id).await?;
        act.check(may_start_templates(caller)).await?;
        let template = self.templates.get_with_secrets(id).await?;
        let reason = templates::check_reason(template.reason, reason.as_deref())?;
        let Rendered { spec, given } = render(template, values).await?;
        let act = act.named(&spec.display_name()).because(reason.clone()).with(json!({ "values": given.values }));
        let process = self.start(act, Some(origin(id, &given)), spec).await?;
        tracing::info!(id = %process.id, template = %id, caller = caller.name, reason, state = process.state.as_str(), "started from a template");
        Ok(process)
    }

    /// Starts the template of a process again, as it is now, with the same values. `ask`: only if it asks no question beforehand.
    pub(super) async fn start_template_again(&self, act: Act<'_>, of: &Process, id: Uuid, ask: bool) -> Result<Process, ApiError> {
        let act = act.with_template(Some(id));
        let template = match self.templates.get_with_secrets(id).await.map_err(ApiError::from) {
            Ok(template) if covers_template(act.caller(), &template) => template,
            Err(error) if error.code != ErrorCode::NotFound => return Err(error),
            Ok(_) => {
                act.refused(NOT_COVERED).await;
                return Err(gone());
            }
            Err(_) => return Err(gone()),
        };
        let no_reason = templates::check_reason(template.reason, None).map_err(|error| {
            let message = "Its template is only started with a reason. Start the template with these values and say why.";
            ApiError { message: message.into(), ..error }
        });
        no_reason?;
        if let Some(question) = template.confirm.as_ref().filter(|_| ask) {
            return Err(ApiError { field: Some("confirm".into()), ..ApiError::new(ErrorCode::Conflict, question) });
        }
        let values = self.given(of.id).await?.for_template(&template).map_err(no_longer_fits)?;
        let Rendered { spec, given } = render(template, values).await.map_err(no_longer_fits)?;
        let act = act.named(&spec.display_name()).with(json!({ "again": of.id, "values": given.values }));
        let process = self.start(act, Some(origin(id, &given)), spec).await?;
        tracing::info!(id = %process.id, of = %of.id, template = %id, caller = process.started_by, state = process.state.as_str(), "run again");
        Ok(process)
    }

    /// Which template a process was started from, with which values, and which parameters had a secret; the secrets are left
    /// out. `null` is a parameter without a value.
    pub async fn template_values_of(&self, caller: &Caller, process: Uuid) -> Result<(Uuid, TemplateValues, Vec<String>), ApiError> {
        let process = self.get(caller, process).await?;
        let Some(template) = process.template else {
            return Err(ApiError::new(ErrorCode::Conflict, format!("{} was not started from a template.", process.name)));
        };
        let given = self.given(process.id).await?;
        let secrets = given.secret_names();
        Ok((template, given.values, secrets))
    }

    /// The files that a parameter of a template can have, relative to its folder: 1000 at most.
    pub async fn template_files(&self, caller: &Caller, id: Uuid, parameter: &str) -> Result<Vec<String>, ApiError> {
        let act = self.act(caller, "start_template").with_template(Some(id));
        let template = self.covered_template(&act, id).await?;
        act.check(may_start_templates(caller)).await?;
        let found = template.parameters.into_iter().find(|found| found.name == parameter && found.kind == ParameterType::File);
        let Some(folder) = found.and_then(|parameter| parameter.folder) else {
            return Err(ApiError::new(ErrorCode::NotFound, format!("The template has no parameter “{parameter}” for a file.")));
        };
        let listed = blocking(move || templates::list_files(&folder)).await?;
        listed.map_err(|message| ApiError::new(ErrorCode::Unavailable, message))
    }

    /// Saves all templates of a file or, if one of them cannot be saved, none.
    pub async fn import_templates(&self, caller: &Caller, toml: &str) -> Result<Vec<Template>, ApiError> {
        let act = self.act(caller, "import_templates");
        act.check(may_manage_templates(caller)).await?;
        self.import(act, templates::parse(toml)?).await
    }

    /// The file of these templates, or of all of them; secrets are not part of it.
    pub async fn export_templates(&self, caller: &Caller, ids: Option<Vec<Uuid>>) -> Result<String, ApiError> {
        self.act(caller, "export_templates").check(may_manage_templates(caller)).await?;
        let all = self.templates.list().await?;
        let Some(ids) = ids else { return Ok(templates::export(&all)) };
        let wanted = ids.iter().map(|id| {
            let found = all.iter().find(|template| template.id == Some(*id));
            found.cloned().ok_or_else(|| Templates::not_found(*id))
        });
        Ok(templates::export(&wanted.collect::<Result<Vec<_>, _>>()?))
    }

    /// Examples to import. They have no ids.
    pub fn library() -> Vec<Template> {
        templates::library()
    }

    /// Saves the examples with these names or, if one of them cannot be saved, none.
    pub async fn import_library(&self, caller: &Caller, names: Vec<String>) -> Result<Vec<Template>, ApiError> {
        let act = self.act(caller, "import_templates");
        act.check(may_manage_templates(caller)).await?;
        let examples = templates::library();
        let wanted = names.iter().map(|name| {
            let found = examples.iter().find(|example| example.name == *name);
            found.cloned().ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("There is no example “{name}”.")))
        });
        self.import(act, wanted.collect::<Result<_, _>>()?).await
    }

    async fn import(&self, act: Act<'_>, templates: Vec<Template>) -> Result<Vec<Template>, ApiError> {
        let caller = act.caller().name.clone();
        let act = act.with(json!({ "templates": templates.iter().map(record).collect::<Vec<_>>() }));
        let saved = act.run(async { Ok(self.templates.import(Some(&caller), templates).await?) }).await?;
        for template in &saved {
            let id = template.id.map(tracing::field::display);
            tracing::info!(id, name = template.name, caller, "template imported");
        }
        Ok(saved)
    }

    async fn given(&self, process: Uuid) -> Result<Given, ApiError> {
        let lost = || ApiError::new(ErrorCode::Conflict, "The values that it was started with are no longer stored.");
        let origin = self.engine.origin(process).await.map_err(answer)?.ok_or_else(lost)?;
        serde_json::from_value(origin.values).map_err(|_| lost())
    }

    /// A template, if it exists for the caller. That they were kept from it is on record; they learn only that there is none.
    async fn covered_template(&self, act: &Act<'_>, id: Uuid) -> Result<Template, ApiError> {
        let template = self.templates.get(id).await?;
        if covers_template(act.caller(), &template) {
            return Ok(template);
        }
        act.refused(NOT_COVERED).await;
        Err(Templates::not_found(id))
    }
}

/// What is on record of a template that is saved.
pub fn record(template: &Template) -> Value {
    let mut parameters = template.parameters.clone();
    for parameter in parameters.iter_mut().filter(|parameter| parameter.kind == ParameterType::Secret) {
        // It is refused, but only after it is on record that it was sent.
        parameter.default = None;
    }
    json!({ "id": template.id, "name": template.name, "spec": details(&template.spec), "parameters": parameters })
}

fn origin(template: Uuid, given: &Given) -> Origin {
    Origin { template, values: serde_json::to_value(given).expect("values are JSON") }
}

const NOT_COVERED: &str = "It is not among the templates that their rights are limited to.";

const GONE: &str = "The template that it was started from does not exist any more. Choose \"Edit and run\", or ask an administrator.";

fn gone() -> ApiError {
    ApiError::new(ErrorCode::Conflict, GONE)
}

/// Whether a template exists for a caller.
fn covers_template(caller: &Caller, template: &Template) -> bool {
    caller.covers(&template.spec.labels, template.id)
}

fn no_longer_fits(error: ApiError) -> ApiError {
    if error.code != ErrorCode::BadRequest {
        return error;
    }
    let parameter = error.field.as_ref().map_or_else(String::new, |field| format!("{field}: "));
    let message = format!("The values that it was started with no longer fit its template. {parameter}{}", error.message);
    ApiError { code: ErrorCode::Conflict, message, field: error.field }
}

/// Files may be looked for on a slow disk.
async fn render(template: Template, values: TemplateValues) -> Result<Rendered, ApiError> {
    blocking(move || templates::render(&template, &values)).await?
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    let interrupted = |_| ApiError::new(ErrorCode::Unavailable, "The server is stopping. Try again when it is back.");
    tokio::task::spawn_blocking(work).await.map_err(interrupted)
}

//! Starting a template.

use super::{
    super::visit::{Visit, problem, respond, respond_scripted},
    fill::{self, Filled},
    find, key_of, last, say,
};
use crate::{deck::Caller, web::form_memory::Start};
use axum::{
    Json,
    extract::{Form, Path, Query},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use execdeck_app::{
    form::template::{Typed, read_values},
    plain::templates::{Preview, StartPage, start, start_question},
    t,
};
use execdeck_wire::{ApiError, ErrorCode, ParameterType, ReasonRule, Template, TemplateValues};
use serde_json::Value;
use uuid::Uuid;

/// The form, filled in. It starts nothing, whatever is in the link.
pub(super) async fn page(visit: Visit, Path(id): Path<String>, Query(link): Query<Vec<(String, String)>>) -> Response {
    let form = async {
        let caller = visit.caller()?;
        visit.app.deck.require_starting_templates(&caller).await?;
        let (id, template) = find(&visit, &caller, &id).await?;
        let mut filled = fill::fill(&visit.app.deck, &caller, id, &template, &link).await;
        let values = read_values(&template.parameters, &filled.typed);
        let preview = match visit.app.deck.preview_partly(&caller, id, values).await {
            Ok((spec, misfits)) => {
                filled.note_misfits(&template, &misfits);
                Preview::of(&spec, None)
            }
            Err(_) => Preview::of(&template.spec, None),
        };
        let Filled { typed, preset, notes, .. } = filled;
        let files = fill::files(&visit.app.deck, &caller, id, &template).await;
        Ok::<_, ApiError>(StartPage {
            template,
            key: Uuid::now_v7(),
            typed,
            preset,
            notes,
            files,
            preview: Some(preview),
            ..StartPage::default()
        })
    };
    match form.await {
        Ok(form) => respond_scripted(StatusCode::OK, start(&visit.page, &form)),
        Err(error) => visit.refuse(error),
    }
}

/// The form as it was sent.
struct Sent {
    caller: Caller,
    person: Uuid,
    id: Uuid,
    template: Template,
    key: Uuid,
    typed: Typed,
    values: TemplateValues,
    /// The values without kept secrets, if there are such secrets.
    without_secrets: Option<TemplateValues>,
    reason: String,
}

pub(super) async fn send(visit: Visit, Path(id): Path<String>, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let sent = match Sent::read(&visit, &id, &pairs).await {
        Ok(sent) => sent,
        Err(error) => return visit.refuse(error),
    };
    match last(&pairs, "do") {
        "live" => Json(sent.preview(&visit).await).into_response(),
        "preview" | "edit" => sent.show(&visit, StatusCode::OK, None).await,
        "confirmed" => sent.with_kept_secrets(&visit).start(&visit).await,
        _ if sent.template.confirm.is_some() => sent.ask(&visit).await,
        _ => sent.start(&visit).await,
    }
}

impl Sent {
    async fn read(visit: &Visit, id: &str, pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let (caller, person) = (visit.caller()?, visit.person()?);
        visit.app.deck.require_starting_templates(&caller).await?;
        let (id, template) = find(visit, &caller, id).await?;
        let typed = fill::typed_of(&template, pairs);
        let values = read_values(&template.parameters, &typed);
        let reason = last(pairs, "reason").trim().to_owned();
        Ok(Self { caller, person, id, template, key: key_of(pairs), typed, values, without_secrets: None, reason })
    }

    /// What would be run, or why not.
    async fn preview(&self, visit: &Visit) -> Preview {
        match visit.app.deck.preview_start(&self.caller, self.id, self.values.clone()).await {
            Ok(spec) => Preview::of(&spec, None),
            Err(error) => {
                let problem = Some(say(&self.template, error));
                // What fits is shown nevertheless.
                match visit.app.deck.preview_partly(&self.caller, self.id, self.values.clone()).await {
                    Ok((spec, _)) => Preview::of(&spec, problem),
                    Err(_) => Preview::of(&self.template.spec, problem),
                }
            }
        }
    }

    async fn start(self, visit: &Visit) -> Response {
        let reason = Some(self.reason.clone()).filter(|reason| !reason.is_empty());
        let start = Start { person: self.person, key: self.key, template: self.id, values: &self.values, reason: reason.as_deref() };
        let (deck, caller, id, values, given) = (visit.app.deck.clone(), self.caller.clone(), self.id, self.values.clone(), reason.clone());
        let work = async move { deck.start_template(&caller, id, values, given).await.map(|process| process.id) };
        match visit.app.forms.start_once(&start, work).await {
            Ok(process) => {
                // The same form may come once more, and then has no secrets any more.
                if let Some(values) = &self.without_secrets {
                    visit.app.forms.remember_start(&Start { values, ..start }, process);
                }
                visit.app.forms.forget_secrets(self.person, self.key);
                visit.redirect(&format!("/admin/exec/{process}"))
            }
            Err(error) => self.show(visit, StatusCode::BAD_REQUEST, Some(error)).await,
        }
    }

    /// Asks the template's question, if everything else is in order.
    async fn ask(self, visit: &Visit) -> Response {
        if self.template.reason == ReasonRule::Required && self.reason.is_empty() {
            let error = ApiError::new(ErrorCode::BadRequest, t!("Enter a reason; this template asks for one."));
            return self.show(visit, StatusCode::BAD_REQUEST, Some(ApiError { field: Some("reason".into()), ..error })).await;
        }
        let spec = match visit.app.deck.preview_start(&self.caller, self.id, self.values.clone()).await {
            Ok(spec) => spec,
            Err(error) => return self.show(visit, StatusCode::BAD_REQUEST, Some(error)).await,
        };
        let secrets = self.secret_names().filter_map(|name| Some((name.clone(), self.values.get(name)?.as_str()?.to_owned())));
        visit.app.forms.keep_secrets(self.person, self.key, secrets.collect());
        let Self { template, key, typed, reason, .. } = self;
        let form = StartPage { template, key, typed, reason, preview: Some(Preview::of(&spec, None)), ..StartPage::default() };
        respond(StatusCode::OK, start_question(&visit.page, &form))
    }

    fn secret_names(&self) -> impl Iterator<Item = &String> {
        self.template.parameters.iter().filter(|parameter| parameter.kind == ParameterType::Secret).map(|parameter| &parameter.name)
    }

    /// The secrets that were entered before the question was asked.
    fn with_kept_secrets(mut self, visit: &Visit) -> Self {
        let mut kept = visit.app.forms.secrets(self.person, self.key);
        kept.retain(|name, _| self.secret_names().any(|known| known == name));
        self.without_secrets = (!kept.is_empty()).then(|| self.values.clone());
        self.values.extend(kept.into_iter().map(|(name, value)| (name, Value::String(value))));
        self
    }

    /// Shows the form again with what was typed, and what is wrong.
    async fn show(self, visit: &Visit, status: StatusCode, error: Option<ApiError>) -> Response {
        let preview = Some(self.preview(visit).await);
        let files = fill::files(&visit.app.deck, &self.caller, self.id, &self.template).await;
        let fields: Vec<_> = self.template.parameters.iter().map(|parameter| parameter.name.as_str()).chain(["reason"]).collect();
        let (status, problem) = error.map_or((status, None), |error| problem("", &fields, error));
        let Self { template, key, typed, reason, .. } = self;
        let form = StartPage { template, key, typed, reason, files, preview, problem, ..StartPage::default() };
        respond_scripted(status, start(&visit.page, &form))
    }
}

//! Starting a template.

use super::{
    deck::Deck,
    fields::{parameter_field, reason_field},
    values::{Entered, FieldProblem, REASON, asks_reason, needs_form},
};
use crate::{
    api::{CallError, get_template, start_template},
    browser::{self, ProcessEvent},
    live::{PAUSE, Rounds},
    texts::t,
    wire::{ApiError, ErrorCode, Process, Right, Template},
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use uuid::Uuid;

/// Starts within this time, in milliseconds, are one: a double click.
const ONE_PRESS: u32 = 1000;

/// Starts a template: a button, or a form if the template has required parameters, takes a reason or asks a question first. The
/// server checks all values, and what is wrong is said at its field.
///
/// ```no_run
/// use execdeck_app::{
///     embed::{Execdeck, StartTemplate},
///     wire::Process,
/// };
/// use leptos::prelude::*;
/// use uuid::Uuid;
///
/// #[component]
/// fn Backup(template: Uuid) -> impl IntoView {
///     let started = |process: Process| leptos::logging::log!("{} has started", process.name);
///     view! { <Execdeck base="/deck"><StartTemplate id=template label="Back up now" on_start=started/></Execdeck> }
/// }
/// ```
#[component]
pub fn StartTemplate(
    /// Which template; nothing is shown for none.
    #[prop(into)]
    id: Signal<Option<Uuid>>,
    /// The text of the button; the template's name by default.
    #[prop(optional, into)]
    label: Option<String>,
    /// Called with the process that has started.
    #[prop(optional, into)]
    on_start: Option<Callback<Process>>,
) -> impl IntoView {
    let deck = Deck::of_component();
    let id = Memo::new(move |_| id.get());
    move || id.get().map(|id| view! { <Loaded deck=deck.clone() id label=label.clone() on_start/> })
}

#[component]
fn Loaded(deck: Deck, id: Uuid, label: Option<String>, on_start: Option<Callback<Process>>) -> impl IntoView {
    let template = RwSignal::new(None::<Result<Template, String>>);
    // Whether something has been entered.
    let touched = RwSignal::new(false);
    let rounds = Rounds::new();
    let asked = deck.clone();
    let load = move || {
        let Some(round) = rounds.begin() else { return };
        let deck = asked.clone();
        spawn_local(async move {
            while rounds.is_current(round) {
                let found = match deck.ask(get_template(id)).await {
                    Ok(template) => Ok(template),
                    Err(CallError(error)) if error.code.is_temporary() => {
                        browser::sleep(PAUSE).await;
                        continue;
                    }
                    Err(CallError(error)) => Err(error.message),
                };
                // A form that is there keeps what is in it.
                let stays = |known: &Option<_>| known.as_ref() == Some(&found) || (touched.get_untracked() && matches!(known, Some(Ok(_))));
                if template.try_with_untracked(stays) == Some(false) {
                    template.try_set(Some(found));
                }
                return;
            }
        });
    };
    Effect::new({
        let load = load.clone();
        move |_| load()
    });
    deck.events.listen(move |event| {
        // The server may be another build, the template may have changed, or the person may have got the right to see it.
        if matches!(event, ProcessEvent::Connected) {
            load();
        }
    });
    move || match template.get() {
        None => view! { <p class="execdeck-notice" role="status">{t!("Loading…")}</p> }.into_any(),
        Some(Err(why)) => view! { <p class="execdeck-error" role="alert">{why}</p> }.into_any(),
        Some(Ok(template)) => view! { <Form deck=deck.clone() id template label=label.clone() touched on_start/> }.into_any(),
    }
}

#[component]
fn Form(
    deck: Deck,
    id: Uuid,
    template: Template,
    label: Option<String>,
    touched: RwSignal<bool>,
    on_start: Option<Callback<Process>>,
) -> impl IntoView {
    let may_start = Memo::new({
        let deck = deck.clone();
        move |_| deck.may(Right::Start)
    });
    let form = State::default();
    deck.events.listen(move |event| {
        if matches!(event, ProcessEvent::Connected) {
            form.reconnect();
        }
    });
    let element = NodeRef::<html::Form>::new();
    let label = label.unwrap_or_else(|| template.name.clone());
    let template = StoredValue::new(template);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() || form.just_started.get_untracked() || !may_start.get_untracked() {
            return;
        }
        let pairs = browser::form_pairs(&event);
        let entered = template.with_value(|template| {
            let entered = Entered::from_pairs(template, pairs);
            form.begin(entered.missing(template));
            let asks = |question: &String| browser::confirm(question);
            let is_ready = form.problems.with_untracked(Vec::is_empty) && template.confirm.as_ref().is_none_or(asks);
            is_ready.then_some(entered)
        });
        let Some(Entered { values, reason }) = entered else { return browser::focus_invalid_in(element) };
        let deck = deck.clone();
        form.busy.set(true);
        spawn_local(async move {
            // Asked once only: it may have started something although no answer came.
            match deck.below(start_template(id, values, reason)).await {
                Ok(process) => {
                    form.succeed(&process);
                    // Nothing stays in the fields, and no secret.
                    browser::reset_form(element);
                    touched.try_set(false);
                    if let Some(on_start) = on_start {
                        on_start.try_run(process);
                    }
                }
                Err(CallError(error)) => {
                    let _ = template.try_with_value(|template| form.fail(template, error));
                    browser::focus_invalid_in(element);
                }
            }
            form.busy.try_set(false);
            // The second half of a double click starts nothing.
            if form.just_started.try_get_untracked() == Some(true) {
                browser::sleep(ONE_PRESS).await;
                form.just_started.try_set(false);
            }
        });
    };
    let fields = template.with_value(|template| needs_form(template).then(|| fields_of(template, form.problems)));
    let class = if fields.is_some() { "execdeck-start execdeck-form" } else { "execdeck-start" };
    view! {
        <form class=class node_ref=element on:submit=submit on:input=move |_| touched.set(true) novalidate>
            {fields}
            <p class="execdeck-error" role="alert" hidden=move || form.error.with(String::is_empty)>{form.error}</p>
            <div class="execdeck-end">
                <button type="submit" class="execdeck-button execdeck-primary" disabled=move || !may_start.get()
                    aria-disabled=move || form.busy.get().then_some("true") aria-busy=move || form.busy.get().to_string()>{label}</button>
                <span class="execdeck-hint" role="status">{form.status}</span>
                <span class="execdeck-hint" hidden=may_start>{t!("You are not allowed to start templates.")}</span>
            </div>
        </form>
    }
}

fn fields_of(template: &Template, problems: RwSignal<Vec<FieldProblem>>) -> AnyView {
    let description = (!template.description.is_empty()).then(|| view! { <p class="execdeck-hint">{template.description.clone()}</p> });
    let fields: Vec<_> = template.parameters.iter().map(|parameter| parameter_field(parameter, problems)).collect();
    let reason = asks_reason(template).then(|| reason_field(template.reason, problems));
    view! { {description}{fields}{reason} }.into_any()
}

/// What a form shows besides its fields.
#[derive(Clone, Copy, Default)]
struct State {
    busy: RwSignal<bool>,
    problems: RwSignal<Vec<FieldProblem>>,
    /// What is wrong and belongs to no field.
    error: RwSignal<String>,
    status: RwSignal<String>,
    /// Whether the error is one of the connection or of signing in, and past once events come again.
    passes: RwSignal<bool>,
    /// Whether something was started a moment ago.
    just_started: RwSignal<bool>,
}

impl State {
    fn begin(self, problems: Vec<FieldProblem>) {
        self.problems.set(problems);
        self.error.set(String::new());
        self.status.set(String::new());
    }

    fn succeed(self, process: &Process) {
        self.status.try_set(t!("Started {name}", name = process.name));
        self.just_started.try_set(true);
    }

    /// Events come again.
    fn reconnect(self) {
        if self.passes.try_get_untracked() == Some(true) {
            self.error.try_set(String::new());
        }
    }

    fn fail(self, template: &Template, error: ApiError) {
        let is_shown = |field: &String| {
            needs_form(template)
                && (template.parameters.iter().any(|parameter| parameter.name == *field) || (asks_reason(template) && field == REASON))
        };
        self.passes.try_set(matches!(error.code, ErrorCode::Unavailable | ErrorCode::Unauthorized));
        match error.field.filter(is_shown) {
            Some(field) => drop(self.problems.try_set(vec![(field, error.message)])),
            None => drop(self.error.try_set(error.message)),
        }
    }
}

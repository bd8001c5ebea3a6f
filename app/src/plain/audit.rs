//! The audit: who did what, when and from where, and what was refused.

use super::{
    PageContext, Problem,
    audit_names::{ACTIONS, words},
    document::document,
    fields::{form_error, id},
};
use crate::{
    address::encode,
    format,
    texts::t,
    wire::{AuditEntry, AuditOutcome, AuditPage, Timestamp},
};
use leptos::prelude::*;
use serde_json::Value;
use uuid::Uuid;

/// What the form asks for, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct AuditForm {
    /// Who did it.
    pub person: String,
    /// What was done.
    pub action: String,
    /// What came of it.
    pub outcome: String,
    /// The id or the name of what it was done to.
    pub target: String,
    /// The first day, such as `2026-11-28`.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// The entries, newest first.
    pub page: AuditPage,
    /// The form.
    pub form: AuditForm,
    /// When the first day begins.
    pub since: Option<Timestamp>,
    /// When the last day ends.
    pub until: Option<Timestamp>,
    /// Whether it is not the first page.
    pub is_later: bool,
    /// What is wrong with the form.
    pub problem: Option<String>,
}

const PATH: &str = "/admin/audit";

/// The page of the audit.
pub fn audit(page: &PageContext, audit: &Audit) -> String {
    let now = Timestamp::now();
    let problem = audit.problem.clone().map(|message| Problem { form: PATH.into(), field: String::new(), message });
    let rows = audit.page.entries.iter().map(|entry| row(page, entry, now)).collect_view();
    let list = if audit.page.entries.is_empty() {
        view! { <p class="muted">{t!("No entry matches.")}</p> }.into_any()
    } else {
        let headings =
            [t!("Time (UTC)"), t!("Who"), t!("What"), t!("On what"), t!("Outcome"), t!("From")].map(|heading| view! { <th>{heading}</th> });
        view! {
            <div class="table blocks audit">
                <table>
                    <thead><tr>{headings.into_iter().collect_view()}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let older = audit.page.next.map(|next| {
        let address = page.href(&format!("{PATH}?{}", query(&audit.form, &[("before", &next.to_string())])));
        view! { <a class="button" href=address>{t!("Older")}</a> }
    });
    let newest = audit.is_later.then(|| {
        let address = page.href(&format!("{PATH}?{}", query(&audit.form, &[])));
        view! { <a class="button" href=address>{t!("Newest")}</a> }
    });
    document(page, t!("Audit"), None, || {
        view! {
            <section class="page">
                <h1>{t!("Audit")}</h1>
                {form_error(problem.as_ref())}
                {filters(page, &audit.form)}
                {list}
                <nav class="audit-more" aria-label=t!("Pages")>{newest}{older}{exports(page, audit)}</nav>
            </section>
        }
    })
}

fn filters(page: &PageContext, form: &AuditForm) -> impl IntoView + use<> {
    let field = |name: &'static str, label: &'static str, kind: &'static str, value: &str| {
        let id = id(PATH, name);
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input id=id name=name type=kind value=value.to_owned() autocomplete="off" autocapitalize="none" spellcheck="false"/>
            </div>
        }
    };
    let choice = |name: &'static str, label: &'static str, chosen: &str, values: Vec<String>| {
        let id = id(PATH, name);
        let options = values.into_iter().map(|value| {
            let selected = value == chosen;
            view! { <option value=value.clone() selected=selected>{words(&value)}</option> }
        });
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <select id=id name=name><option value="">{t!("any")}</option>{options.collect_view()}</select>
            </div>
        }
    };
    let mut actions: Vec<String> = ACTIONS.map(str::to_owned).into();
    if !form.action.is_empty() && !actions.contains(&form.action) {
        actions.push(form.action.clone());
    }
    let outcomes = AuditOutcome::ALL.map(|outcome| outcome.as_str().to_owned()).into();
    view! {
        <form class="card audit-filters" method="get" action=page.href(PATH)>
            {field("person", t!("Person"), "text", &form.person)}
            {choice("action", t!("Action"), &form.action, actions)}
            {choice("outcome", t!("Outcome"), &form.outcome, outcomes)}
            {field("target", t!("On what (id or name)"), "text", &form.target)}
            {field("from", t!("From (UTC)"), "date", &form.from)}
            {field("until", t!("Until"), "date", &form.until)}
            <div class="form-end">
                <a class="button ghost" href=page.href(PATH)>{t!("Clear")}</a>
                <button class="primary" type="submit">{t!("Filter")}</button>
            </div>
        </form>
    }
}

fn row(page: &PageContext, entry: &AuditEntry, now: Timestamp) -> impl IntoView + use<> {
    let time = entry.time.to_string();
    let shown = time.get(..19).unwrap_or(&time).replace('T', " ");
    let age = format::ago(now.as_millis() - entry.time.as_millis());
    let who = entry
        .person
        .clone()
        .unwrap_or_else(|| if entry.via == "server" { t!("the server").into() } else { t!("somebody not signed in").into() });
    let how = match &entry.token {
        Some(label) => t!("token “{label}”", label),
        None if matches!(entry.via.as_str(), "nothing" | "server") => String::new(),
        None => words(&entry.via),
    };
    let count = entry.count.map(|count| format!(" \u{d7} {count}"));
    let hue = match entry.outcome {
        AuditOutcome::Allowed => "state succeeded",
        AuditOutcome::Refused | AuditOutcome::Failed => "state failed",
        AuditOutcome::Unknown => "state neutral",
    };
    let details = entry.details.as_ref().map(|details| lines_of(&entry.action, details));
    let reason = entry.reason.as_ref().map(|reason| view! { <p>{t!("Reason: {reason}", reason)}</p> });
    let error = entry.error.as_ref().map(|error| view! { <p>{error.clone()}</p> });
    let of = entry.of.map(|of| view! { <p class="muted">{t!("see entry {number}", number = of)}</p> });
    view! {
        <tr>
            <td data-label=t!("Time")><time datetime=time.clone() title=age>{shown}</time><span class="muted">{format!(" #{}", entry.seq)}</span></td>
            <td data-label=t!("Who")><span translate=entry.person.is_some().then_some("no")>{who}</span><p class="muted">{how}</p></td>
            <td data-label=t!("What")>{words(&entry.action)}{count}{details}{reason}</td>
            <td data-label=t!("On what")>{target(page, entry)}</td>
            <td data-label=t!("Outcome")><span class=hue>{words(entry.outcome.as_str())}</span>{error}{of}</td>
            <td data-label=t!("From")>{entry.address.clone()}</td>
        </tr>
    }
}

/// So many lines of details are shown at once.
const LINES_SHOWN: usize = 4;

/// With which parameters: a line for each, the place of nested ones before it, as in `spec.program`.
fn lines_of(action: &str, details: &Value) -> impl IntoView + use<> {
    let mut lines = Vec::new();
    flatten(String::new(), details, &mut lines);
    // The command reads best as one types it.
    lines.sort_by_key(|(place, _)| match place.rsplit('.').next() {
        Some("program") => 0,
        Some("args") => 1,
        _ => 2,
    });
    // What was refused is counted by its reason, which is a name.
    let is_counted = action == "request";
    let lines = lines.into_iter().map(|(place, value)| {
        view! { <li><span class="muted" translate=(!is_counted).then_some("no")>{if is_counted { words(&place) } else { place }}</span>" "<code translate="no">{value}</code></li> }
    });
    let mut shown = lines.collect::<Vec<_>>();
    let rest = shown.split_off(shown.len().min(LINES_SHOWN));
    let rest = (!rest.is_empty()).then(|| {
        view! {
            <details class="audit-rest">
                <summary>{t!("{count} more", count = rest.len())}</summary>
                <ul class="audit-details">{rest}</ul>
            </details>
        }
    });
    view! { <ul class="audit-details">{shown}</ul> {rest} }
}

/// Texts are shown as they are, lists and other values as JSON.
fn flatten(place: String, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let nested = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                flatten(nested, value, lines);
            }
        }
        Value::Null => {}
        Value::String(text) => lines.push((place, text.clone())),
        other => lines.push((place, other.to_string())),
    }
}

/// What it was done to; a process is a link, which says so if there is none any more.
fn target(page: &PageContext, entry: &AuditEntry) -> AnyView {
    // Of an id its beginning: the rest is in the title.
    let short = |id: &str| if Uuid::parse_str(id).is_ok() { format!("{}\u{2026}", &id[..8]) } else { id.to_owned() };
    let id = entry.target.as_deref().map(short);
    let name = entry.target_name.clone().or(id).unwrap_or_default();
    let is_process = entry.action.ends_with("_process") || entry.action.ends_with("_input") || entry.action == "start_template";
    match entry.target.as_ref().filter(|_| is_process && entry.action != "remove_process") {
        Some(id) => view! { <a href=page.href(&format!("/admin/exec/{id}")) title=id.clone() translate="no">{name}</a> }.into_any(),
        None => view! { <span title=entry.target.clone() translate="no">{name}</span> }.into_any(),
    }
}

/// Links to all that the filter finds, as files.
fn exports(page: &PageContext, audit: &Audit) -> impl IntoView + use<> {
    let form = AuditForm { from: String::new(), until: String::new(), ..audit.form.clone() };
    let times = [("since", audit.since), ("until", audit.until)];
    let link = |format: &'static str, text: &'static str| {
        let times = times.map(|(name, time)| (name, time.map(|time| time.to_string()).unwrap_or_default()));
        let more = [("format", format), (times[0].0, times[0].1.as_str()), (times[1].0, times[1].1.as_str())];
        view! { <a href=page.href(&format!("/api/audit?{}", query(&form, &more))) download="" translate="no">{text}</a> }
    };
    view! { <span class="muted audit-exports">{t!("Download:")}" " {link("jsonl", "JSON Lines")} ", " {link("csv", "CSV")}</span> }
}

/// The form in an address, without what is empty.
fn query(form: &AuditForm, more: &[(&str, &str)]) -> String {
    let fields: [(&str, &str); 6] = [
        ("person", &form.person),
        ("action", &form.action),
        ("outcome", &form.outcome),
        ("target", &form.target),
        ("from", &form.from),
        ("until", &form.until),
    ];
    let pairs = fields.iter().chain(more).filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

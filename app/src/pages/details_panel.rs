//! The details of a process, beside its output.

use super::{attempts::Attempts, settings};
use crate::{
    address::href,
    components::Time,
    format,
    texts::{markup, plural, t},
    wire::{OutputRange, Process, Timestamp, Usage},
};
use leptos::prelude::*;
use uuid::Uuid;

/// All details of a process.
#[component]
pub(super) fn DetailsPanel(process: RwSignal<Process>, now: Signal<i64>) -> impl IntoView {
    let first = process.get_untracked();
    let command = first.spec.command_line();
    let variables =
        first.spec.env.keys().map(|name| (name.clone(), false)).chain(first.spec.secret_env.keys().map(|name| (name.clone(), true)));
    let variables: Vec<_> = variables.collect();
    let labels: Vec<_> = first.spec.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let fixed = |text: String| Signal::stored(text);
    let live = move |read: fn(&Process) -> String| Signal::derive(move || process.with(read));
    let moment = move |read: fn(&Process) -> Option<Timestamp>| Signal::derive(move || process.with(read));
    let spec = &first.spec;
    let state = vec![
        (t!("State"), live(format::state_sentence)),
        (
            t!("Current usage"),
            live(|process| process.usage.filter(|_| process.state.is_active()).as_ref().map(usage_text).unwrap_or_default()),
        ),
        (t!("Limit reached"), live(|process| process.limit_hit.as_deref().map(limit_name).unwrap_or_default().to_owned())),
        (t!("PID"), live(|process| process.pid.map_or("–".into(), |pid| pid.to_string()))),
        (t!("CPU time"), live(|process| process.usage.map_or("–".into(), |usage| format::duration(usage.cpu_ms)))),
        (t!("Peak memory"), live(|process| process.usage.map_or("–".into(), |usage| format::size(usage.peak_memory_bytes)))),
        (t!("Output"), live(output_text)),
    ];
    let own = vec![
        (t!("Started by"), fixed(first.started_by.clone())),
        (t!("Working directory"), fixed(spec.cwd.clone().unwrap_or_else(|| t!("Home directory").into()))),
    ];
    let asked = vec![
        (t!("Input and output"), fixed(if spec.terminal.is_some() { t!("Terminal").into() } else { t!("Pipes").into() })),
        (t!("Timeout"), fixed(spec.timeout_seconds.map_or(t!("None").into(), |seconds| format::duration(seconds * 1000)))),
        (
            t!("Stop signal"),
            fixed(t!("{signal}, then KILL after {seconds} s", signal = spec.stop.signal, seconds = spec.stop.grace_seconds)),
        ),
        (t!("Limits"), fixed(settings::limits(spec))),
        (t!("Restart"), fixed(settings::restart(spec))),
        (t!("Runs as"), fixed(settings::user(spec))),
        (t!("Sandbox"), fixed(settings::sandbox(spec))),
    ];
    let (class, label, path) = match first.template {
        Some(template) => {
            ("button small", t!("Run with other values"), format!("/admin/exec/templates/{template}/start?from={}", first.id))
        }
        None => ("button small save-as", t!("Save as template"), format!("/admin/exec/templates/new?from={}", first.id)),
    };
    view! {
        <dl class="details">
            <div><dt>{t!("Command")}</dt><dd><code translate="no">{command}</code></dd></div>
            {rows(state, None)}
            <Attempts process now/>
            <div><dt>{t!("Started")}</dt><dd><Time time=moment(|process| process.started_at)/></dd></div>
            <div><dt>{t!("Ended")}</dt><dd><Time time=moment(|process| process.ended_at)/></dd></div>
            {rows(own, Some("no"))}
            {rows(asked, None)}
            {(!labels.is_empty()).then(|| view! {
                <div><dt>{t!("Labels")}</dt><dd>{labels.into_iter().map(|label| view! { <span class="label" translate="no">{label}</span> }).collect_view()}</dd></div>
            })}
            {(!variables.is_empty()).then(|| view! {
                <div><dt>{t!("Environment")}</dt><dd>{variables.into_iter().map(|(name, secret)| view! {
                    <code class="label" translate="no">{if secret { t!("{name} (secret)", name) } else { name }}</code>
                }).collect_view()}</dd></div>
            })}
        </dl>
        <div class="needs-script" inner_html=scripted_parts(first.id)></div>
        <p>{link(class, &path, label)}</p>
        <div class="downloads" inner_html=downloads(&first)></div>
    }
}

/// What scripts fill (`frontend/js/bell.js`, `frontend/js/demand.js`).
fn scripted_parts(id: Uuid) -> String {
    let part = |name, title| {
        let title = markup(title);
        format!("<on-demand data-part={name} data-id={id}><details><summary>{title}</summary><div></div></details></on-demand>")
    };
    let [usage, acts] = [part("usage", t!("Charts of CPU and memory")), part("acts", t!("What was done to it"))];
    format!("<end-notice data-id={id}></end-notice>{usage}{acts}")
}

/// Links to the output in other forms than its bytes, and to its replay, which a script plays (`frontend/js/replay-link.js`).
fn downloads(process: &Process) -> String {
    let link = |(format, label, class): (&str, &str, &str)| {
        let label = markup(label);
        let output = href(&format!("/api/processes/{}/output?download=true&format={format}", process.id));
        format!("<a class=\"button small ghost{class}\" href=\"{output}\" rel=external>{label}</a>")
    };
    let forms =
        [("text", t!("Text"), ""), ("times", t!("Text with times"), ""), ("asciicast", t!("Recording (asciinema)"), "")].map(link).concat();
    let replay = link(("asciicast", t!("Replay"), " replay-link"));
    let [download, watch] = [t!("Download as"), t!("Watch again")].map(markup);
    format!("<p><span class=muted>{download}</span>{forms}</p><p><span class=muted>{watch}</span>{replay}</p>")
}

/// A link to what is no page of the app, or is loaded anew.
fn link(class: &'static str, path: &str, label: &'static str) -> AnyView {
    view! { <a class=class href=href(path) rel="external">{label}</a> }.into_any()
}

/// A list of details; those without a text are not shown. All rows are of one type, so that their code exists once.
/// `translate`: `no` for what is not the page's own.
fn rows(rows: Vec<(&'static str, Signal<String>)>, translate: Option<&'static str>) -> AnyView {
    let row = |(label, text): (&'static str, Signal<String>)| {
        view! { <div hidden=move || text.with(String::is_empty)><dt>{label}</dt><dd translate=translate>{move || text.get()}</dd></div> }
    };
    rows.into_iter().map(row).collect::<Vec<_>>().into_any()
}

/// What the whole tree uses as of the last sample.
fn usage_text(usage: &Usage) -> String {
    let processes = plural!(usage.processes.into(), "{count} process", "{count} processes");
    t!("{percent} % CPU, {size} memory, {processes}", percent = usage.cpu_percent, size = format::size(usage.memory_bytes), processes)
}

/// How much was printed, and how much of that is left.
fn output_text(process: &Process) -> String {
    let OutputRange { start, end } = process.output;
    if start == 0 { format::size(end) } else { t!("{size}, {kept} kept", size = format::size(end), kept = format::size(end - start)) }
}

/// A limit by its name in the spec.
fn limit_name(name: &str) -> &str {
    match name {
        "timeout_seconds" => t!("Timeout"),
        "memory_bytes" => t!("Memory"),
        "cpu_percent" => t!("CPU: it was slowed down"),
        "processes" => t!("Processes"),
        other => other,
    }
}

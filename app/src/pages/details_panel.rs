//! The details of a process, beside its output.

use crate::{
    address::href,
    components::Time,
    format,
    wire::{Process, Timestamp},
};
use leptos::prelude::*;

/// All details of a process.
#[component]
pub(super) fn DetailsPanel(process: RwSignal<Process>) -> impl IntoView {
    let first = process.get_untracked();
    let command = first.spec.command_line();
    let variables =
        first.spec.env.keys().map(|name| (name.clone(), false)).chain(first.spec.secret_env.keys().map(|name| (name.clone(), true)));
    let variables: Vec<_> = variables.collect();
    let labels: Vec<_> = first.spec.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let item = |label: &'static str, value: Signal<String>| view! { <div><dt>{label}</dt><dd>{move || value.get()}</dd></div> };
    let fixed = |text: String| Signal::stored(text);
    let live = move |read: fn(&Process) -> String| Signal::derive(move || process.with(read));
    let moment = move |read: fn(&Process) -> Option<Timestamp>| Signal::derive(move || process.with(read));
    let (class, label, path) = match first.template {
        Some(template) => ("button small", "Run with other values", format!("/admin/exec/templates/{template}/start?from={}", first.id)),
        None => ("button small save-as", "Save as template", format!("/admin/exec/templates/new?from={}", first.id)),
    };
    view! {
        <dl class="details">
            <div><dt>"Command"</dt><dd><code>{command}</code></dd></div>
            {item("State", live(format::outcome_sentence))}
            {item("Working directory", fixed(first.spec.cwd.clone().unwrap_or_else(|| "Home directory".into())))}
            {item("PID", live(|process| process.pid.map_or("–".into(), |pid| pid.to_string())))}
            {item("Started by", fixed(first.started_by.clone()))}
            <div><dt>"Started"</dt><dd><Time time=moment(|process| process.started_at)/></dd></div>
            <div><dt>"Ended"</dt><dd><Time time=moment(|process| process.ended_at)/></dd></div>
            {item("Output", live(|process| format::size(process.output.end)))}
            {item("Input and output", fixed(if first.spec.terminal.is_some() { "Terminal".into() } else { "Pipes".into() }))}
            {item("Timeout", fixed(first.spec.timeout_seconds.map_or("None".into(), |seconds| format::duration(seconds * 1000))))}
            {item("Stop signal", fixed(format!("{}, then KILL after {} s", first.spec.stop.signal, first.spec.stop.grace_seconds)))}
            {item("CPU time", live(|process| process.usage.map_or("–".into(), |usage| format::duration(usage.cpu_ms))))}
            {item("Peak memory", live(|process| process.usage.map_or("–".into(), |usage| format::size(usage.peak_memory_bytes))))}
            {(!labels.is_empty()).then(|| view! {
                <div><dt>"Labels"</dt><dd>{labels.into_iter().map(|label| view! { <span class="label">{label}</span> }).collect_view()}</dd></div>
            })}
            {(!variables.is_empty()).then(|| view! {
                <div><dt>"Environment"</dt><dd>{variables.into_iter().map(|(name, secret)| view! {
                    <code class="label">{name}{secret.then_some(" (secret)")}</code>
                }).collect_view()}</dd></div>
            })}
        </dl>
        <p><a class=class href=href(&path) rel="external">{label}</a></p>
    }
}

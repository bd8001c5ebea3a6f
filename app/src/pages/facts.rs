//! The facts of a process, beside its output.

use crate::{format, wire::Process};
use leptos::prelude::*;

/// Facts in a panel that folds away.
#[component]
pub(super) fn Facts(process: RwSignal<Process>) -> impl IntoView {
    let first = process.get_untracked();
    let command = first.spec.command_line();
    let variables =
        first.spec.env.keys().map(|name| (name.clone(), false)).chain(first.spec.secret_env.keys().map(|name| (name.clone(), true)));
    let variables: Vec<_> = variables.collect();
    let labels: Vec<_> = first.spec.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let time = |time: Option<crate::wire::Timestamp>| {
        time.map_or("–".to_owned(), |time| {
            time.to_string().replacen('T', " ", 1).split('.').next().unwrap_or_default().to_owned() + " UTC"
        })
    };
    let fact = |label: &'static str, value: Signal<String>| view! { <div><dt>{label}</dt><dd>{move || value.get()}</dd></div> };
    let fixed = |text: String| Signal::stored(text);
    let live = move |read: fn(&Process) -> String| Signal::derive(move || process.with(read));
    view! {
        <dl class="facts">
            <div><dt>"Command"</dt><dd><code>{command}</code></dd></div>
            {fact("State", live(format::outcome_sentence))}
            {fact("Folder", fixed(first.spec.cwd.clone().unwrap_or_else(|| "home".into())))}
            {fact("Process id", live(|process| process.pid.map_or("–".into(), |pid| pid.to_string())))}
            {fact("Started by", fixed(first.started_by.clone()))}
            {fact("Started", Signal::derive(move || time(process.with(|process| process.started_at))))}
            {fact("Ended", Signal::derive(move || time(process.with(|process| process.ended_at))))}
            {fact("Output", live(|process| format::size(process.output.end)))}
            {fact("Runs", fixed(if first.spec.terminal.is_some() { "in a terminal".into() } else { "with pipes".into() }))}
            {fact("Timeout", fixed(first.spec.timeout_seconds.map_or("none".into(), |seconds| format::duration(seconds * 1000))))}
            {fact("Stops by", fixed(format!("{}, then KILL after {} s", first.spec.stop.signal, first.spec.stop.grace_seconds)))}
            {fact("CPU time", live(|process| process.usage.map_or("–".into(), |usage| format::duration(usage.cpu_ms))))}
            {fact("Peak memory", live(|process| process.usage.map_or("–".into(), |usage| format::size(usage.peak_memory_bytes))))}
            {(!labels.is_empty()).then(|| view! {
                <div><dt>"Labels"</dt><dd>{labels.into_iter().map(|label| view! { <span class="label">{label}</span> }).collect_view()}</dd></div>
            })}
            {(!variables.is_empty()).then(|| view! {
                <div><dt>"Environment"</dt><dd>{variables.into_iter().map(|(name, secret)| view! {
                    <code class="label">{name}{secret.then_some(" (secret)")}</code>
                }).collect_view()}</dd></div>
            })}
        </dl>
    }
}

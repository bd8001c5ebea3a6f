//! The groups of the form of a new process that are folded away until they are needed.

use crate::{
    browser,
    components::{Field, FieldNote, error_id, field_id},
    form::{FieldError, NewForm, POLICIES, policy_label},
    texts::t,
    wire::SIGNALS,
};
use leptos::prelude::*;

/// Whether something is wrong with one of these fields.
fn concerns(errors: RwSignal<Vec<FieldError>>, fields: &'static [&'static str]) -> bool {
    errors.with(|errors| errors.iter().any(|error| fields.contains(&error.field.as_str())))
}

/// Timeout, stop signal and what it may use.
#[component]
pub(super) fn Limits(form: NewForm, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    const FIELDS: &[&str] = &["timeout", "signal", "grace", "output", "files", "memory", "cpu", "processes"];
    let limited = form.is_limited();
    let signals = SIGNALS.into_iter().map(|name| view! { <option value=name selected=form.signal == name>{name}</option> });
    view! {
        <details open=move || limited || concerns(errors, FIELDS)>
            <summary>{t!("Stopping and limits")}</summary>
            <div class="triple">
                <Field name="timeout" label=t!("Timeout (seconds)") value=form.timeout hint=t!("none") errors/>
                <div class="field">
                    <label for=field_id("signal")>{t!("Stop signal")}</label>
                    <select id=field_id("signal") name="signal" translate="no">{signals.collect_view()}</select>
                    <FieldNote field="signal" errors/>
                </div>
                <Field name="grace" label=t!("Grace period (seconds)") value=form.grace hint="10" errors/>
                <Field name="memory" label=t!("Memory limit") value=form.memory hint=t!("none, or 512 MiB") errors/>
                <Field name="cpu" label=t!("CPU limit (% of a core)") value=form.cpu hint=t!("none, or 150") errors/>
                <Field name="processes" label=t!("Process limit") value=form.processes hint=t!("none") errors/>
                <Field name="output" label=t!("Output limit") value=form.output hint="256 MiB" errors/>
                <Field name="files" label=t!("Open files") value=form.files hint=t!("the server's, or 8 and more") errors/>
            </div>
            <p class="hint">{t!("Memory, CPU and processes are those of the process and all it starts together. Beyond the memory limit all of it is killed; beyond \
                the CPU limit it is slowed down; beyond the process limit it cannot start any more.")}</p>
        </details>
    }
}

/// When it is started again.
#[component]
pub(super) fn Restarting(form: NewForm, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    const FIELDS: &[&str] = &["restart", "restarts", "pause", "at_boot"];
    let used = form.restarts();
    let policies =
        POLICIES.map(|(policy, name)| view! { <option value=name selected=form.restart == name>{policy_label(policy)}</option> });
    view! {
        <details open=move || used || concerns(errors, FIELDS)>
            <summary>{t!("Restart policy")}</summary>
            <div class="triple">
                <div class="field">
                    <label for=field_id("restart")>{t!("Restart")}</label>
                    <select id=field_id("restart") name="restart" aria-describedby=error_id("restart")
                        aria-invalid=move || concerns(errors, &["restart"]).to_string()>{policies.into_iter().collect_view()}</select>
                    <FieldNote field="restart" errors/>
                </div>
                <Field name="restarts" label=t!("Maximum consecutive restarts") value=form.restarts hint="5" errors/>
                <Field name="pause" label=t!("Initial delay (seconds)") value=form.pause hint="1" errors/>
            </div>
            <p class="hint">{t!("The delay doubles each time, up to five minutes. A run of a minute resets the count and the delay. Stop ends it for good.")}</p>
            <Checkbox name="at_boot" label=t!("Start again after a reboot of the machine, if it was running then") checked=form.at_boot errors/>
        </details>
    }
}

/// Which user it runs as, and what it can reach.
#[component]
pub(super) fn Confinement(form: NewForm, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    const FIELDS: &[&str] = &["run_as", "no_new_privs", "sandbox", "writable"];
    let used = form.is_confined();
    view! {
        <details open=move || used || concerns(errors, FIELDS)>
            <summary>{t!("User and sandbox")}</summary>
            <p class="hint">{t!("Only a process under another user, or in the sandbox, is kept from Execdeck's own data: the output and secrets of other \
                processes. Any other process runs as the server's user and can reach them.")}</p>
            <div class="choices">
                <Field name="run_as" label=t!("Run as") value=form.run_as hint=t!("the server's user, or user:group") errors/>
                <Checkbox name="no_new_privs" label=t!("Never gain more rights, such as by sudo") checked=form.no_new_privs errors/>
                <Checkbox name="sandbox" label=t!("Sandbox: the system is read-only, /tmp is empty and private") checked=form.sandbox errors/>
                <div class="sandboxed">
                    <label class="check"><input type="checkbox" name="network" value="yes" checked=form.network/>{t!("Can use the network")}</label>
                    <div class="field">
                        <label for=field_id("writable")>{t!("Writable folders, one per line")}</label>
                        <textarea id=field_id("writable") name="writable" class="mono" rows="2" placeholder="/srv/data" spellcheck="false" autocapitalize="off" autocomplete="off"
                            aria-describedby=error_id("writable") aria-invalid=move || concerns(errors, &["writable"]).to_string()>{browser::textarea_text(&form.writable)}</textarea>
                        <FieldNote field="writable" errors/>
                    </div>
                </div>
            </div>
        </details>
    }
}

/// A check box with what is wrong with it.
#[component]
fn Checkbox(name: &'static str, label: &'static str, checked: bool, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    let wrong = move || errors.with(|errors| errors.iter().any(|error| error.field == name));
    view! {
        <div class="tick">
            <label class="check">
                <input type="checkbox" name=name value="yes" checked=checked aria-describedby=error_id(name) aria-invalid=move || wrong().to_string()/>{label}
            </label>
            <FieldNote field=name errors/>
        </div>
    }
}

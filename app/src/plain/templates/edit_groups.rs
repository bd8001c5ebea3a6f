//! The groups of the form of a template that are folded away until they are needed: limits, restarts, user and sandbox.

use super::edit_field::{Edit, Marks, edit_field, edit_id};
use crate::{
    form::{NewForm, POLICIES, policy_label},
    texts::t,
    wire::SIGNALS,
};
use leptos::prelude::*;

const LIMITS: [&str; 8] = ["timeout", "signal", "grace", "output", "files", "memory", "cpu", "processes"];
const RESTARTING: [&str; 4] = ["restart", "restarts", "pause", "at_boot"];
const CONFINEMENT: [&str; 4] = ["run_as", "no_new_privs", "sandbox", "writable"];
/// The fields of all groups.
pub(super) const FIELDS: [&str; 16] = {
    let ([a, b, c, d, e, f, g, h], [i, j, k, l], [m, n, o, p]) = (LIMITS, RESTARTING, CONFINEMENT);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
};

const fn line<'a>(key: &'a str, label: &'a str, value: &'a str, placeholder: &'a str) -> Edit<'a> {
    Edit { key, name: key, label, value, hint: "", placeholder, is_code: true, lines: None, types: "" }
}

/// Timeout, stop signal and what it may use.
pub(super) fn limits(form: &NewForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let signals = SIGNALS.into_iter().map(|name| view! { <option value=name translate="no" selected=form.signal == name>{name}</option> });
    let unusual = form.is_limited() || marks.concern(&LIMITS);
    view! {
        <details open=unusual>
            <summary>{t!("Stopping and limits")}</summary>
            <div class="triple">
                {edit_field(line("timeout", t!("Timeout (seconds)"), &form.timeout, t!("none")), marks)}
                {select("signal", t!("Stop signal"), signals.collect_view().into_any(), marks)}
                {edit_field(line("grace", t!("Grace period (seconds)"), &form.grace, "10"), marks)}
                {edit_field(line("memory", t!("Memory limit"), &form.memory, t!("none, or 512 MiB")), marks)}
                {edit_field(line("cpu", t!("CPU limit (% of a core)"), &form.cpu, t!("none, or 150")), marks)}
                {edit_field(line("processes", t!("Process limit"), &form.processes, t!("none")), marks)}
                {edit_field(line("output", t!("Output limit"), &form.output, "256 MiB"), marks)}
                {edit_field(line("files", t!("Open files"), &form.files, t!("the server's, or 8 and more")), marks)}
            </div>
        </details>
    }
}

/// When it is started again.
pub(super) fn restarting(form: &NewForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let policies =
        POLICIES.map(|(policy, name)| view! { <option value=name selected=form.restart == name>{policy_label(policy)}</option> });
    let used = form.restarts() || marks.concern(&RESTARTING);
    view! {
        <details open=used>
            <summary>{t!("Restart policy")}</summary>
            <div class="triple">
                {select("restart", t!("Restart"), policies.into_iter().collect_view().into_any(), marks)}
                {edit_field(line("restarts", t!("Maximum consecutive restarts"), &form.restarts, "5"), marks)}
                {edit_field(line("pause", t!("Initial delay (seconds)"), &form.pause, "1"), marks)}
            </div>
            {tick("at_boot", t!("Start again after a reboot of the machine, if it was running then"), form.at_boot, marks)}
        </details>
    }
}

/// Which user it runs as, and what it can reach.
pub(super) fn confinement(form: &NewForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let used = form.is_confined() || marks.concern(&CONFINEMENT);
    let writable = Edit { lines: Some(2), ..line("writable", t!("Writable folders, one per line"), &form.writable, "/srv/data") };
    view! {
        <details open=used>
            <summary>{t!("User and sandbox")}</summary>
            <p class="hint">{t!("Only a process under another user, or in the sandbox, is kept from Execdeck's own data.")}</p>
            <div class="choices">
                {edit_field(line("run_as", t!("Run as"), &form.run_as, t!("the server's user, or user:group")), marks)}
                {tick("no_new_privs", t!("Never gain more rights, such as by sudo"), form.no_new_privs, marks)}
                {tick("sandbox", t!("Sandbox: the system is read-only, /tmp is empty and private"), form.sandbox, marks)}
                <div class="sandboxed">
                    {tick("network", t!("Can use the network"), form.network, marks)}
                    {edit_field(writable, marks)}
                </div>
            </div>
        </details>
    }
}

fn select(key: &'static str, label: &'static str, options: AnyView, marks: &Marks<'_>) -> impl IntoView + use<> {
    let error = marks.error(key);
    let error_id = format!("{}-error", edit_id(key));
    let wrong = error.is_some();
    view! {
        <div class="field">
            <label for=edit_id(key)>{label}</label>
            <select id=edit_id(key) name=key aria-describedby=error_id.clone() aria-invalid=wrong.to_string()>{options}</select>
            <p id=error_id class="field-error" role=wrong.then_some("alert")>{error}</p>
        </div>
    }
}

fn tick(key: &'static str, label: &'static str, checked: bool, marks: &Marks<'_>) -> impl IntoView + use<> {
    let error = marks.error(key);
    let error_id = format!("{}-error", edit_id(key));
    let wrong = error.is_some();
    view! {
        <div class="tick">
            <label class="check"><input type="checkbox" name=key value="yes" checked=checked aria-describedby=error_id.clone() aria-invalid=wrong.to_string()/>{label}</label>
            <p id=error_id class="field-error" role=wrong.then_some("alert")>{error}</p>
        </div>
    }
}

//! People: who has an account, and what they may do.

use super::{
    PageContext, Problem,
    document::document,
    fields::{ELEMENT, Field, done, field, form_error, id, moment, of_form, sentence},
    names::role_name,
};
use crate::{
    browser,
    texts::{plural, t},
    wire::{Person, Role, Source, Timestamp},
};
use leptos::prelude::*;
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Everybody, by name.
    pub people: Vec<Person>,
    /// The templates that rights can be narrowed to, by name.
    pub templates: Vec<(Uuid, String)>,
    /// The name of a new person as typed.
    pub name: String,
    /// Their role as chosen.
    pub role: Option<Role>,
    /// What was done.
    pub notice: Option<String>,
    /// What is wrong.
    pub problem: Option<Problem>,
}

const ADD: &str = "/admin/people";

/// The page on which administrators manage people.
pub fn people(page: &PageContext, people: &People) -> String {
    document(page, t!("People"), None, || {
        view! {
            <section class="page narrow">
                <h1>{t!("People")}</h1>
                {done(people.notice.as_ref())}
                {people.problem.as_ref().filter(|problem| problem.form != ADD).map(|problem| form_error(Some(&Problem { field: String::new(), ..problem.clone() })))}
                <ul class="people">{people.people.iter().map(|person| row(page, person, &people.templates, Timestamp::now())).collect_view()}</ul>
                {add(page, people)}
                <dl class="muted roles">
                    <dt>{role_name(Role::Viewer)}</dt><dd>{t!("sees processes and reads their output")}</dd>
                    <dt>{role_name(Role::Operator)}</dt><dd>{t!("also starts templates, types into their processes, stops and removes processes")}</dd>
                    <dt>{role_name(Role::Admin)}</dt><dd>{t!("everything: runs any command, types into processes, manages people")}</dd>
                </dl>
            </section>
        }
    })
}

fn row(page: &PageContext, person: &Person, templates: &[(Uuid, String)], now: Timestamp) -> impl IntoView + use<> {
    let is_me = page.me.as_ref().is_some_and(|me| me.name == person.name);
    let labels = person.grants.labels.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
    let marks = labels.iter().map(|label| view! { <span class="label" translate="no">{label.clone()}</span> }).collect_view();
    view! {
        <li class="card">
            <div class="person-head">
                <strong translate="no">{person.name.clone()}</strong>
                <span class="label">{role_name(person.role)}</span>
                {person.disabled.then(|| view! { <span class="state failed">{t!("disabled")}</span> })}
                {marks}
                {person.grants.templates.as_ref().map(|granted| view! { <span class="label">{count(granted.len())}</span> })}
                <span class="muted">{sentence(&how_they_sign_in(person), moment(person.last_seen, now))}</span>
            </div>
            <details>
                <summary>{t!("Change")}</summary>
                <div class="changes">
                    {change_role(page, person, is_me)}
                    {(person.role != Role::Admin).then(|| change_grants(page, person, &labels.join("\n"), templates))}
                    {(person.source == Source::Local && !is_me).then(|| change_password(page, person))}
                    {(!is_me && person.passkeys > 0).then(|| remove_passkeys(page, person))}
                    {(!is_me).then(|| change_state(page, person))}
                </div>
            </details>
        </li>
    }
}

/// The element in it is when they were last seen.
fn how_they_sign_in(person: &Person) -> String {
    let how = match (person.source, person.has_password) {
        (Source::Proxy, _) => t!("signed in by the proxy"),
        (Source::Oidc, _) => t!("signed in by the identity provider"),
        (_, true) => t!("signs in with a password"),
        (_, false) => t!("cannot sign in: no password"),
    };
    let passkeys = match u64::from(person.passkeys) {
        0 => return t!("{how}, last seen: {moment}", how, moment = ELEMENT),
        count if person.asks_for_passkey => {
            plural!(count, "has {count} passkey, required after the password", "has {count} passkeys, required after the password")
        }
        count => plural!(count, "has {count} passkey", "has {count} passkeys"),
    };
    t!("{how}, {passkeys}, last seen: {moment}", how, passkeys, moment = ELEMENT)
}

/// A form about one person.
fn form<V: IntoView>(page: &PageContext, person: &Person, verb: &str, content: V) -> impl IntoView + use<V> {
    view! {
        <form class="form" method="post" action=page.href(&format!("/admin/people/{verb}"))>
            <input type="hidden" name="name" value=person.name.clone()/>
            {content}
        </form>
    }
}

fn roles(form: &str, chosen: Role) -> impl IntoView + use<> {
    let id = id(form, "role");
    let options = Role::ALL.map(|role| view! { <option value=role.as_str() selected=role == chosen>{role_name(role)}</option> });
    view! { <div class="field"><label for=id.clone()>{t!("Role")}</label><select id=id name="role">{options.into_iter().collect_view()}</select></div> }
}

fn change_role(page: &PageContext, person: &Person, is_me: bool) -> impl IntoView + use<> {
    // Whoever takes this from themselves cannot give it back.
    let sure = (is_me && person.role == Role::Admin).then(|| {
        view! { <label class="check"><input type="checkbox" name="sure" value="yes" autocomplete="off"/>{t!("Yes, take my own administrator rights away")}</label> }
    });
    let content =
        view! { {roles(&format!("-role-{}", person.name), person.role)} {sure} <button type="submit">{t!("Change role")}</button> };
    form(page, person, "role", content)
}

fn count(templates: usize) -> String {
    plural!(templates as u64, "{count} template", "{count} templates")
}

fn change_grants(page: &PageContext, person: &Person, labels: &str, templates: &[(Uuid, String)]) -> impl IntoView + use<> {
    let granted = person.grants.templates.clone().unwrap_or_default();
    let option = |id: Uuid, name: String| {
        view! { <label class="check"><input type="checkbox" name="template" value=id.to_string() checked=granted.contains(&id)/>{name}</label> }
    };
    // If it were left out, rights that are narrowed to nothing that is left would become rights to everything.
    let removed = granted.iter().filter(|id| !templates.iter().any(|(known, _)| known == *id));
    let removed = removed.map(|id| option(*id, t!("a template that was removed").into())).collect::<Vec<_>>();
    let options = templates.iter().map(|(id, name)| option(*id, name.clone())).chain(removed).collect::<Vec<_>>();
    let templates = (!options.is_empty()).then(|| {
        view! {
            <fieldset class="field options">
                <legend>{t!("Only these templates")}</legend>
                <div class="choices">{options}</div>
                <p class="muted field-hint">{t!("And the processes started from them. None chosen: all.")}</p>
            </fieldset>
        }
    });
    let id = id(&format!("-grants-{}", person.name), "labels");
    let content = view! {
        <div class="field">
            <label for=id.clone()>{t!("Only processes with these labels")}</label>
            <textarea id=id class="mono" name="labels" rows="2" placeholder="team=ops" spellcheck="false">{browser::textarea_text(labels)}</textarea>
            <p class="muted field-hint">{sentence(&t!("One {label} per line, all of which a process must have. Empty: all processes.", label = ELEMENT), view! { <code translate="no">"key=value"</code> })}</p>
        </div>
        {templates}
        <button type="submit">{t!("Change limits")}</button>
    };
    form(page, person, "grants", content)
}

fn change_password(page: &PageContext, person: &Person) -> impl IntoView + use<> {
    let form_name = format!("-password-{}", person.name);
    let password =
        Field { name: "password", label: t!("New password"), kind: "password", autocomplete: "new-password", ..Field::default() };
    let content = view! { {field(&form_name, &password, None)} <button type="submit">{t!("Set password")}</button> };
    form(page, person, "password", content)
}

fn remove_passkeys(page: &PageContext, person: &Person) -> impl IntoView + use<> {
    let content = view! {
        <p class="muted field-hint">{t!("For somebody who has lost them. Then the password alone is enough to sign in.")}</p>
        <button type="submit">{t!("Remove passkeys")}</button>
    };
    form(page, person, "passkeys", content)
}

fn change_state(page: &PageContext, person: &Person) -> impl IntoView + use<> {
    if person.disabled {
        return form(page, person, "enable", view! { <button type="submit">{t!("Enable account")}</button> }.into_any());
    }
    let content = view! {
        <p class="muted field-hint">{t!("Disabling ends all sessions and revokes all tokens.")}</p>
        <button class="danger" type="submit">{t!("Disable account")}</button>
    };
    form(page, person, "disable", content.into_any())
}

fn add(page: &PageContext, people: &People) -> impl IntoView + use<> {
    let problem = of_form(people.problem.as_ref(), ADD);
    let name = Field { name: "name", label: t!("Name"), value: &people.name, ..Field::default() };
    let secret = |name, label| Field { name, label, kind: "password", autocomplete: "new-password", ..Field::default() };
    view! {
        <form class="form card" method="post" action=page.href(ADD)>
            <h2>{t!("New person")}</h2>
            {form_error(problem)}
            {field(ADD, &name, problem)}
            {roles(ADD, people.role.unwrap_or(Role::Viewer))}
            {field(ADD, &secret("password", t!("Password")), problem)}
            {field(ADD, &secret("repeat", t!("Password, again")), problem)}
            <div class="form-end"><button class="primary" type="submit">{t!("Add person")}</button></div>
        </form>
    }
}

//! One's own account: password, passkeys, sessions, tokens.

use super::{
    PageContext, Problem,
    document::document,
    fields::{ELEMENT, Field, done, field, form_error, id, moment, of_form, sentence},
    names::{right_name, role_name},
    passkeys::{self, Passkeys},
};
use crate::{
    texts::t,
    wire::{CreatedToken, Me, Right, Rights, SessionInfo, Timestamp, TokenInfo},
};
use leptos::prelude::*;
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Whether one signs in with a password, which can be changed.
    pub has_password: bool,
    /// One's passkeys.
    pub passkeys: Passkeys,
    /// One's sessions.
    pub sessions: Vec<SessionInfo>,
    /// One's tokens.
    pub tokens: Vec<TokenInfo>,
    /// The token that was just created: it is shown this once.
    pub created: Option<CreatedToken>,
    /// The address of the server, for the example.
    pub origin: String,
    /// The label of a new token as typed.
    pub label: String,
    /// Marks the form of a new token, so that it makes one once.
    pub key: Uuid,
    /// What was done.
    pub notice: Option<String>,
    /// What is wrong.
    pub problem: Option<Problem>,
}

const PASSWORD: &str = "/admin/account/password";
const TOKENS: &str = "/admin/account/tokens";

/// The page of one's own account.
pub fn account(page: &PageContext, account: &Account) -> String {
    let me = page.me.clone();
    document(page, t!("Your account"), Some("passkeys.js"), || {
        view! {
            <section class="page narrow">
                <h1 translate="no">{me.as_ref().map(|me| me.name.clone())}</h1>
                <p class="muted">{me.as_ref().map(what_they_may)}</p>
                {done(account.notice.as_ref())}
                {account.problem.as_ref().filter(|problem| ![PASSWORD, TOKENS, passkeys::FORM].contains(&problem.form.as_str())).map(|problem| form_error(Some(problem)))}
                {account.has_password.then(|| password(page, account))}
                {passkeys::section(page, &account.passkeys, account.has_password, account.problem.as_ref())}
                {sessions(page, account)}
                {tokens(page, account, me.as_ref().map(|me| me.rights).unwrap_or_default())}
            </section>
        }
    })
}

fn what_they_may(me: &Me) -> String {
    let role = role_name(me.role);
    if me.grants.is_unlimited() { role.to_owned() } else { t!("{role}, limited to some processes", role) }
}

fn password(page: &PageContext, account: &Account) -> impl IntoView + use<> {
    let problem = of_form(account.problem.as_ref(), PASSWORD);
    let secret = |name, label, autocomplete| Field { name, label, kind: "password", autocomplete, ..Field::default() };
    view! {
        <form class="form card" method="post" action=page.href(PASSWORD)>
            <h2>{t!("Password")}</h2>
            {form_error(problem)}
            {field(PASSWORD, &secret("current", t!("Current password"), "current-password"), problem)}
            {field(PASSWORD, &secret("new", t!("New password"), "new-password"), problem)}
            {field(PASSWORD, &secret("repeat", t!("New password, again"), "new-password"), problem)}
            <p class="muted">{t!("Changing it signs you out everywhere else.")}</p>
            <div class="form-end"><button type="submit">{t!("Change password")}</button></div>
        </form>
    }
}

fn sessions(page: &PageContext, account: &Account) -> impl IntoView + use<> {
    let now = Timestamp::now();
    let row = |session: &SessionInfo| {
        let agent = session.agent.clone().unwrap_or_default();
        let mark = session.current.then(|| view! { " " <span class="label" translate="yes">{t!("this browser")}</span> });
        view! {
            <tr>
                <td data-label=t!("Browser") title=agent.clone() translate="no">{browser_name(&agent)}{mark}</td>
                <td data-label=t!("Address")>{session.address.clone()}</td>
                <td data-label=t!("Last seen")>{moment(Some(session.last_seen), now)}</td>
                <td data-label=t!("Signed in")>{moment(Some(session.created_at), now)}</td>
                <td>
                    <form method="post" action=page.href("/admin/account/sessions/end")>
                        <input type="hidden" name="id" value=session.id.to_string()/>
                        <button class="small" type="submit">{t!("End")}</button>
                    </form>
                </td>
            </tr>
        }
    };
    let others = account.sessions.iter().any(|session| !session.current).then(|| {
        view! {
            <form method="post" action=page.href("/admin/account/sessions/end-others")>
                <button type="submit">{t!("End all other sessions")}</button>
            </form>
        }
    });
    view! {
        <div class="card">
            <h2>{t!("Sessions")}</h2>
            <div class="table blocks">
                <table>
                    <thead><tr><th>{t!("Browser")}</th><th>{t!("Address")}</th><th>{t!("Last seen")}</th><th>{t!("Signed in")}</th><th><span class="unseen">{t!("Actions")}</span></th></tr></thead>
                    <tbody>{account.sessions.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
            {others}
        </div>
    }
}

fn tokens(page: &PageContext, account: &Account, rights: Rights) -> impl IntoView + use<> {
    let now = Timestamp::now();
    let problem = of_form(account.problem.as_ref(), TOKENS);
    let row = |token: &TokenInfo| {
        let rights =
            token.rights.map_or(t!("all of yours").to_owned(), |rights| rights.iter().map(right_name).collect::<Vec<_>>().join(", "));
        view! {
            <tr>
                <td data-label=t!("Token") translate="no">{token.label.clone()}</td>
                <td data-label=t!("May")>{rights}</td>
                <td data-label=t!("Created")>{moment(Some(token.created_at), now)}</td>
                <td data-label=t!("Last used")>{moment(token.last_used, now)}</td>
                <td data-label=t!("Expires")>{moment(token.expires_at, now)}</td>
                <td>
                    <form method="post" action=page.href("/admin/account/tokens/revoke")>
                        <input type="hidden" name="id" value=token.id.to_string()/>
                        <button class="small" type="submit">{t!("Revoke")}</button>
                    </form>
                </td>
            </tr>
        }
    };
    let list = (!account.tokens.is_empty()).then(|| {
        view! {
            <div class="table blocks">
                <table>
                    <thead><tr><th>{t!("Token")}</th><th>{t!("May")}</th><th>{t!("Created")}</th><th>{t!("Last used")}</th><th>{t!("Expires")}</th><th><span class="unseen">{t!("Actions")}</span></th></tr></thead>
                    <tbody>{account.tokens.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    let administers = rights.contains(Right::Administer);
    let boxes = rights.iter().map(|right| {
        view! { <label class="check"><input type="checkbox" name="rights" value=right.as_str() checked/>{right_name(right)}</label> }
    });
    let label = Field { name: "label", label: t!("What is it for?"), value: &account.label, ..Field::default() };
    let expires = id(TOKENS, "expires");
    view! {
        <div class="card">
            <h2>{t!("API tokens")}</h2>
            <p class="muted">{sentence(&t!("Programs send a token as {header}, on every address that browsers use, too.", header = ELEMENT), view! { <code translate="no">"Authorization: Bearer …"</code> })}</p>
            {account.created.as_ref().map(|created| new_token(created, &account.origin))}
            {list}
            <form class="form" method="post" action=page.href(TOKENS)>
                <input type="hidden" name="key" value=account.key.to_string() autocomplete="off"/>
                {form_error(problem)}
                {field(TOKENS, &label, problem)}
                <fieldset class="choices-row"><legend>{t!("What it may do")}</legend>{boxes.collect_view()}</fieldset>
                {administers.then(|| view! { <p class="muted">{sentence(&t!("With {right} it can give itself every other right.", right = ELEMENT), view! { <code>{right_name(Right::Administer)}</code> })}</p> })}
                <div class="field">
                    <label for=expires.clone()>{t!("Expires")}</label>
                    <select id=expires name="expires">
                        <option value="30">{t!("in 30 days")}</option>
                        <option value="90" selected>{t!("in 90 days")}</option>
                        <option value="365">{t!("in a year")}</option>
                        <option value="never">{t!("never")}</option>
                    </select>
                </div>
                <div class="form-end"><button type="submit">{t!("New token")}</button></div>
            </form>
        </div>
    }
}

fn new_token(created: &CreatedToken, origin: &str) -> impl IntoView + use<> {
    let example = format!(
        "curl {origin}/api/list_processes -d '{{}}' -H 'Content-Type: application/json' \\\n  -H 'Authorization: Bearer {}'",
        created.token
    );
    let label = created.info.label.clone();
    view! {
        <div class="note succeeded new-token" role="status">
            <p>{sentence(&t!("This is the token “{name}”. Copy it now: it is not shown again.", name = ELEMENT), view! { <bdi translate="no">{label}</bdi> })}</p>
            <input class="mono" readonly value=created.token.clone() aria-label=t!("The token")/>
            <pre translate="no">{example}</pre>
        </div>
    }
}

/// What a browser calls itself, as people call it.
fn browser_name(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    // Browsers name those that they resemble, too; the one that is meant comes first here.
    let browser =
        first(&[("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"), ("curl", "curl")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => t!("{browser} on {system}", browser, system),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => t!("Unknown browser").into(),
    }
}

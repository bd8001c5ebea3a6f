//! One's own account: password, passkeys, sessions, tokens.

use super::{
    PageContext, Problem,
    document::document,
    fields::{Field, done, field, form_error, id, moment, of_form},
    passkeys::{self, Passkeys},
};
use crate::wire::{CreatedToken, Me, Right, Rights, SessionInfo, Timestamp, TokenInfo};
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
    document(page, "Your account", Some("passkeys.js"), || {
        view! {
            <section class="page narrow">
                <h1>{me.as_ref().map(|me| me.name.clone())}</h1>
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
    let narrowed = if me.grants.is_unlimited() { "" } else { ", limited to some processes" };
    format!("{}{narrowed}", me.role.as_str())
}

fn password(page: &PageContext, account: &Account) -> impl IntoView + use<> {
    let problem = of_form(account.problem.as_ref(), PASSWORD);
    let secret = |name, label, autocomplete| Field { name, label, kind: "password", autocomplete, ..Field::default() };
    view! {
        <form class="form card" method="post" action=page.href(PASSWORD)>
            <h2>"Password"</h2>
            {form_error(problem)}
            {field(PASSWORD, &secret("current", "Current password", "current-password"), problem)}
            {field(PASSWORD, &secret("new", "New password", "new-password"), problem)}
            {field(PASSWORD, &secret("repeat", "New password, again", "new-password"), problem)}
            <p class="muted">"Changing it signs you out everywhere else."</p>
            <div class="form-end"><button type="submit">"Change password"</button></div>
        </form>
    }
}

fn sessions(page: &PageContext, account: &Account) -> impl IntoView + use<> {
    let now = Timestamp::now();
    let row = |session: &SessionInfo| {
        let agent = session.agent.clone().unwrap_or_default();
        let mark = session.current.then(|| view! { " " <span class="label">"this browser"</span> });
        view! {
            <tr>
                <td data-label="Browser" title=agent.clone()>{browser_name(&agent)}{mark}</td>
                <td data-label="Address">{session.address.clone()}</td>
                <td data-label="Last seen">{moment(Some(session.last_seen), now)}</td>
                <td data-label="Signed in">{moment(Some(session.created_at), now)}</td>
                <td>
                    <form method="post" action=page.href("/admin/account/sessions/end")>
                        <input type="hidden" name="id" value=session.id.to_string()/>
                        <button class="small" type="submit">"End"</button>
                    </form>
                </td>
            </tr>
        }
    };
    let others = account.sessions.iter().any(|session| !session.current).then(|| {
        view! {
            <form method="post" action=page.href("/admin/account/sessions/end-others")>
                <button type="submit">"End all other sessions"</button>
            </form>
        }
    });
    view! {
        <div class="card">
            <h2>"Sessions"</h2>
            <div class="table blocks">
                <table>
                    <thead><tr><th>"Browser"</th><th>"Address"</th><th>"Last seen"</th><th>"Signed in"</th><th><span class="unseen">"Actions"</span></th></tr></thead>
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
        let rights = token
            .rights
            .map_or("all of yours".to_owned(), |rights| rights.iter().map(Right::as_str).collect::<Vec<_>>().join(", ").replace('_', " "));
        view! {
            <tr>
                <td data-label="Token">{token.label.clone()}</td>
                <td data-label="May">{rights}</td>
                <td data-label="Created">{moment(Some(token.created_at), now)}</td>
                <td data-label="Last used">{moment(token.last_used, now)}</td>
                <td data-label="Expires">{moment(token.expires_at, now)}</td>
                <td>
                    <form method="post" action=page.href("/admin/account/tokens/revoke")>
                        <input type="hidden" name="id" value=token.id.to_string()/>
                        <button class="small" type="submit">"Revoke"</button>
                    </form>
                </td>
            </tr>
        }
    };
    let list = (!account.tokens.is_empty()).then(|| {
        view! {
            <div class="table blocks">
                <table>
                    <thead><tr><th>"Token"</th><th>"May"</th><th>"Created"</th><th>"Last used"</th><th>"Expires"</th><th><span class="unseen">"Actions"</span></th></tr></thead>
                    <tbody>{account.tokens.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    let administers = rights.contains(Right::Administer);
    let boxes = rights.iter().map(|right| {
        view! { <label class="check"><input type="checkbox" name="rights" value=right.as_str() checked/>{right.as_str().replace('_', " ")}</label> }
    });
    let label = Field { name: "label", label: "What is it for?", value: &account.label, ..Field::default() };
    let expires = id(TOKENS, "expires");
    view! {
        <div class="card">
            <h2>"API tokens"</h2>
            <p class="muted">"Programs send a token as "<code>"Authorization: Bearer …"</code>", on every address that browsers use, too."</p>
            {account.created.as_ref().map(|created| new_token(created, &account.origin))}
            {list}
            <form class="form" method="post" action=page.href(TOKENS)>
                <input type="hidden" name="key" value=account.key.to_string() autocomplete="off"/>
                {form_error(problem)}
                {field(TOKENS, &label, problem)}
                <fieldset class="choices-row"><legend>"What it may do"</legend>{boxes.collect_view()}</fieldset>
                {administers.then(|| view! { <p class="muted">"With "<code>"administer"</code>" it can give itself every other right."</p> })}
                <div class="field">
                    <label for=expires.clone()>"Expires"</label>
                    <select id=expires name="expires">
                        <option value="30">"in 30 days"</option>
                        <option value="90" selected>"in 90 days"</option>
                        <option value="365">"in a year"</option>
                        <option value="never">"never"</option>
                    </select>
                </div>
                <div class="form-end"><button type="submit">"New token"</button></div>
            </form>
        </div>
    }
}

fn new_token(created: &CreatedToken, origin: &str) -> impl IntoView + use<> {
    let example = format!(
        "curl {origin}/api/list_processes -d '{{}}' -H 'Content-Type: application/json' \\\n  -H 'Authorization: Bearer {}'",
        created.token
    );
    view! {
        <div class="note succeeded new-token" role="status">
            <p>"This is the token \u{201c}"<bdi>{created.info.label.clone()}</bdi>"\u{201d}. Copy it now: it is not shown again."</p>
            <input class="mono" readonly value=created.token.clone() aria-label="The token"/>
            <pre>{example}</pre>
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
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".into(),
    }
}

//! The document around the app, as the server sends it.

use crate::{
    app::App,
    assets::asset_folder,
    components::{DiskNote, ProblemNotes, Sprite},
    server::{BasePath, ServerHealth, ServerVersion},
    service::{Caller, FreeCommands},
    texts::{self, t},
    theme::Theme,
    wire::{Right, Rights},
};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// `style/favicon.svg`, shortened: a request of its own would take three times as many bytes.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' \
                    rx='7' fill='%232457d6'/%3E%3Cpath d='M8 10l6 6-6 6M17 22h7' fill='none' stroke='%23fff' stroke-width='3'/%3E%3C/svg%3E";

/// The whole HTML document. Its content security policy lets nothing run but the site's own files.
///
/// The browser asks for the script and the WebAssembly at once, and for the modules that the page itself names
/// (`preload_modules`).
pub fn shell() -> impl IntoView {
    #[cfg(feature = "ssr")]
    send_policy();
    let theme = use_context::<Theme>().unwrap_or_default();
    let (base, version) = (BasePath::current(), ServerVersion::current());
    let rights = use_context::<Caller>().map(|caller| shown_rights(&caller));
    let ServerHealth { problems, disk } = use_context().unwrap_or_default();
    let signed_out = view! { <SignedOut base=base.clone()/> };
    let folder = asset_folder(&base, &version);
    let asset = |name: &str| format!("{folder}/{name}");
    view! {
        <!DOCTYPE html>
        <html lang=texts::language() data-texts=texts::text_address(&base, &version) data-theme=theme.as_str() data-base=base.0 data-version=version.0 data-rights=rights>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=ICON type="image/svg+xml"/>
                <link rel="stylesheet" href=asset("execdeck.css")/>
                <link rel="preload" href=asset("execdeck_bg.wasm") r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" src=asset("execdeck.js")></script>
                <MetaTags/>
            </head>
            <body>
                <App/>
                <DiskNote disk/>
                <ProblemNotes problems/>
                {signed_out}
                <Sprite/>
            </body>
        </html>
    }
}

/// Appears when the session has ended (`app/js/events.js`).
#[component]
fn SignedOut(base: BasePath) -> impl IntoView {
    view! {
        <div class="note warned signed-out" role="alert" hidden>
            <span>{t!("You are signed out.")}</span>
            <a class="button small" href=base.join("/login") rel="external">{t!("Sign in")}</a>
        </div>
    }
}

/// What the styles show buttons by (`style/rights.css`): the rights, `run` for running any command, `type` for typing into one.
fn shown_rights(caller: &Caller) -> String {
    let FreeCommands(free) = use_context().unwrap_or_default();
    rights_in_words(caller.rights, free)
}

/// The rights as a page has them. `free`: they may run any command.
pub(crate) fn rights_in_words(rights: Rights, free: bool) -> String {
    let run = (free && rights.contains(Right::Start)).then_some("run");
    let types = (free && rights.contains(Right::Input)).then_some("type");
    rights.iter().map(Right::as_str).chain(run).chain(types).collect::<Vec<_>>().join(" ")
}

/// `'unsafe-inline'` is there for styles only: xterm.js writes the colours and widths of cells into `style` attributes, and the
/// page of a process is reached from all others without a new document.
#[cfg(feature = "ssr")]
fn send_policy() {
    use leptos::nonce::use_nonce;
    let Some(nonce) = use_nonce() else { return };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let (Some(response), Ok(policy)) = (use_context::<leptos_axum::ResponseOptions>(), policy.parse()) {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

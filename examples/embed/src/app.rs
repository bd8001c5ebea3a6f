//! The console's pages, as those of any Leptos app, and a server function of its own.

use crate::{
    person::{Person, SignInPage},
    templates::{CONSOLE, DEPLOY, ROLL_BACK},
};
use execdeck_app::{
    api::kill_process,
    at,
    embed::{Execdeck, ProcessList, ProcessTerminal, StartTemplate},
    wire::Process,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{A, Route, Router, Routes},
    path,
};
use uuid::Uuid;

/// The whole document.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    #[cfg(feature = "ssr")]
    send_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="icon" href="/assets/logo.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/assets/style.css"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// A strict content security policy. Execdeck's components need no more than any Leptos app but inline styles, in which the
/// terminal has the colours and widths of its cells.
#[cfg(feature = "ssr")]
fn send_policy() {
    let Some(nonce) = leptos::nonce::use_nonce() else { return };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let (Some(response), Ok(policy)) = (use_context::<leptos_axum::ResponseOptions>(), policy.parse()) {
        response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The console's routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|text: String| format!("{text} · Release console")/>
        <Router>
            <header>
                <img src="/assets/logo.svg" alt="" width="24" height="24"/>
                <nav aria-label="Pages">
                    <A href="/" exact=true>"Releases"</A>
                    <A href="/two">"Two"</A>
                    <A href="/remote">"Remote"</A>
                    <A href="/about">"About"</A>
                </nav>
                <Person/>
            </header>
            <main>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Releases/>
                    <Route path=path!("/two") view=Two/>
                    <Route path=path!("/remote") view=Remote/>
                    <Route path=path!("/about") view=About/>
                    <Route path=path!("/sign-in") view=SignInPage/>
                </Routes>
            </main>
        </Router>
    }
}

/// What can be started, what has run last, and the output of the run that was chosen.
#[component]
fn Runs(
    /// The path below which that Execdeck is.
    base: &'static str,
) -> impl IntoView {
    let chosen = RwSignal::new(None::<Uuid>);
    let choose = move |process: Process| chosen.set(Some(process.id));
    let problem = RwSignal::new(String::new());
    // What there is no component for: any of Execdeck's server functions can be called.
    let stop = move |_| {
        let Some(id) = chosen.get_untracked() else { return };
        spawn_local(async move {
            let stopped = at(base, kill_process(id, None)).await;
            problem.set(stopped.err().map(|error| error.to_string()).unwrap_or_default());
        });
    };
    view! {
        <Execdeck base>
            <div class="starts">
                <StartTemplate id=DEPLOY on_start=choose/>
                <StartTemplate id=ROLL_BACK on_start=choose/>
                <StartTemplate id=CONSOLE on_start=choose/>
            </div>
            <h2>"Last runs"</h2>
            <ProcessList limit=8 label="Last runs" on_select=choose/>
            <div class="chosen" hidden=move || chosen.get().is_none()>
                <button type="button" on:click=stop>"Stop"</button>
                <p role="alert">{problem}</p>
            </div>
            <ProcessTerminal id=chosen/>
        </Execdeck>
    }
}

#[component]
fn Releases() -> impl IntoView {
    view! {
        <Title text="Releases"/>
        <h1>"Releases"</h1>
        <Runs base="/deck"/>
    }
}

#[component]
fn Two() -> impl IntoView {
    view! {
        <Title text="Two"/>
        <h1>"Two side by side"</h1>
        <div class="pair">
            <section aria-label="Production"><Runs base="/deck"/></section>
            <section aria-label="Laboratory"><Runs base="/lab"/></section>
        </div>
    }
}

#[component]
fn Remote() -> impl IntoView {
    view! {
        <Title text="Remote"/>
        <h1>"On another server"</h1>
        <p>"For this page, the console is started with REMOTE_URL and REMOTE_TOKEN."</p>
        <Runs base="/far"/>
    }
}

#[component]
fn About() -> impl IntoView {
    let ask = Action::new(|(): &()| release_name());
    let release = move || ask.value().get().map(|name| name.unwrap_or_else(|error| error.to_string()));
    view! {
        <Title text="About"/>
        <h1>"About"</h1>
        <p>"An example of a Leptos app with Execdeck in it. Its own pages, such as this one, know nothing of it."</p>
        <p><a href="/deck/admin/exec" rel="external">"Execdeck's own pages"</a></p>
        <button type="button" on:click=move |_| { ask.dispatch(()); }>"Which release is out?"</button>
        <p role="status">{release}</p>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found"/>
        <h1>"The console has no such page"</h1>
    }
}

/// The release that is out.
#[server]
async fn release_name() -> Result<String, ServerFnError> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/release.txt");
    Ok(tokio::fs::read_to_string(file).await?.trim().to_owned())
}

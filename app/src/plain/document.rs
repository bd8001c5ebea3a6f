//! The document around a page, with the bar on top.

use crate::{
    assets::asset_folder,
    components::{AUDIT, PEOPLE, ProblemNotes, SEARCH, TEMPLATES, bar_end, document_links},
    server::{BasePath, ServerVersion},
    theme::Theme,
    wire::{Me, Right, SignedInBy},
};
use leptos::{prelude::*, reactive::owner::Owner};

/// What every page needs to know.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// Where the server lives.
    pub base: BasePath,
    /// Which build it is.
    pub version: ServerVersion,
    /// Light or dark.
    pub theme: Theme,
    /// For whom the page is, if they are signed in.
    pub me: Option<Me>,
    /// What is wrong with the server, for those who may know.
    pub problems: Vec<String>,
}

impl PageContext {
    /// A path of the server as browsers ask for it.
    pub(super) fn href(&self, path: &str) -> String {
        self.base.join(path)
    }

    /// A file of this build as browsers ask for it.
    fn asset(&self, name: &str) -> String {
        format!("{}/{name}", asset_folder(&self.base, &self.version))
    }
}

/// Files of this build that one page uses, by name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Assets {
    /// JavaScript.
    pub script: Option<&'static str>,
    /// Styles besides those of all pages.
    pub styles: &'static [&'static str],
}

/// Renders a document around what a page shows. `script`: the one file of JavaScript that it uses, if any.
pub(super) fn document<V: IntoView + 'static>(
    page: &PageContext,
    title: &str,
    script: Option<&'static str>,
    content: impl FnOnce() -> V,
) -> String {
    document_with(page, title, Assets { script, styles: &[] }, content)
}

/// The same for a page with styles of its own.
pub(super) fn document_with<V: IntoView + 'static>(page: &PageContext, title: &str, assets: Assets, content: impl FnOnce() -> V) -> String {
    Owner::new().with(|| {
        let script = assets.script.map(|name| view! { <script type="module" src=page.asset(name)></script> });
        let styles = assets.styles.iter().map(|name| view! { <link rel="stylesheet" href=page.asset(name)/> }).collect_view();
        let view = view! {
            <html lang="en" data-theme=page.theme.as_str() data-base=page.base.0.clone()>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title inner_html=crate::format::page_title(title.into())></title>
                    <link rel="icon" href=page.asset("favicon.svg") type="image/svg+xml"/>
                    <link rel="stylesheet" href=page.asset("execdeck.css")/>
                    <link rel="stylesheet" href=page.asset("account.css")/>
                    {styles}
                    {script}
                </head>
                <body>
                    <a class="skip" href="#main">"Skip to content"</a>
                    {bar(page)}
                    <main id="main" tabindex="-1">{content()}</main>
                    {(!page.problems.is_empty()).then(|| view! { <ProblemNotes problems=page.problems.clone()/> })}
                </body>
            </html>
        };
        format!("<!DOCTYPE html>{}", view.to_html())
    })
}

fn bar(page: &PageContext) -> impl IntoView + use<> {
    let sees = page.me.as_ref().is_some_and(|me| me.may(Right::View));
    let reads = sees && page.me.as_ref().is_some_and(|me| me.may(Right::ReadOutput));
    let administers = page.me.as_ref().is_some_and(|me| me.may(Right::Administer));
    let has_accounts = page.me.as_ref().is_some_and(|me| me.via != SignedInBy::Application);
    let links = page.me.as_ref().map(|me| {
        let shown = [(TEMPLATES, sees), (SEARCH, reads), (PEOPLE, administers && has_accounts), (AUDIT, administers)];
        let documents: Vec<_> = shown.into_iter().filter_map(|(document, is_shown)| is_shown.then_some(document)).collect();
        view! {
            <nav aria-label="Main">
                <a href=page.href("/admin/exec")>"Processes"</a>
                <div>{document_links(&page.base, &documents)}</div>
            </nav>
            <div class="bar-end">{bar_end(&page.base, me.name.clone(), has_accounts, &documents)}</div>
        }
    });
    view! {
        <header class="bar">
            <a class="mark" href=page.href("/admin/exec") aria-label="Execdeck, all processes">
                <span class="mark-sign" aria-hidden="true">"›_"</span>
                <span>"Execdeck"</span>
            </a>
            {links}
        </header>
    }
}

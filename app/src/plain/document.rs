//! The document around a page, with the bar on top.

use crate::{
    assets::asset_folder,
    components::{AUDIT, Icon, Name, PEOPLE, ProblemNotes, SEARCH, Sprite, TEMPLATES, bar_end, bar_tools, document_links, drawings},
    server::{BasePath, ServerVersion},
    shell::rights_in_words,
    texts::{self, t},
    theme::Theme,
    wire::{Me, Right, SignedInBy},
};
use leptos::{either::Either, prelude::*, reactive::owner::Owner};

/// What every page needs to know.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// Where the server lives.
    pub base: BasePath,
    /// The path of the page, below that.
    pub path: String,
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

/// The icons of the bar.
const OF_THE_BAR: [Name; 4] = [Name::Processes, Name::Search, Name::Theme, Name::Add];

/// Files of this build that one page uses, by name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Assets {
    /// JavaScript.
    pub script: Option<&'static str>,
    /// Styles besides those of all pages.
    pub styles: &'static [&'static str],
    /// It shows states, which have icons, besides those of the bar.
    pub has_states: bool,
}

/// Renders a document around what a page shows. `script`: the one file of JavaScript that it uses, if any.
pub(super) fn document<V: IntoView + 'static>(
    page: &PageContext,
    title: &str,
    script: Option<&'static str>,
    content: impl FnOnce() -> V,
) -> String {
    document_with(page, title, Assets { script, ..Assets::default() }, content)
}

/// The same for a page with styles of its own.
pub(super) fn document_with<V: IntoView + 'static>(page: &PageContext, title: &str, assets: Assets, content: impl FnOnce() -> V) -> String {
    Owner::new().with(|| {
        let script = assets.script.map(|name| view! { <script type="module" src=page.asset(name)></script> });
        let styles = assets.styles.iter().map(|name| view! { <link rel="stylesheet" href=page.asset(name)/> }).collect_view();
        // The keys and buttons of the bar.
        let keys = page.me.is_some().then(|| view! { <script type="module" src=page.asset("plain.js")></script> });
        let view = view! {
            <html lang=texts::language() data-texts=texts::text_address(&page.base, &page.version) data-theme=page.theme.as_str() data-base=page.base.0.clone()>
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
                    {keys}
                </head>
                <body>
                    <a class="skip" href="#main">{t!("Skip to content")}</a>
                    {bar(page)}
                    <main id="main" tabindex="-1">{content()}</main>
                    {(!page.problems.is_empty()).then(|| view! { <ProblemNotes problems=page.problems.clone()/> })}
                    {page.me.is_some().then(|| if assets.has_states { Either::Left(view! { <Sprite/> }) } else { Either::Right(drawings(&OF_THE_BAR)) })}
                </body>
            </html>
        };
        format!("<!DOCTYPE html>{}", view.to_html())
    })
}

/// As on the app's pages (`components::TopBar`), with nothing that they may not use.
fn bar(page: &PageContext) -> impl IntoView + use<> {
    view! {
        <header class="bar" data-rights=page.me.as_ref().map(|me| rights_in_words(me.rights, me.free_commands))>
            <a class="mark" href=page.href("/admin/exec") aria-label=t!("Execdeck, all processes")>
                <span class="mark-sign" aria-hidden="true">"›_"</span>
                <span>"Execdeck"</span>
            </a>
            {page.me.as_ref().map(|me| bar_of(page, me))}
        </header>
    }
}

/// What is in the bar of somebody who is signed in.
fn bar_of(page: &PageContext, me: &Me) -> impl IntoView + use<> {
    let (sees, administers) = (me.may(Right::View), me.may(Right::Administer));
    let has_accounts = me.via != SignedInBy::Application;
    let shown =
        [(TEMPLATES, sees), (SEARCH, sees && me.may(Right::ReadOutput)), (PEOPLE, administers && has_accounts), (AUDIT, administers)];
    let documents: Vec<_> = shown.into_iter().filter_map(|(document, is_shown)| is_shown.then_some(document)).collect();
    let new = (me.free_commands && me.may(Right::Start)).then(|| {
        view! { <a class="button primary" href=page.href("/admin/exec/new")><Icon name=Name::Add/><span>{t!("New process")}</span></a> }
    });
    view! {
        <nav aria-label=t!("Main")>
            <a href=page.href("/admin/exec")><Icon name=Name::Processes/><span>{t!("Processes")}</span></a>
            <div>{document_links(&page.base, &documents, &page.path)}</div>
        </nav>
        <div class="bar-tools">{bar_tools(page.theme)}</div>
        {new}
        <div class="bar-end">{bar_end(&page.base, me.name.clone(), has_accounts, &documents, &page.path)}</div>
    }
}

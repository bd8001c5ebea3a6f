//! The outputs of several processes at once: side by side, or merged into one list of lines by time. `frontend/js/together.js` shows
//! them; without it the page has the processes, how they are, and links to their pages.

use super::{
    PageContext,
    document::{Assets, document_with},
};
use crate::{
    components::{Icon, state_icon},
    format,
    texts::t,
    wire::{ApiError, ErrorCode, Process},
};
use leptos::prelude::*;
use uuid::Uuid;

/// How many processes there may be.
pub const TOGETHER: std::ops::RangeInclusive<usize> = 2..=6;

/// How the outputs are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TogetherView {
    /// Each in a pane of its own.
    #[default]
    Side,
    /// All lines in one list.
    Merged,
}

impl TogetherView {
    /// The name in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Side => "side",
            Self::Merged => "merged",
        }
    }
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Together {
    /// The processes, in the order of the address; or why one of them is not shown.
    pub processes: Vec<(Uuid, Result<Process, ApiError>)>,
    /// How.
    pub view: TogetherView,
}

/// The page.
pub fn together(page: &PageContext, shown: &Together) -> String {
    let tags = tags(&shown.processes);
    let articles = shown
        .processes
        .iter()
        .zip(tags)
        .enumerate()
        .map(|(number, ((id, process), tag))| article(page, number, *id, process.as_ref(), tag, shown.view));
    let lines = (shown.view == TogetherView::Merged).then(|| view! { <div class="together-output needs-script" translate="no"></div> });
    let view = shown.view.as_str();
    document_with(
        page,
        t!("Outputs together"),
        Assets { script: Some("together.js"), styles: &["log.css", "together.css"], has_states: true },
        || {
            view! {
                <section class="together" data-view=view>
                    <div class="together-bar">
                        <h1>{t!("Outputs together")}</h1>
                        {views(page, shown)}
                        <div class="together-tools log-bar needs-script"></div>
                        <noscript><p class="muted">{t!("The output itself is shown with JavaScript only. The links lead to the pages of the processes.")}</p></noscript>
                    </div>
                    <p class="together-note note failed" role="status" hidden=true></p>
                    <div class="together-panes">{articles.collect_view()}</div>
                    {lines}
                </section>
            }
        },
    )
}

fn views(page: &PageContext, shown: &Together) -> impl IntoView + use<> {
    let ids = shown.processes.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(",");
    let links = [(TogetherView::Side, t!("Side by side")), (TogetherView::Merged, t!("Merged"))].map(|(view, label)| {
        let address = page.href(&format!("/admin/exec/together?ids={ids}&view={}", view.as_str()));
        view! { <a href=address aria-current=(view == shown.view).then_some("page")>{label}</a> }
    });
    view! { <nav class="segments" aria-label=t!("Views")>{links.into_iter().collect_view()}</nav> }
}

/// One process: its name, how it is, and with [`TogetherView::Side`] the place of its output.
fn article(
    page: &PageContext,
    number: usize,
    id: Uuid,
    process: Result<&Process, &ApiError>,
    tag: String,
    view: TogetherView,
) -> impl IntoView + use<> {
    let state = process.ok().map(|process| {
        let class = format!("state {}", format::hue(process));
        view! { <span class=class><Icon name=state_icon(process)/>{format::outcome(process)}</span> }
    });
    let is_missing = process.is_err_and(|error| error.code == ErrorCode::NotFound);
    let problem = process.err().map(|error| match error.code {
        ErrorCode::NotFound => t!("There is no such process. It may have been removed.").to_owned(),
        _ => error.message.clone(),
    });
    let is_shown = process.is_ok();
    let link = page.href(&format!("/admin/exec/{id}"));
    let heading = match process {
        Ok(_) => view! { <a href=link title=tag.clone()>{tag.clone()}</a> }.into_any(),
        Err(_) => view! { <span title=id.to_string()>{tag.clone()}</span> }.into_any(),
    };
    let is_active = process.is_ok_and(|process| process.state.is_active());
    let output = (view == TogetherView::Side).then(|| view! { <div class="together-output needs-script" translate="no"></div> });
    view! {
        <article class="together-pane" data-id=id.to_string() data-tag=tag.clone() data-hue=number.to_string() data-active=is_active.to_string()
            data-missing=is_missing.to_string()>
            <div class="together-head">
                <h2 translate="no">{heading}</h2>
                <span class="together-state" role="status">{state}</span>
            </div>
            <p class="together-problem" role="status" hidden=is_shown>{problem}</p>
            {output}
        </article>
    }
}

/// What the lines of each are marked with: names, with numbers where two have the same one.
fn tags(processes: &[(Uuid, Result<Process, ApiError>)]) -> Vec<String> {
    let names = processes.iter().map(|(id, process)| match process {
        Ok(process) => process.name.clone(),
        Err(_) => format!("{}\u{2026}", &id.to_string()[..8]),
    });
    let mut tags: Vec<(String, usize)> = Vec::new();
    for name in names {
        let number = 1 + tags.iter().filter(|(other, _)| *other == name).count();
        tags.push((name, number));
    }
    tags.into_iter().map(|(name, number)| if number > 1 { format!("{name} ({number})") } else { name }).collect()
}

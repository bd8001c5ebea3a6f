//! All templates, each with a button that starts it.

use super::{super::PageContext, TEMPLATES, TemplateList, command, encode, import, start_path};
use crate::{
    plain::{
        document::document,
        fields::{done, form_error},
    },
    texts::t,
    wire::{ReasonRule, Right, Template},
};
use leptos::prelude::*;
use uuid::Uuid;

/// The page of all templates.
pub fn templates(page: &PageContext, list: &TemplateList) -> String {
    let may = |right| page.me.as_ref().is_some_and(|me| me.may(right));
    let (starts, administers) = (may(Right::Start), may(Right::Administer));
    document(page, t!("Templates"), None, || {
        let cards = list.templates.iter().map(|template| card(page, list, template, starts, administers)).collect_view();
        let found = !list.templates.is_empty();
        view! {
            <section class="page narrow">
                <div class="page-head">
                    <h1>{t!("Templates")}</h1>
                    {administers.then(|| view! { <a class="button primary" href=page.href("/admin/exec/templates/new")>{t!("New template")}</a> })}
                </div>
                {done(list.notice.as_ref())}
                {form_error(list.problem.as_ref())}
                {(list.total > 0).then(|| search(page, list))}
                {found.then(|| view! { <ul class="people templates" aria-label=t!("Templates")>{cards}</ul> })}
                {(!found).then(|| empty(page, list, administers))}
                {administers.then(|| import::import(page, list))}
            </section>
        }
    })
}

fn search(page: &PageContext, list: &TemplateList) -> impl IntoView + use<> {
    view! {
        <form class="template-search" role="search" method="get" action=page.href(TEMPLATES)>
            <input type="search" name="name" value=list.search.clone() aria-label=t!("Search templates") placeholder=t!("Search by name, description or label") autocomplete="off"/>
            <button type="submit">{t!("Search")}</button>
        </form>
    }
}

fn card(page: &PageContext, list: &TemplateList, template: &Template, starts: bool, administers: bool) -> impl IntoView + use<> {
    let (name, id) = (template.name.clone(), template.id.unwrap_or_default());
    let href = page.href(&start_path(template.id));
    let labels = template
        .spec
        .labels
        .iter()
        .map(|(key, value)| view! { <span class="label" translate="no">{format!("{key}={value}")}</span> })
        .collect_view();
    let heading = if starts { view! { <a href=href.clone()>{name.clone()}</a> }.into_any() } else { name.clone().into_any() };
    let presets = template.presets.iter().filter(|_| starts).map(|preset| {
        view! { <a class="preset" translate="no" href=format!("{href}?preset={}", encode(&preset.name))>{preset.name.clone()}</a> }
    });
    let presets = presets.collect::<Vec<_>>();
    let presets = (!presets.is_empty()).then(|| view! { <p class="presets"><span class="muted">{t!("Presets:")}" "</span>{presets}</p> });
    view! {
        <li class="card template">
            <div class="template-text">
                <h2 translate="no">{heading}</h2>
                {(!template.description.is_empty()).then(|| view! { <p class="template-description" translate="no">{template.description.clone()}</p> })}
                {command::line(&template.spec)}
                {(!template.spec.labels.is_empty()).then(|| view! { <p class="template-labels">{labels}</p> })}
                {presets}
            </div>
            <div class="template-actions">
                {administers.then(|| view! { <a class="button ghost" href=page.href(&format!("{TEMPLATES}/{id}")) aria-label=t!("Edit {name}", name)>{t!("Edit")}</a> })}
                {starts.then(|| start_button(&href, list.key, template))}
            </div>
        </li>
    }
}

/// Starts at once what asks for nothing. An ellipsis says that there is a form first.
fn start_button(href: &str, key: Uuid, template: &Template) -> AnyView {
    let at_once = template.parameters.is_empty() && template.confirm.is_none() && template.reason == ReasonRule::None;
    let name = &template.name;
    if !at_once {
        return view! { <a class="button primary" href=href.to_owned() aria-label=t!("Start… {name}", name)>{t!("Start…")}</a> }.into_any();
    }
    view! {
        <form method="post" action=href.to_owned()>
            <input type="hidden" name="key" value=key.to_string() autocomplete="off"/>
            <button class="primary" type="submit" name="do" value="start" aria-label=t!("Start {name}", name)>{t!("Start")}</button>
        </form>
    }
    .into_any()
}

fn empty(page: &PageContext, list: &TemplateList, administers: bool) -> AnyView {
    if list.total > 0 {
        return view! {
            <div class="empty">
                <h2>{t!("No templates match")}</h2>
                <p>{t!("Try fewer search terms.")}</p>
                <p><a class="button" href=page.href(TEMPLATES)>{t!("Show all")}</a></p>
            </div>
        }
        .into_any();
    }
    let how = if administers {
        t!("A template is a command that others can start without being able to change it: they fill in a form, and their values become \
             single arguments. Import some examples to see how it works, or make your own.")
    } else {
        t!("A template is a command that you can start by filling in a form. Ask an administrator to make one, or to let you use one.")
    };
    view! { <div class="empty"><h2>{t!("No templates yet")}</h2><p>{how}</p></div> }.into_any()
}

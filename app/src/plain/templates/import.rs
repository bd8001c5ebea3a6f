//! Importing and exporting templates.

use super::{super::PageContext, TemplateList};
use crate::{
    browser,
    plain::fields::{id, of_form},
    texts::t,
    wire::Template,
};
use leptos::prelude::*;

const IMPORT: &str = "/admin/exec/templates/import";

/// The examples, and the forms to import and export. Folded away once there are templates.
pub(super) fn import(page: &PageContext, list: &TemplateList) -> AnyView {
    let content = view! {
        {(!list.examples.is_empty()).then(|| examples(page, &list.examples))}
        {from_toml(page, list)}
    };
    if list.total == 0 {
        return content.into_any();
    }
    let open = of_form(list.problem.as_ref(), IMPORT).is_some();
    view! {
        <details class="transfer" open=open>
            <summary>{t!("Import and export")}</summary>
            <div class="transfer-content">
                <p><a class="button" href=page.href("/admin/exec/templates/export") download="templates.toml">{t!("Export all as TOML")}</a></p>
                {content}
            </div>
        </details>
    }
    .into_any()
}

fn examples(page: &PageContext, examples: &[Template]) -> impl IntoView + use<> {
    let example = |template: &Template| {
        view! {
            <label class="check example">
                <input type="checkbox" name="example" value=template.name.clone() checked/>
                <span translate="no"><strong>{template.name.clone()}</strong>" "<span class="muted">{template.description.clone()}</span></span>
            </label>
        }
    };
    view! {
        <form class="form card" method="post" action=page.href("/admin/exec/templates/library")>
            <h2>{t!("Examples")}</h2>
            <div class="choices">{examples.iter().map(example).collect_view()}</div>
            <div class="form-end"><button class="primary" type="submit">{t!("Import examples")}</button></div>
        </form>
    }
}

fn from_toml(page: &PageContext, list: &TemplateList) -> impl IntoView + use<> {
    let (toml, file) = (id(IMPORT, "toml"), id(IMPORT, "file"));
    view! {
        <form class="form card" method="post" enctype="multipart/form-data" action=page.href(IMPORT)>
            <h2>{t!("Import TOML")}</h2>
            <div class="field">
                <label for=file.clone()>{t!("File")}</label>
                <input id=file type="file" name="file" accept=".toml,text/plain,application/toml"/>
            </div>
            <div class="field">
                <label for=toml.clone()>{t!("Or its text")}</label>
                <textarea id=toml class="mono" name="toml" rows="4" spellcheck="false" placeholder="[[templates]]">{browser::textarea_text(&list.toml)}</textarea>
            </div>
            <div class="form-end"><button type="submit">{t!("Import")}</button></div>
        </form>
    }
}

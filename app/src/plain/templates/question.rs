//! What is asked before something is done.

use super::{super::PageContext, TEMPLATES, VALUE_PREFIX, command, start::StartPage, start_path};
use crate::{
    plain::document::document,
    texts::t,
    wire::{Parameter, ParameterType, Template},
};
use leptos::prelude::*;

/// Asks the template's question before it is started. The values stay in the form; secrets are kept by the server.
pub fn start_question(page: &PageContext, form: &StartPage) -> String {
    let template = &form.template;
    document(page, &t!("Start {name}?", name = template.name), None, || {
        let hidden = template.parameters.iter().filter(|parameter| parameter.kind != ParameterType::Secret).flat_map(|parameter| {
            let name = format!("{VALUE_PREFIX}{}", parameter.name);
            let texts = form.typed.get(&parameter.name).cloned().unwrap_or_default();
            texts.into_iter().map(move |text| view! { <input type="hidden" name=name.clone() value=text/> })
        });
        let hidden = hidden.collect::<Vec<_>>();
        let values = template.parameters.iter().map(|parameter| value(parameter, form)).collect_view();
        view! {
            <section class="page narrow">
                <h1>{t!("Start {name}?", name = template.name)}</h1>
                <p class="note warned question" translate="no">{template.confirm.clone()}</p>
                <form class="form card" method="post" action=page.href(&start_path(template.id))>
                    <input type="hidden" name="key" value=form.key.to_string() autocomplete="off"/>
                    <input type="hidden" name="reason" value=form.reason.clone()/>
                    {hidden}
                    {(!template.parameters.is_empty()).then(|| view! { <dl class="values">{values}</dl> })}
                    {command::preview(t!("Will run"), form.preview.as_ref())}
                    <div class="form-end">
                        <button class="primary" type="submit" name="do" value="confirmed">{t!("Yes, start")}</button>
                        <button type="submit" name="do" value="edit">{t!("Change values")}</button>
                        <a class="button ghost" href=page.href(TEMPLATES)>{t!("Cancel")}</a>
                    </div>
                </form>
            </section>
        }
    })
}

fn value(parameter: &Parameter, form: &StartPage) -> impl IntoView + use<> {
    let label = parameter.label.clone().unwrap_or_else(|| parameter.name.clone());
    let texts = form.typed.get(&parameter.name).cloned().unwrap_or_default();
    let text = match parameter.kind {
        ParameterType::Secret => "••••••".to_owned(),
        ParameterType::Flag if texts.is_empty() => t!("no").to_owned(),
        ParameterType::Flag => t!("yes").to_owned(),
        _ if texts.iter().all(String::is_empty) => "–".to_owned(),
        _ => texts.join(", "),
    };
    let is_typed = parameter.kind != ParameterType::Flag;
    view! { <div><dt translate="no">{label}</dt><dd translate=is_typed.then_some("no")>{text}</dd></div> }
}

/// Asks before a template is removed.
pub fn remove_question(page: &PageContext, template: &Template) -> String {
    document(page, &t!("Remove {name}?", name = template.name), None, || {
        let path = format!("{TEMPLATES}/{}", template.id.unwrap_or_default());
        view! {
            <section class="page narrow">
                <h1>{t!("Remove {name}?", name = template.name)}</h1>
                <p>{t!("Nobody can start it any more, and what was started from it cannot be run again. Processes and their output stay.")}</p>
                <form class="form-end" method="post" action=page.href(&format!("{path}/remove"))>
                    <input type="hidden" name="confirmed" value="yes"/>
                    <button class="danger" type="submit">{t!("Remove")}</button>
                    <a class="button" href=page.href(&path)>{t!("Keep it")}</a>
                </form>
            </section>
        }
    })
}

//! What would be run, as words.

use crate::{form::template::is_placeholder, texts::t, wire::ProcessSpec};
use leptos::prelude::*;
use serde::Serialize;

/// What would be run, or why it cannot be said. Also what the script `preview.js` gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Program and arguments; while there is a problem, as far as they are known.
    pub words: Vec<String>,
    /// The working directory, the user, the sandbox and the variables, in words; empty if there are none.
    pub around: String,
    /// What keeps it from being run.
    pub problem: Option<String>,
}

impl Preview {
    /// What this spec runs.
    pub fn of(spec: &ProcessSpec, problem: Option<String>) -> Self {
        let words = std::iter::once(spec.program.clone()).chain(spec.args.iter().cloned()).collect();
        let folder = spec.cwd.as_ref().map(|folder| t!("in {folder}", folder));
        let secrets = spec.secret_env.keys().map(|name| t!("{name} (secret)", name));
        let variables: Vec<_> = spec.env.iter().map(|(name, value)| format!("{name}={value}")).chain(secrets).collect();
        let variables = (!variables.is_empty()).then(|| t!("with {variables}", variables = variables.join(", ")));
        let user = spec.run_as.as_ref().map(|user| t!("as {user}", user));
        let sandbox = spec.sandbox.is_some().then(|| t!("in a sandbox").to_owned());
        let around = folder.into_iter().chain(user).chain(sandbox).chain(variables).collect::<Vec<_>>().join(" ");
        Self { words, around, problem }
    }
}

/// The place of the preview, which `preview.js` refreshes while somebody types.
pub(super) fn preview(title: &'static str, preview: Option<&Preview>) -> impl IntoView + use<> {
    let shown = preview.cloned().unwrap_or_default();
    let hidden = preview.is_none();
    view! {
        <section class="preview" data-preview hidden=hidden aria-label=title>
            <h2>{title}</h2>
            <p class="words" data-words translate="no">{shown.words.iter().map(|word| view! { <code>{marked(word)}</code> " " }).collect_view()}</p>
            <p class="muted" data-around hidden=shown.around.is_empty()>{shown.around.clone()}</p>
            <p class="muted" data-problem hidden=shown.problem.is_none()>{shown.problem.clone()}</p>
        </section>
    }
}

/// The command of a template as one line.
pub(super) fn line(spec: &ProcessSpec) -> impl IntoView + use<> {
    let words: Vec<_> = std::iter::once(&spec.program).chain(&spec.args).map(|word| view! { {marked(word)} " " }).collect();
    view! { <code class="template-command" translate="no">{words}</code> }
}

/// A word whose placeholders are marked. Braces around anything but a name stand for themselves.
fn marked(word: &str) -> Vec<AnyView> {
    let mut parts = Vec::new();
    let (mut shown, mut from) = (0, 0);
    while let Some(start) = word[from..].find("{{").map(|at| from + at) {
        let Some(end) = word[start..].find("}}").map(|at| start + at + 2) else { break };
        if is_placeholder(&word[start..end]) {
            if start > shown {
                parts.push(word[shown..start].to_owned().into_any());
            }
            let name = word[start + 2..end - 2].to_owned();
            parts.push(view! { <mark>{name}</mark> }.into_any());
            (shown, from) = (end, end);
        } else {
            from = start + 1;
        }
    }
    if shown < word.len() || word.is_empty() {
        parts.push(word[shown..].to_owned().into_any());
    }
    parts
}

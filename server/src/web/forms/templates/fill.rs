//! What the form that starts a template is filled in with. Nothing is started by it.

use super::last;
use crate::deck::{Caller, Deck};
use execdeck_app::{
    form::template::{Typed, is_set, write_value, write_values},
    plain::templates::{Files, VALUE_PREFIX},
};
use execdeck_wire::{ApiError, Parameter, ParameterType, Template};
use uuid::Uuid;

/// The names in a link that are no parameters, unless `value.` stands before them.
const OWN: [&str; 2] = ["preset", "from"];

/// What a form is filled in with, and what is to be known about that.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub typed: Typed,
    pub preset: Option<String>,
    pub notes: Vec<String>,
}

/// Fills the form in: from the defaults, then from the preset, the process and the values that the link names.
pub(super) async fn fill(deck: &Deck, caller: &Caller, id: Uuid, template: &Template, link: &[(String, String)]) -> Filled {
    let defaults =
        template.parameters.iter().filter_map(|parameter| Some((parameter.name.clone(), write_value(parameter.default.as_ref()?))));
    let mut filled = Filled { typed: defaults.collect(), ..Filled::default() };
    let preset = last(link, "preset");
    if !preset.is_empty() {
        match template.presets.iter().find(|known| known.name == preset) {
            Some(known) => {
                filled.typed.extend(write_values(&known.values));
                filled.preset = Some(preset.to_owned());
            }
            None => filled.notes.push(format!("There is no preset {preset:?} any more, so it was left out.")),
        }
    }
    let from = last(link, "from");
    if !from.is_empty() {
        match values_of(deck, caller, id, from).await {
            Ok(values) => filled.typed.extend(values),
            Err(error) => filled.notes.push(format!("The values of the earlier process could not be filled in. {}", error.message)),
        }
    }
    from_link(template, link, &mut filled);
    hide(template, &mut filled.typed);
    filled
}

async fn values_of(deck: &Deck, caller: &Caller, id: Uuid, process: &str) -> Result<Typed, ApiError> {
    let process = super::parse_id(process)?;
    let (template, values) = deck.template_values_of(caller, process).await?;
    if template != id {
        let message = "It was started from another template.";
        return Err(ApiError::new(execdeck_wire::ErrorCode::BadRequest, message));
    }
    Ok(write_values(&values))
}

/// Takes the values that a link names. What it cannot fill in is left out with a note.
fn from_link(template: &Template, link: &[(String, String)], filled: &mut Filled) {
    let mut named = Typed::new();
    for (key, value) in link.iter().filter(|(key, _)| !OWN.contains(&key.as_str())) {
        named.entry(key.strip_prefix(VALUE_PREFIX).unwrap_or(key).to_owned()).or_default().push(value.clone());
    }
    for (name, texts) in named {
        match template.parameters.iter().find(|parameter| parameter.name == name) {
            None => filled.notes.push(format!("The link names {name:?}, which is no parameter of this template, so it was left out.")),
            Some(parameter) if parameter.kind == ParameterType::Secret => {
                filled.notes.push(format!("The link contains a value for the secret {name:?}. It was left out: links are stored in many places. Enter it here, and change it if it is in use."));
            }
            Some(parameter) => {
                if let Some(texts) = fitting(parameter, texts, &mut filled.notes) {
                    filled.typed.insert(name, texts);
                }
            }
        }
    }
}

/// The texts of a link that its field can show.
fn fitting(parameter: &Parameter, texts: Vec<String>, notes: &mut Vec<String>) -> Option<Vec<String>> {
    let mut left_out =
        |text: &str| notes.push(format!("The link's value {text:?} for {:?} cannot be chosen, so it was left out.", parameter.name));
    match parameter.kind {
        ParameterType::Choices | ParameterType::Choice => {
            let (known, unknown): (Vec<_>, Vec<_>) =
                texts.into_iter().filter(|text| !text.is_empty()).partition(|text| parameter.choices.contains(text));
            for text in &unknown {
                left_out(text);
            }
            if parameter.kind == ParameterType::Choice { known.last().map(|last| vec![last.clone()]) } else { Some(known) }
        }
        ParameterType::Flag => Some(texts.last().filter(|text| is_set(text)).map(|_| "true".to_owned()).into_iter().collect()),
        _ => texts.last().map(|last| vec![last.clone()]),
    }
}

/// No secret is ever filled in, and a flag is filled in only if it is set.
fn hide(template: &Template, typed: &mut Typed) {
    for parameter in &template.parameters {
        let unset = || typed.get(&parameter.name).is_some_and(|texts| !texts.iter().any(|text| is_set(text)));
        if parameter.kind == ParameterType::Secret || (parameter.kind == ParameterType::Flag && unset()) {
            typed.remove(&parameter.name);
        }
    }
}

/// What was typed into the form, as it was sent.
pub(super) fn typed_of(template: &Template, pairs: &[(String, String)]) -> Typed {
    let mut typed = Typed::new();
    for (key, value) in pairs {
        let name = key.strip_prefix(VALUE_PREFIX).filter(|name| template.parameters.iter().any(|parameter| parameter.name == *name));
        if let Some(name) = name {
            typed.entry(name.to_owned()).or_default().push(value.clone());
        }
    }
    typed
}

/// The files that the form offers.
pub(super) async fn files(deck: &Deck, caller: &Caller, id: Uuid, template: &Template) -> Files {
    let mut files = Files::new();
    for parameter in template.parameters.iter().filter(|parameter| parameter.kind == ParameterType::File) {
        let list = deck.template_files(caller, id, &parameter.name).await;
        files.insert(parameter.name.clone(), list.map_err(|error| error.message));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, kind: ParameterType) -> Parameter {
        Parameter { name: name.into(), kind, choices: vec!["a".into(), "b".into()], ..Parameter::default() }
    }

    fn template() -> Template {
        let kinds = [
            ("text", ParameterType::Text),
            ("one", ParameterType::Choice),
            ("some", ParameterType::Choices),
            ("dry", ParameterType::Flag),
            ("token", ParameterType::Secret),
            ("preset", ParameterType::Text),
        ];
        Template { parameters: kinds.map(|(name, kind)| parameter(name, kind)).into(), ..Template::default() }
    }

    fn linked(query: &str) -> Filled {
        let link: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut filled = Filled::default();
        from_link(&template(), &link, &mut filled);
        hide(&template(), &mut filled.typed);
        filled
    }

    #[test]
    fn a_link_fills_in_what_it_names() {
        let filled = linked("text=%24%28id%29&one=a&some=a&some=b&dry=yes&value.preset=x&preset=nightly");
        let texts = |name: &str| filled.typed[name].join(",");
        assert_eq!(
            (texts("text"), texts("one"), texts("some"), texts("dry"), texts("preset")),
            ("$(id)".into(), "a".into(), "a,b".into(), "true".into(), "x".into())
        );
        assert!(filled.notes.is_empty());
    }

    #[test]
    fn what_a_link_cannot_fill_in_is_left_out_and_said() {
        let filled = linked("token=hunter2&unknown=1&one=c&some=a&some=c&dry=no&value.token=hunter2");
        assert_eq!(filled.typed, [("some".to_owned(), vec!["a".to_owned()])].into());
        assert_eq!(filled.notes.len(), 4);
        assert!(!filled.notes.concat().contains("hunter2"));
    }
}

//! What the form that starts a template is filled in with. Nothing is started by it.

use super::last;
use crate::deck::{Caller, Deck};
use execdeck_app::{
    form::template::{Typed, is_set, write_value, write_values},
    plain::templates::{Files, VALUE_PREFIX},
    t,
};
use execdeck_wire::{ApiError, Parameter, ParameterType, ReasonRule, Template, TemplateValues};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The names in a link that are no parameters, unless `value.` stands before them.
const OWN: [&str; 2] = ["preset", "from"];

/// What a form is filled in with, and what is to be known about that.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub typed: Typed,
    pub preset: Option<String>,
    pub notes: Vec<String>,
    /// The parameters whose values are those of an earlier start.
    earlier: BTreeSet<String>,
}

impl Filled {
    /// Says which values of the earlier start do not fit any more.
    pub(super) fn note_misfits(&mut self, template: &Template, misfits: &BTreeMap<String, String>) {
        for parameter in template.parameters.iter().filter(|parameter| self.earlier.contains(&parameter.name)) {
            let Some(why) = misfits.get(&parameter.name) else { continue };
            let value = shown(self.typed.get(&parameter.name).map(Vec::as_slice).unwrap_or_default());
            self.notes.push(t!("The earlier value {value} of “{name}” does not fit any more. {why}", value, name = label(parameter), why));
        }
    }
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
            None => filled.notes.push(t!("There is no preset “{name}” any more, so it was left out.", name = preset)),
        }
    }
    let from = last(link, "from");
    if !from.is_empty() {
        match values_of(deck, caller, id, from).await {
            Ok((values, secrets)) => from_earlier(template, &values, &secrets, &mut filled),
            Err(error) => filled.notes.push(t!("The values of the earlier process could not be filled in. {why}", why = error.message)),
        }
    }
    from_link(template, link, &mut filled);
    hide(template, &mut filled.typed);
    filled
}

async fn values_of(deck: &Deck, caller: &Caller, id: Uuid, process: &str) -> Result<(TemplateValues, Vec<String>), ApiError> {
    let process = super::parse_id(process)?;
    let (template, values, secrets) = deck.template_values_of(caller, process).await?;
    if template != id {
        let message = t!("It was started from another template.");
        return Err(ApiError::new(execdeck_wire::ErrorCode::BadRequest, message));
    }
    Ok((values, secrets))
}

/// Takes the values of an earlier start. The template may have changed since: what has no place any more, and what is new, is
/// said, and what has to be entered once more. `secrets`: the parameters that had one.
fn from_earlier(template: &Template, values: &TemplateValues, secrets: &[String], filled: &mut Filled) {
    let find = |name: &str| template.parameters.iter().find(|parameter| parameter.name == name);
    filled.notes.extend(once_more(template, secrets).map(str::to_owned));
    let (mut gone, mut changed) = (Vec::new(), Vec::new());
    for (name, value) in values {
        let texts = write_value(value);
        match find(name) {
            Some(parameter) if parameter.kind == ParameterType::Secret => {}
            Some(parameter) if takes(parameter.kind, value) => {
                filled.typed.insert(name.clone(), texts);
                filled.earlier.insert(name.clone());
            }
            Some(parameter) => changed.push(t!("{name} was {value}", name = label(parameter), value = shown(&texts))),
            None if texts.is_empty() || *value == Value::Bool(false) => {}
            None => gone.push(t!("{name} was {value}", name, value = shown(&texts))),
        }
    }
    gone.extend(secrets.iter().filter(|name| find(name).is_none()).map(|name| t!("{name} was a secret", name)));
    let is_new = |parameter: &&Parameter| parameter.kind != ParameterType::Secret && !values.contains_key(&parameter.name);
    let new: Vec<_> = template.parameters.iter().filter(is_new).map(label).collect();
    let notes = &mut filled.notes;
    if !gone.is_empty() {
        let list = gone.join("; ");
        notes.push(t!("The template has changed. These values of the earlier run have no place any more: {list}.", list));
    }
    if !changed.is_empty() {
        let list = changed.join("; ");
        notes.push(t!(
            "The template has changed. These values of the earlier run are of another type, so they were left out: {list}.",
            list
        ));
    }
    if !new.is_empty() {
        let list = new.join("; ");
        notes.push(t!("The template has changed. These parameters are new; look at their values before you start: {list}.", list));
    }
}

/// What an earlier start does not fill in, though the template asks for it.
fn once_more(template: &Template, secrets: &[String]) -> Option<&'static str> {
    let is_asked = |parameter: &&Parameter| parameter.required || secrets.contains(&parameter.name);
    let asked = template.parameters.iter().filter(|parameter| parameter.kind == ParameterType::Secret).filter(is_asked).count();
    let reason = template.reason == ReasonRule::Required;
    Some(match asked {
        0 if !reason => return None,
        0 => t!("Filled in from the earlier run. Enter the reason once more."),
        1 if reason => t!("Filled in from the earlier run. Enter the secret and the reason once more."),
        1 => t!("Filled in from the earlier run. Enter the secret once more."),
        _ if reason => t!("Filled in from the earlier run. Enter the secrets and the reason once more."),
        _ => t!("Filled in from the earlier run. Enter the secrets once more."),
    })
}

/// Whether a field of this type can hold a value that may be of another one. That it fits otherwise is not said.
fn takes(kind: ParameterType, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null) | (ParameterType::Flag, Value::Bool(_)) | (ParameterType::Choices, Value::Array(_) | Value::String(_)) => true,
        (ParameterType::Flag | ParameterType::Choices, _) | (_, Value::Bool(_)) => false,
        (_, Value::Array(values)) => values.len() <= 1,
        _ => true,
    }
}

/// How a parameter is called in the form.
fn label(parameter: &Parameter) -> &str {
    parameter.label.as_ref().unwrap_or(&parameter.name)
}

/// A value in a note, which is short.
fn shown(texts: &[String]) -> String {
    let text = texts.join(", ");
    let short: String = text.chars().take(100).collect();
    if short.len() < text.len() { format!("“{short}”\u{2026}") } else { format!("“{short}”") }
}

/// Takes the values that a link names. What it cannot fill in is left out with a note.
fn from_link(template: &Template, link: &[(String, String)], filled: &mut Filled) {
    let mut named = Typed::new();
    for (key, value) in link.iter().filter(|(key, _)| !OWN.contains(&key.as_str())) {
        named.entry(key.strip_prefix(VALUE_PREFIX).unwrap_or(key).to_owned()).or_default().push(value.clone());
    }
    for (name, texts) in named {
        match template.parameters.iter().find(|parameter| parameter.name == name) {
            None => filled.notes.push(t!("The link names “{name}”, which is no parameter of this template, so it was left out.", name)),
            Some(parameter) if parameter.kind == ParameterType::Secret => {
                filled.notes.push(t!("The link contains a value for the secret “{name}”. It was left out: links are stored in many places. Enter it here, and change it if it is in use.", name));
            }
            Some(parameter) => {
                if let Some(texts) = fitting(parameter, texts, &mut filled.notes) {
                    filled.earlier.remove(&name);
                    filled.typed.insert(name, texts);
                }
            }
        }
    }
}

/// The texts of a link that its field can show.
fn fitting(parameter: &Parameter, texts: Vec<String>, notes: &mut Vec<String>) -> Option<Vec<String>> {
    let mut left_out = |text: &str| {
        notes.push(t!("The link's value “{text}” for “{name}” cannot be chosen, so it was left out.", text, name = parameter.name));
    };
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

    fn again(values: Value, secrets: &[&str], template: &Template) -> Filled {
        let (values, secrets): (TemplateValues, Vec<_>) =
            (serde_json::from_value(values).unwrap(), secrets.iter().map(|name| (*name).to_owned()).collect());
        let mut filled = Filled::default();
        from_earlier(template, &values, &secrets, &mut filled);
        filled
    }

    #[test]
    fn what_an_earlier_start_cannot_fill_in_is_said() {
        let same = serde_json::json!({ "text": "x", "one": null, "some": ["a"], "dry": true, "preset": "" });
        let filled = again(same.clone(), &[], &template());
        assert_eq!(filled.typed["some"], ["a"]);
        assert!(filled.notes.is_empty(), "{:?}", filled.notes);
        let asking = Template { reason: ReasonRule::Required, ..template() };
        assert_eq!(again(same, &["token"], &asking).notes, ["Filled in from the earlier run. Enter the secret and the reason once more."]);
        let other = serde_json::json!({ "text": ["a", "b"], "old": 5, "unused": null, "off": false, "one": "gone", "some": "a" });
        let mut filled = again(other, &["key"], &template());
        assert_eq!((filled.typed["some"].join(","), filled.typed.contains_key("text")), ("a".to_owned(), false));
        filled.note_misfits(&template(), &[("one".to_owned(), "Choose.".to_owned()), ("dry".to_owned(), "No.".to_owned())].into());
        let notes = filled.notes.join("\n");
        for part in [
            "no place any more: old was “5”; key was a secret.",
            "another type, so they were left out: text was “a, b”.",
            "new; look at their values before you start: dry; preset.",
            "The earlier value “gone” of “one” does not fit any more. Choose.",
        ] {
            assert!(notes.contains(part), "{part}: {notes}");
        }
        assert_eq!(filled.notes.len(), 4, "{notes}");
    }

    #[test]
    fn what_a_link_cannot_fill_in_is_left_out_and_said() {
        let filled = linked("token=hunter2&unknown=1&one=c&some=a&some=c&dry=no&value.token=hunter2");
        assert_eq!(filled.typed, [("some".to_owned(), vec!["a".to_owned()])].into());
        assert_eq!(filled.notes.len(), 4);
        assert!(!filled.notes.concat().contains("hunter2"));
    }
}

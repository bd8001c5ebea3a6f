//! What was entered to start a template.

use crate::{
    texts::t,
    typed::{Typed, read_values},
    wire::{ParameterType, ReasonRule, Template, TemplateValues},
};
use serde_json::Value;

/// What stands before a parameter's name in the name of its field, so that none is called as another field is.
pub(super) const VALUE_PREFIX: &str = "value.";
/// The field of the reason, and what the server calls it.
pub(super) const REASON: &str = "reason";

/// A field and what is wrong with it.
pub(super) type FieldProblem = (String, String);

/// Whether a button is not enough to start it.
pub(super) fn needs_form(template: &Template) -> bool {
    asks_reason(template) || template.confirm.is_some() || template.parameters.iter().any(|parameter| parameter.required)
}

/// Whether a reason can be given.
pub(super) fn asks_reason(template: &Template) -> bool {
    matches!(template.reason, ReasonRule::Optional | ReasonRule::Required)
}

/// What goes to the server.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Entered {
    pub values: TemplateValues,
    pub reason: Option<String>,
}

impl Entered {
    /// From the fields of a form, in their order. Without a form all parameters keep their defaults.
    pub(super) fn from_pairs(template: &Template, pairs: Vec<(String, String)>) -> Self {
        if !needs_form(template) {
            return Self::default();
        }
        let mut typed = Typed::new();
        let mut reason = None;
        for (name, text) in pairs {
            if let Some(name) = name.strip_prefix(VALUE_PREFIX) {
                typed.entry(name.to_owned()).or_default().push(text);
            } else if name == REASON {
                reason = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            }
        }
        Self { values: read_values(&template.parameters, &typed), reason }
    }

    /// What has to be entered yet. Everything else is for the server to check.
    pub(super) fn missing(&self, template: &Template) -> Vec<FieldProblem> {
        let is_empty = |name: &str| self.values.get(name).is_none_or(is_empty);
        let required = template.parameters.iter().filter(|parameter| parameter.required && parameter.kind != ParameterType::Flag);
        let missing = required.filter(|parameter| is_empty(&parameter.name)).map(|parameter| parameter.name.as_str());
        let no_reason = (template.reason == ReasonRule::Required && self.reason.is_none()).then_some(REASON);
        missing.chain(no_reason).map(|field| (field.to_owned(), t!("Enter a value.").to_owned())).collect()
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Parameter;
    use serde_json::json;

    fn template() -> Template {
        let parameter =
            |(name, kind, required): (&str, ParameterType, bool)| Parameter { name: name.into(), kind, required, ..Parameter::default() };
        let parameters = [
            ("branch", ParameterType::Text, true),
            ("jobs", ParameterType::Integer, false),
            ("parts", ParameterType::Choices, true),
            ("dry", ParameterType::Flag, true),
            ("reason", ParameterType::Text, false),
        ];
        Template { parameters: parameters.map(parameter).into(), reason: ReasonRule::Required, ..Template::default() }
    }

    fn entered(pairs: &[(&str, &str)]) -> Entered {
        Entered::from_pairs(&template(), pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn each_field_becomes_a_value_of_its_type() {
        let fields = [
            ("value.branch", "main"),
            ("value.jobs", "4"),
            ("value.parts", "docs"),
            ("value.parts", "app"),
            ("value.reason", "of the release"),
            ("reason", " asked for "),
        ];
        let found = entered(&fields);
        let values = json!({ "branch": "main", "jobs": 4, "parts": ["docs", "app"], "dry": false, "reason": "of the release" });
        assert_eq!(serde_json::to_value(&found.values).unwrap(), values);
        assert_eq!(found.reason.as_deref(), Some("asked for"));
        assert!(found.missing(&template()).is_empty());
    }

    #[test]
    fn what_is_missing_is_said_at_its_field_and_an_emptied_one_is_no_default() {
        let found = entered(&[("value.branch", ""), ("value.jobs", ""), ("reason", "  ")]);
        assert_eq!(found.values["jobs"], Value::Null);
        let fields: Vec<_> = found.missing(&template()).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["branch", "parts", "reason"]);
    }

    #[test]
    fn a_button_is_enough_where_nothing_has_to_be_asked() {
        let optional = Parameter { name: "jobs".into(), ..Parameter::default() };
        let plain = Template { parameters: vec![optional], ..Template::default() };
        assert!(!needs_form(&plain) && needs_form(&template()));
        assert!(needs_form(&Template { confirm: Some("Really?".into()), ..plain.clone() }));
        assert_eq!(Entered::from_pairs(&plain, vec![("value.jobs".into(), "4".into())]), Entered::default());
    }
}

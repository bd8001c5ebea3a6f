//! Templates: saved commands with typed parameters, the safe way to let others run things.

use super::{ProcessSpec, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The values of a template's parameters, by name. A text, choice, file, date or secret is a string, an integer a number,
/// choices an array of strings, a flag a boolean.
pub type TemplateValues = BTreeMap<String, serde_json::Value>;

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    /// One line of text that matches a pattern.
    #[default]
    Text,
    /// A whole number within a range.
    Integer,
    /// One of a list.
    Choice,
    /// Any number of a list.
    Choices,
    /// The path of a file below a folder, relative to that folder.
    File,
    /// A day, as `2026-11-28`.
    Date,
    /// A text that is never shown again. It can only be used in the values of `secret_env`.
    Secret,
    /// Yes or no: an element that is nothing but `{{name}}` is the parameter's `value` if it is set, and is dropped if not.
    Flag,
    /// A kind that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl ParameterType {
    /// All kinds that a parameter can have.
    pub const ALL: [Self; 8] = [Self::Text, Self::Integer, Self::Choice, Self::Choices, Self::File, Self::Date, Self::Secret, Self::Flag];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::File => "file",
            Self::Date => "date",
            Self::Secret => "secret",
            Self::Flag => "flag",
            Self::Unknown => "unknown",
        }
    }
}

/// One parameter of a template. Which fields may be set depends on the type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Parameter {
    /// What `{{name}}` refers to: a letter, then letters, digits, `_` and `-`, 64 at most.
    pub name: String,
    /// For people; the name when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Whether there must be a value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The value when none is given; never for a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// Shown below the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Text: a regular expression that the whole value must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Integer: the least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Integer: the greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Choice and choices: what there is to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// File: the folder that the file must be below, as an absolute path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Flag: what `{{name}}` becomes when it is set; `true` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether a value may begin with `-`, which most programs take for an option.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_leading_dash: bool,
}

/// Whether a start of a template takes a reason, which goes on record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonRule {
    /// There is no field for one.
    #[default]
    None,
    /// One may be given.
    Optional,
    /// One must be given.
    Required,
    /// A rule that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

/// Values under a name, to start a template with. Secrets are never part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Preset {
    /// The name, unique within the template.
    pub name: String,
    /// The values; parameters that are not among them keep their defaults.
    pub values: TemplateValues,
}

/// A saved command. `{{name}}` in program, arguments, folder and the values of variables is replaced by the parameter's
/// value, as text inside that one element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Template {
    /// Identifies the template; absent for one that is to be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Grows with each change. A save that gives one other than the latest is a conflict; one that gives none overwrites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// For people; unique.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What to run. The values of `secret_env` are masked in answers; one that is saved masked stays as it is. The labels also
    /// say who may see the template.
    pub spec: ProcessSpec,
    /// The parameters, in the order of the form.
    pub parameters: Vec<Parameter>,
    /// Sets of values to start it with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// A question that has to be confirmed before it is started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Whether a start takes a reason.
    pub reason: ReasonRule,
    /// When it was saved last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<Timestamp>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_of_a_newer_server_can_be_read() {
        let json = r#"{"name":"Back up","spec":{"program":"rsync"},"schedule":"daily","reason":"two_people",
            "parameters":[{"name":"a","type":"colour","palette":[1]}]}"#;
        let template: Template = serde_json::from_str(json).unwrap();
        assert_eq!((template.reason, template.parameters[0].kind), (ReasonRule::Unknown, ParameterType::Unknown));
    }
}

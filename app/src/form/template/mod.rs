//! The form of a template, as it was typed, and the values that are typed to start one.
//!
//! # Layout
//! - [`TemplateForm`]: all fields as text. `from_pairs`: from what a browser sends. `from_template`, `to_template`: from and to
//!   the template. `lines`: arguments and presets, one per line.
//! - [`Typed`] (`typed`): the values of parameters as they are typed, and as they go over the wire.

mod from_pairs;
mod from_template;
mod lines;
mod to_template;
mod typed;

use super::NewForm;
pub use crate::typed::{Typed, is_set, read_value, read_values, write_value};
use crate::wire::{ParameterType, ReasonRule};
pub use lines::{read_args, write_args};
pub use typed::{example, write_values};

/// All fields of a template as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateForm {
    /// The revision that was edited; none for a new template.
    pub revision: Option<u64>,
    /// See [`crate::wire::Template::name`].
    pub name: String,
    /// See [`crate::wire::Template::description`].
    pub description: String,
    /// The arguments, one per line.
    pub args: String,
    /// The rest of what to run. Its command line and arguments are not used.
    pub command: NewForm,
    /// The parameters.
    pub parameters: Vec<ParameterForm>,
    /// The presets.
    pub presets: Vec<PresetForm>,
    /// See [`crate::wire::Template::confirm`].
    pub confirm: String,
    /// See [`crate::wire::Template::reason`].
    pub reason: ReasonRule,
}

impl Default for TemplateForm {
    fn default() -> Self {
        Self {
            revision: None,
            name: String::new(),
            description: String::new(),
            args: String::new(),
            command: NewForm { apart: true, ..NewForm::default() },
            parameters: Vec::new(),
            presets: Vec::new(),
            confirm: String::new(),
            reason: ReasonRule::None,
        }
    }
}

/// One parameter as text. Fields that do not go with its type are kept while the form is edited, and are not part of the template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterForm {
    /// See [`crate::wire::Parameter::name`]; a row without a name is left out.
    pub name: String,
    /// See [`crate::wire::Parameter::label`].
    pub label: String,
    /// See [`crate::wire::Parameter::kind`].
    pub kind: ParameterType,
    /// See [`crate::wire::Parameter::required`].
    pub required: bool,
    /// The default of all types that are one text; of choices one per line.
    pub default: String,
    /// The default of a flag.
    pub on: bool,
    /// See [`crate::wire::Parameter::help`].
    pub help: String,
    /// See [`crate::wire::Parameter::pattern`].
    pub pattern: String,
    /// See [`crate::wire::Parameter::min`].
    pub min: String,
    /// See [`crate::wire::Parameter::max`].
    pub max: String,
    /// See [`crate::wire::Parameter::choices`]; one per line.
    pub choices: String,
    /// See [`crate::wire::Parameter::folder`].
    pub folder: String,
    /// See [`crate::wire::Parameter::value`].
    pub value: String,
    /// See [`crate::wire::Parameter::allow_leading_dash`].
    pub dash: bool,
    /// A value for the preview, which is not part of the template.
    pub example: String,
}

/// One preset as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresetForm {
    /// See [`crate::wire::Preset::name`]; a preset without name and values is left out.
    pub name: String,
    /// Values as `name=value`, one per line.
    pub values: String,
}

impl ParameterForm {
    /// Whether nothing was entered that names or describes a parameter.
    fn is_empty(&self) -> bool {
        let Self { kind, required, on, dash, example: _, .. } = self;
        let plain = Self { kind: *kind, required: *required, on: *on, dash: *dash, example: self.example.clone(), ..Self::default() };
        *self == plain
    }
}

impl TemplateForm {
    /// Takes the values of secret variables out of the form and returns them by name: pages never contain them. A placeholder is
    /// no secret.
    pub fn hide_secrets(&mut self) -> std::collections::BTreeMap<String, String> {
        let mut secrets = std::collections::BTreeMap::new();
        for variable in self.command.variables.iter_mut().filter(|variable| variable.secret && !variable.value.is_empty()) {
            if !is_placeholder(&variable.value) && variable.value != crate::wire::MASK {
                let value = std::mem::replace(&mut variable.value, crate::wire::MASK.to_owned());
                secrets.insert(variable.name.trim().to_owned(), value);
            }
        }
        secrets
    }

    /// Puts secrets that were hidden back to where the form has only their mask.
    pub fn restore_secrets(&mut self, secrets: &std::collections::BTreeMap<String, String>) {
        for variable in self.command.variables.iter_mut().filter(|variable| variable.secret && variable.value == crate::wire::MASK) {
            if let Some(value) = secrets.get(variable.name.trim()) {
                variable.value.clone_from(value);
            }
        }
    }
}

/// Whether a text is nothing but one `{{name}}`.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    })
}

/// The name of a reason rule on the wire.
pub const fn reason_name(rule: ReasonRule) -> &'static str {
    match rule {
        ReasonRule::Optional => "optional",
        ReasonRule::Required => "required",
        ReasonRule::None | ReasonRule::Unknown => "none",
    }
}

#[cfg(test)]
mod tests;

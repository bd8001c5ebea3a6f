//! From what a browser sends.

use super::{NewForm, ParameterForm, PresetForm, TemplateForm};
use crate::wire::{ParameterType, ReasonRule};

impl TemplateForm {
    /// Reads a form as browsers send it, in the order of its fields: the name of a parameter or preset begins a new one.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = Self::default();
        let mut command = Vec::new();
        for (name, value) in pairs {
            // Browsers send line ends as CR LF.
            let value = value.replace("\r\n", "\n");
            match name.split_once('.') {
                Some(("parameter", "name")) => form.parameters.push(ParameterForm { name: value, ..ParameterForm::default() }),
                Some(("parameter", field)) => form.parameters.last_mut().into_iter().for_each(|row| row.set(field, &value)),
                Some(("preset", "name")) => form.presets.push(PresetForm { name: value, ..PresetForm::default() }),
                Some(("preset", _)) => form.presets.last_mut().into_iter().for_each(|row| row.values.clone_from(&value)),
                _ => match name.as_str() {
                    "title" => form.name = value,
                    "description" => form.description = value,
                    "args" => form.args = value,
                    "confirm" => form.confirm = value,
                    "reason" => form.reason = reason(&value),
                    "revision" => form.revision = value.parse().ok(),
                    _ => command.push((name, value)),
                },
            }
        }
        form.command = NewForm { apart: true, ..NewForm::from_pairs(command) };
        form
    }
}

fn reason(name: &str) -> ReasonRule {
    match name {
        "optional" => ReasonRule::Optional,
        "required" => ReasonRule::Required,
        _ => ReasonRule::None,
    }
}

impl ParameterForm {
    fn set(&mut self, field: &str, value: &str) {
        let text = match field {
            "type" => {
                let named = ParameterType::ALL.into_iter().find(|kind| kind.as_str() == value);
                self.kind = named.unwrap_or_default();
                return;
            }
            "required" => return self.required = true,
            "on" => return self.on = true,
            "dash" => return self.dash = true,
            "label" => &mut self.label,
            "default" => &mut self.default,
            // The same field as a list, which is shown in its place for choices.
            "defaults" if self.kind == ParameterType::Choices => &mut self.default,
            "help" => &mut self.help,
            "pattern" => &mut self.pattern,
            "min" => &mut self.min,
            "max" => &mut self.max,
            "choices" => &mut self.choices,
            "folder" => &mut self.folder,
            "value" => &mut self.value,
            "example" => &mut self.example,
            _ => return,
        };
        value.clone_into(text);
    }
}

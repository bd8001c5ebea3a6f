//! Whether a template is valid.

use super::{command, error::wrong, parameter, placeholders, text};
use execdeck_wire::{ApiError, ErrorCode, MASK, Parameter, ReasonRule, Template};
use regex::Regex;
use std::collections::BTreeSet;

/// The longest name of a template or a preset, in characters.
const MAX_NAME: usize = 100;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 2000;
/// The longest question that has to be confirmed, in characters.
const MAX_CONFIRM: usize = 500;
/// The most parameters, and the most presets.
const MAX_PARTS: usize = 50;
/// The most bytes of a template as JSON.
const MAX_JSON: usize = 256 << 10;

/// A template that is valid.
pub(super) struct Checked<'a> {
    pub(super) template: &'a Template,
    /// Of each parameter.
    patterns: Vec<Option<Regex>>,
}

impl<'a> Checked<'a> {
    /// Checks everything about a template that can be checked before it is started.
    pub(super) fn new(template: &'a Template) -> Result<Self, ApiError> {
        check_texts(template)?;
        if template.parameters.len() > MAX_PARTS {
            return Err(wrong("parameters", format!("A template has at most {MAX_PARTS} parameters.")));
        }
        let (mut names, mut patterns) = (BTreeSet::new(), Vec::new());
        for (at, parameter) in template.parameters.iter().enumerate() {
            patterns.push(parameter::check(parameter, &format!("parameters.{at}"))?);
            if !names.insert(&parameter.name) {
                return Err(wrong(format!("parameters.{at}.name"), format!("There is another parameter {}.", parameter.name)));
            }
        }
        command::check(&template.spec, &template.parameters)?;
        let checked = Self { template, patterns };
        checked.check_presets()?;
        Ok(checked)
    }

    /// The parameters, each with its pattern.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'a Parameter, Option<&Regex>)> {
        self.template.parameters.iter().zip(self.patterns.iter().map(Option::as_ref))
    }

    fn check_presets(&self) -> Result<(), ApiError> {
        if self.template.presets.len() > MAX_PARTS {
            return Err(wrong("presets", format!("A template has at most {MAX_PARTS} presets.")));
        }
        let mut names = BTreeSet::new();
        for (at, preset) in self.template.presets.iter().enumerate() {
            let field = format!("presets.{at}.name");
            check_name(&preset.name).map_err(|message| wrong(&field, message))?;
            if !names.insert(&preset.name) {
                return Err(wrong(field, format!("There is another preset “{}”.", preset.name)));
            }
            for (name, value) in &preset.values {
                let field = format!("presets.{at}.values.{name}");
                let Some((parameter, pattern)) = self.parameters().find(|(parameter, _)| parameter.name == *name) else {
                    return Err(wrong(field, format!("There is no parameter “{name}”.")));
                };
                parameter::check_example(parameter, pattern, value).map_err(|message| wrong(field, message))?;
            }
        }
        Ok(())
    }
}

fn check_texts(template: &Template) -> Result<(), ApiError> {
    check_name(&template.name).map_err(|message| wrong("name", message))?;
    parameter::check_text(Some(&template.description), MAX_DESCRIPTION, true).map_err(|message| wrong("description", message))?;
    parameter::check_text(template.confirm.as_deref(), MAX_CONFIRM, true).map_err(|message| wrong("confirm", message))?;
    if template.reason == ReasonRule::Unknown {
        return Err(wrong("reason", "Use one of none, optional, required."));
    }
    if serde_json::to_vec(template).map_or(0, |json| json.len()) > MAX_JSON {
        let message = format!("A template can be at most {} KiB of JSON.", MAX_JSON >> 10);
        return Err(ApiError::new(ErrorCode::TooLarge, message));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("Enter a name.".into());
    }
    parameter::check_text(Some(name), MAX_NAME, false)?;
    text::check_visible(name)
}

/// Removes blanks that nobody means, and what was left empty.
pub(super) fn tidy(template: &mut Template) {
    let trim = |text: &mut String| *text = text.trim().to_owned();
    trim(&mut template.name);
    trim(&mut template.description);
    let is_blank = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    if is_blank(&template.confirm) {
        template.confirm = None;
    }
    for parameter in &mut template.parameters {
        for text in [&mut parameter.label, &mut parameter.help] {
            if is_blank(text) {
                *text = None;
            }
        }
    }
    for preset in &mut template.presets {
        trim(&mut preset.name);
    }
}

/// A copy whose secrets cannot be read. A value that is nothing but placeholders is no secret.
pub(super) fn masked(template: &Template) -> Template {
    let mut copy = template.clone();
    for value in copy.spec.secret_env.values_mut().filter(|value| !placeholders::is_only_placeholders(value)) {
        MASK.clone_into(value);
    }
    copy
}

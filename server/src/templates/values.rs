//! What was filled in, checked against its parameter.

use super::{files, text};
use execdeck_wire::{MASK, Parameter, ParameterType};
use regex::Regex;
use serde_json::Value;
use time::{Date, Month};

/// What a placeholder is replaced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// No value.
    Empty,
    /// One value, which is not empty.
    One(String),
    /// Several, each of them not empty.
    Many(Vec<String>),
}

impl Filled {
    /// As a part of a larger text.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::One(text) => text.clone(),
            Self::Many(texts) => texts.join(","),
        }
    }
}

/// Checks a value against its parameter, without looking at the disk; says what is wrong with it. `null` is no value.
pub(super) fn fill(parameter: &Parameter, pattern: Option<&Regex>, value: &Value) -> Result<Filled, String> {
    match (parameter.kind, value) {
        (_, Value::Null) | (ParameterType::Flag, Value::Bool(false)) => Ok(Filled::Empty),
        (ParameterType::Integer, Value::Number(number)) => integer(parameter, number.as_i64()),
        (ParameterType::Integer, _) => integer(parameter, None),
        (ParameterType::Flag, Value::Bool(true)) => Ok(Filled::One(parameter.value.clone().unwrap_or_else(|| "true".into()))),
        (ParameterType::Flag, _) => Err("Give true or false.".into()),
        (ParameterType::Choices, Value::Array(values)) => choices(parameter, values),
        (ParameterType::Choices, _) => Err("Give an array of strings.".into()),
        (_, Value::String(text)) if text.is_empty() => Ok(Filled::Empty),
        (_, Value::String(text)) => one(parameter, pattern, text).map(|()| Filled::One(text.clone())),
        _ => Err("Give a string.".into()),
    }
}

fn one(parameter: &Parameter, pattern: Option<&Regex>, value: &str) -> Result<(), String> {
    text::check_length(value)?;
    match parameter.kind {
        ParameterType::Text => {
            text::check_line(value)?;
            match pattern {
                Some(pattern) if !pattern.is_match(value) => {
                    Err(format!("It must match the pattern {} as a whole.", parameter.pattern.as_deref().unwrap_or_default()))
                }
                _ => Ok(()),
            }
        }
        ParameterType::Choice => one_of(parameter, value),
        ParameterType::File => files::check_path(value),
        ParameterType::Date => date(value),
        ParameterType::Secret if value.contains(['\0', '\n', '\r']) => Err("A secret must be a single line without NUL characters.".into()),
        ParameterType::Secret if value == MASK => Err("Enter the secret itself; it is not stored.".into()),
        ParameterType::Secret => Ok(()),
        ParameterType::Integer | ParameterType::Choices | ParameterType::Flag | ParameterType::Unknown => {
            Err("This version of the server does not know this type of parameter.".into())
        }
    }
}

fn one_of(parameter: &Parameter, value: &str) -> Result<(), String> {
    if parameter.choices.iter().any(|choice| choice == value) { Ok(()) } else { Err("Choose one of the values that are offered.".into()) }
}

/// In the order of the parameter's choices, each once at most.
fn choices(parameter: &Parameter, values: &[Value]) -> Result<Filled, String> {
    let mut chosen = Vec::new();
    for value in values {
        let value = value.as_str().ok_or("Give an array of strings.")?;
        one_of(parameter, value)?;
        if chosen.iter().any(|earlier| earlier == value) {
            return Err("Each value can be chosen once.".into());
        }
        chosen.push(value.to_owned());
    }
    chosen.sort_by_key(|value| parameter.choices.iter().position(|choice| choice == value));
    Ok(if chosen.is_empty() { Filled::Empty } else { Filled::Many(chosen) })
}

fn integer(parameter: &Parameter, value: Option<i64>) -> Result<Filled, String> {
    let (min, max) = (parameter.min.unwrap_or(i64::MIN), parameter.max.unwrap_or(i64::MAX));
    match value {
        Some(value) if (min..=max).contains(&value) => Ok(Filled::One(value.to_string())),
        _ => Err(match (parameter.min, parameter.max) {
            (Some(min), Some(max)) => format!("Enter a whole number from {min} to {max}."),
            (Some(min), None) => format!("Enter a whole number of at least {min}."),
            (None, Some(max)) => format!("Enter a whole number of at most {max}."),
            (None, None) => "Enter a whole number.".into(),
        }),
    }
}

/// A day that exists, in the form of RFC 3339.
fn date(text: &str) -> Result<(), String> {
    let mut parts = text.split('-');
    let mut next = |length| {
        let digits = parts.next().filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<u16>().ok())
    };
    let (year, month, day, rest) = (next(4), next(2), next(2), parts.next());
    let month = month.and_then(|month| Month::try_from(u8::try_from(month).ok()?).ok());
    match (year, month, day, rest) {
        (Some(year @ 1..), Some(month), Some(day), None) if Date::from_calendar_date(year.into(), month, day as u8).is_ok() => Ok(()),
        _ => Err("Enter a day as year-month-day, such as 2026-11-28.".into()),
    }
}

//! What the macros for texts call, also in other crates. Not inlined: a page has hundreds of texts.

use super::fill;
use std::fmt::Display;

/// The text in the language of the pages.
#[inline(never)]
pub fn translate(text: &'static str) -> &'static str {
    super::translate(text)
}

/// The same with each `{name}` replaced by the value of that name.
#[inline(never)]
pub fn fill_text(text: &'static str, names: &str, values: &[&dyn Display]) -> String {
    fill(super::translate(text), names, values)
}

/// The form of a text for the number, with its values.
#[inline(never)]
pub fn fill_plural(count: u64, one: &'static str, other: &'static str, names: &str, values: &[&dyn Display]) -> String {
    fill(&super::plural_text(count, one, other), names, values)
}

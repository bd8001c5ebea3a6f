//! What a text may have in it.

use crate::misleading::{is_control, is_invisible};

/// The longest value, in bytes.
pub(super) const MAX_VALUE: usize = 4096;

/// Refuses what is not one line of printable text.
pub(super) fn check_line(text: &str) -> Result<(), String> {
    if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return Err("It must be a single line.".into());
    }
    match text.chars().find(|c| is_control(*c)) {
        Some(c) => Err(format!("It must not contain the control character U+{:04X}.", u32::from(c))),
        None => Ok(()),
    }
}

/// The same for text of several lines.
pub(super) fn check_lines(text: &str) -> Result<(), String> {
    check_line(&text.replace("\r\n", " ").replace(['\n', '\t'], " "))
}

/// Refuses what cannot be seen in a text by which people tell things apart. Values may have it in them.
pub(super) fn check_visible(text: &str) -> Result<(), String> {
    match text.chars().find(|c| is_invisible(*c)) {
        Some(c) => Err(format!("It must not contain U+{:04X}, which cannot be seen.", u32::from(c))),
        None => Ok(()),
    }
}

/// Refuses what is too long for a value.
pub(super) fn check_length(text: &str) -> Result<(), String> {
    if text.len() > MAX_VALUE { Err(format!("It must be at most {MAX_VALUE} bytes long.")) } else { Ok(()) }
}

//! Arguments and other values that are typed one per line.

use crate::texts::t;

/// Arguments, one per line. One that a line cannot hold, or that begins with a double quote, is written as a JSON string.
pub fn write_args(args: &[String]) -> String {
    let write = |arg: &String| {
        let needs_quotes = arg.contains(['\n', '\r']) || arg.starts_with('"');
        if needs_quotes { serde_json::Value::from(arg.as_str()).to_string() } else { arg.clone() }
    };
    let ends_empty = args.last().is_some_and(String::is_empty);
    // An empty last argument is a line too, and needs a line end of its own.
    args.iter().map(write).collect::<Vec<_>>().join("\n") + if ends_empty { "\n" } else { "" }
}

/// The arguments, one per line. A line end after the last one adds none.
pub fn read_args(text: &str) -> Result<Vec<String>, String> {
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n').filter(|_| !text.is_empty());
    lines.enumerate().map(|(index, line)| read_arg(line, index + 1)).collect()
}

/// The argument in a line. `number`: that of the line, from 1.
fn read_arg(line: &str, number: usize) -> Result<String, String> {
    if !line.starts_with('"') {
        return Ok(line.to_owned());
    }
    serde_json::from_str(line).map_err(|_| {
        t!(
            "Line {number}: what begins with a double quote must also end with one, with \\n for a line break and \\\" for a quote in between.",
            number
        )
    })
}

/// The lines of a list, without those that are empty.
pub(super) fn read_list(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

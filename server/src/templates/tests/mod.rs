//! What templates make of values, and what they refuse.

mod checking;
mod files;
mod rendering;
mod toml;

use execdeck_wire::Template;
use serde_json::{Value, json};

/// A template that runs `printf` with these arguments.
fn template(args: &[&str], parameters: Value) -> Template {
    from(json!({ "name": "Print", "spec": { "program": "printf", "args": args }, "parameters": parameters }))
}

fn from(json: Value) -> Template {
    serde_json::from_value(json).unwrap()
}

/// What people try.
const HOSTILE: [&str; 44] = [
    ";",
    "a; reboot",
    "|",
    "a|b",
    "&",
    "&&",
    "$(id)",
    "${HOME}",
    "`id`",
    ">x",
    "<x",
    "*",
    "?",
    "~",
    "~root",
    "#",
    "!",
    "\\",
    "\\n",
    "'",
    "\"",
    "a b",
    "%s",
    "%n",
    "%2F",
    "..%2Fx",
    "../x",
    "/etc/passwd",
    "..",
    "=",
    "{{b}}",
    "{{secret}}",
    "-rf",
    "--help",
    "-",
    "a\nb",
    "a\n",
    "a\0b",
    "\r",
    "a\u{1b}[31mb",
    "\u{85}",
    "x\u{2028}y",
    "\u{202e}x",
    "é\u{301}😀\u{200d}\u{fe0f}张",
];

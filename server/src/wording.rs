//! What parsers say of values that do not fit, in plain words.

use regex::Regex;
use std::sync::LazyLock;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:nonzero )?(?:([ui])(?:8|16|32|64|128|size))\b").expect("it is one"));

/// The message of serde, with its names of types and kinds replaced by words for people.
pub(crate) fn in_plain_words(message: &str) -> String {
    let number = |found: &regex::Captures| if &found[1] == "u" { "a whole number, 0 or more" } else { "a whole number" };
    NUMBER.replace_all(message, number).replace("unknown variant", "unknown value")
}

/// The name in back-ticks after a beginning.
pub(crate) fn quoted<'a>(message: &'a str, beginning: &str) -> Option<&'a str> {
    message.strip_prefix(beginning)?.strip_prefix('`')?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_words() {
        let said = in_plain_words("invalid value: integer `-1`, expected u64 at line 1 column 44");
        assert_eq!(said, "invalid value: integer `-1`, expected a whole number, 0 or more at line 1 column 44");
        assert_eq!(in_plain_words("invalid type: string \"x\", expected i64"), "invalid type: string \"x\", expected a whole number");
        assert_eq!(quoted("missing field `id` at line 1", "missing field "), Some("id"));
        assert_eq!(quoted("missing", "missing field "), None);
    }
}

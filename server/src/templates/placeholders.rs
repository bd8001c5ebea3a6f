//! Where a text has `{{name}}` in it.

/// The longest name of a parameter, in bytes.
const MAX_NAME: usize = 64;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// Replaced by the value of the parameter with this name.
    Value(&'a str),
}

/// Whether a parameter can have this name: a letter, then letters, digits, `_` and `-`.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// The parts of a text. Braces around anything that could not be a name stand for themselves, such as those of
/// `--format={{.Names}}`. Fails for a name with spaces around it, which is more likely a mistake.
pub(super) fn parse(text: &str) -> Result<Vec<Part<'_>>, String> {
    let (mut parts, mut begin, mut from) = (Vec::new(), 0, 0);
    while let Some(open) = text[from..].find("{{").map(|at| from + at) {
        let Some(close) = text[open..].find("}}").map(|at| open + at) else { break };
        let name = &text[open + 2..close];
        if is_name(name) {
            if open > begin {
                parts.push(Part::Text(&text[begin..open]));
            }
            parts.push(Part::Value(name));
            (begin, from) = (close + 2, close + 2);
        } else if is_name(name.trim()) {
            return Err(format!("Write {{{{{}}}}} without spaces.", name.trim()));
        } else {
            from = open + 1;
        }
    }
    if begin < text.len() {
        parts.push(Part::Text(&text[begin..]));
    }
    Ok(parts)
}

/// Whether a text is made of placeholders only.
pub(super) fn is_only_placeholders(text: &str) -> bool {
    parse(text).is_ok_and(|parts| !parts.is_empty() && parts.iter().all(|part| matches!(part, Part::Value(_))))
}

/// The names in a text, as far as it can be parsed.
pub(super) fn names(text: &str) -> Vec<&str> {
    let parts = parse(text).unwrap_or_default();
    parts.into_iter().filter_map(|part| if let Part::Value(name) = part { Some(name) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_names_in_double_braces_are_replaced() {
        let (text, value) = (Part::Text, Part::Value);
        for (input, parts) in [
            ("", vec![]),
            ("a", vec![text("a")]),
            ("{{a}}", vec![value("a")]),
            ("x{{a}}{{b-1}}y", vec![text("x"), value("a"), value("b-1"), text("y")]),
            ("{{{a}}}", vec![text("{"), value("a"), text("}")]),
            ("{{.Names}}", vec![text("{{.Names}}")]),
            ("{{json .}}{{a}}", vec![text("{{json .}}"), value("a")]),
            ("{{a", vec![text("{{a")]),
            ("{a}", vec![text("{a}")]),
            ("{{1a}}", vec![text("{{1a}}")]),
            ("{{}}", vec![text("{{}}")]),
            ("{{é}}", vec![text("{{é}}")]),
        ] {
            assert_eq!(parse(input).unwrap(), parts, "{input}");
        }
        assert_eq!(parse("{{ a }}").unwrap_err(), "Write {{a}} without spaces.");
    }

    proptest! {
        #[test]
        fn the_parts_are_the_text(input in "([{}a-c .é-]|\\{\\{|\\}\\}){0,30}") {
            if let Ok(parts) = parse(&input) {
                let whole: String =
                    parts.iter().map(|part| match part { Part::Text(text) => (*text).to_owned(), Part::Value(name) => format!("{{{{{name}}}}}") }).collect();
                prop_assert_eq!(whole, input);
            }
        }
    }
}

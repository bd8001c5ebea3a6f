//! Regular expressions that a whole value has to match.

use regex::{Regex, RegexBuilder};

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1000;
/// The most memory that a compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 1 << 20;

/// Compiles a pattern so that it matches whole values only.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("The pattern must be at most {MAX_PATTERN} bytes long."));
    }
    let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(MAX_COMPILED).build();
    // On its own first: `a)|(?:b` would fit into the group below and undo the anchors.
    build(pattern).and_then(|_| build(&format!(r"\A(?:{pattern})\z"))).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "The pattern is too large; use smaller repetitions.".into(),
        error => {
            let text = error.to_string();
            format!("The pattern cannot be used: {}.", text.lines().last().unwrap_or_default().trim_start_matches("error: "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_values_only() {
        for (pattern, matches, others) in [
            ("[a-z]+", "abc", &["abc\n", "abc1", "1abc", "a b", "", "abc\nabc"][..]),
            ("a|b", "a", &["ab", "ax", "xb"]),
            ("(?m)^a$", "a", &["a\nb", "b\na", "a\n"]),
            (".*", "abc", &["a\nb", "a\n"]),
            ("(?i)a", "A", &["AA"]),
        ] {
            let compiled = compile(pattern).unwrap();
            assert!(compiled.is_match(matches), "{pattern}");
            for other in others {
                assert!(!compiled.is_match(other), "{pattern} {other:?}");
            }
        }
    }

    #[test]
    fn a_pattern_that_would_undo_the_anchors_or_take_too_much_is_refused() {
        for pattern in ["a)|(?:b", "(", "a)", "(?:", "[", "(?x)a #", "a{100000}", r"\p{L}{9999}", "(?P<a>x)\\1", "a\\", &"a".repeat(1001)] {
            let error = compile(pattern).unwrap_err();
            assert!(error.starts_with("The pattern ") && error.lines().count() == 1, "{pattern}: {error}");
        }
    }
}

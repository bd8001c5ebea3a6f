//! The names of accounts: one spelling each.

use super::error::AccessError;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest name, in characters.
const MAX_CHARS: usize = 64;
/// What is not worth normalizing, in bytes.
const MAX_BYTES: usize = 1024;

/// The one spelling of a name: NFKC, lower case, without blanks around it and with single ones inside. Names of letters and
/// digits in any script, with `. - _ @ + ' \` and single blanks between, are accepted; so no two look the same by invisible
/// characters, and none can be taken for an option or a path.
pub(super) fn normalize(name: &str) -> Result<String, AccessError> {
    let wrong = |message: &str| Err(AccessError::field("name", message));
    if name.len() > MAX_BYTES {
        return wrong("The name is longer than 64 characters.");
    }
    // Character by character, since the lower case of a final sigma depends on what follows.
    let lower = name.nfkc().flat_map(char::to_lowercase).nfkc().collect::<String>();
    let name = lower.trim_matches(' ').to_owned();
    let Some(first) = name.chars().next() else {
        return wrong("Enter a name.");
    };
    if name.chars().count() > MAX_CHARS {
        return wrong("The name is longer than 64 characters.");
    }
    let is_letter = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let allowed = |c: char| is_letter(c) || ".-_@+'\\ ".contains(c);
    if !first.is_alphanumeric() || !name.chars().all(allowed) || name.contains("  ") {
        return wrong("A name begins with a letter or digit and has only letters, digits, single blanks and . - _ @ + ' \\ in it.");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_are_one_name() {
        for (spelling, name) in [
            ("ada", "ada"),
            (" Ada ", "ada"),
            ("ＡＤＡ", "ada"),
            ("A\u{30a}sa", "åsa"),
            ("Ada Lovelace", "ada lovelace"),
            ("Ada\u{a0}Lovelace", "ada lovelace"),
            ("CORP\\ada", "corp\\ada"),
            ("ada@corp.example", "ada@corp.example"),
            ("ﬁona", "fiona"),
            ("ΟΔΟΣ", "οδοσ"),
            ("İ", "i\u{307}"),
            ("张伟", "张伟"),
        ] {
            assert_eq!(normalize(spelling).unwrap(), name, "{spelling:?}");
        }
    }

    #[test]
    fn names_that_could_be_taken_for_something_else_are_refused() {
        let long = "x".repeat(65);
        let huge = "\u{fdfa}".repeat(1 << 20);
        for name in [
            "",
            " ",
            "-x",
            "--help",
            "../etc",
            ".hidden",
            "a/b",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{feff}",
            "a<b>",
            "a;b",
            "a  b",
            "\u{301}a",
            "😀",
            &long,
            &huge,
        ] {
            assert!(normalize(name).is_err(), "{:?}", name.chars().take(70).collect::<String>());
        }
    }

    proptest! {
        #[test]
        fn normalizing_again_changes_nothing(name in "\\PC{1,20}|[a-zA-ZÀ-ž .@-]{1,20}") {
            if let Ok(once) = normalize(&name) {
                prop_assert_eq!(normalize(&once).unwrap(), once);
            }
        }
    }
}

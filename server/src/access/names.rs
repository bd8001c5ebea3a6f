//! The names of accounts: one spelling each.

use super::error::AccessError;
use crate::misleading::is_invisible;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest name, in characters.
const MAX_CHARS: usize = 64;
/// What is not worth normalizing, in bytes.
const MAX_BYTES: usize = 1024;

/// A name in lower case and in NFKC, which is how names are compared.
pub(crate) fn fold(name: &str) -> String {
    // Character by character, since the lower case of a final sigma depends on what follows.
    name.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// The one spelling of a name: NFKC, lower case, without spaces around it and with single ones inside. Names of letters and
/// digits in any script, with `. - _ @ + ' \` and single spaces between, are accepted; so no two look the same by invisible
/// characters, and none can be taken for an option or a path.
pub(super) fn normalize(name: &str) -> Result<String, AccessError> {
    let wrong = |message: &str| Err(AccessError::field("name", message));
    if name.len() > MAX_BYTES {
        return wrong("The name is longer than 64 characters.");
    }
    let name = fold(name).trim_matches(' ').to_owned();
    let Some(first) = name.chars().next() else {
        return wrong("Enter a name.");
    };
    if name.chars().count() > MAX_CHARS {
        return wrong("The name is longer than 64 characters.");
    }
    let is_letter = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let allowed = |c: char| is_letter(c) || ".-_@+'\\ ".contains(c);
    if !first.is_alphanumeric() || !name.chars().all(allowed) || name.contains("  ") {
        return wrong("A name begins with a letter or digit and has only letters, digits, single spaces and . - _ @ + ' \\ in it.");
    }
    Ok(name)
}

/// The same for a new account, whose name must not have letters in it that cannot be seen. Accounts of earlier versions may.
pub(super) fn normalize_new(name: &str) -> Result<String, AccessError> {
    let name = normalize(name)?;
    if name.chars().any(is_invisible) {
        return Err(AccessError::field("name", "The name has characters in it that cannot be seen; leave them out."));
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

    #[test]
    fn a_new_name_has_nothing_invisible_in_it_and_an_old_one_may() {
        for name in ["a\u{34f}da", "\u{3164}", "ada\u{fe0f}", "a\u{115f}", "ada\u{e0101}", "a\u{180b}b", "a\u{ffa0}b"] {
            assert!(normalize_new(name).is_err(), "{name:?}");
            if name != "\u{3164}" {
                assert!(normalize(name).is_ok(), "{name:?}");
            }
        }
        for name in ["a\u{202e}da", "ad\u{200d}a", "a\u{2066}b", "a\u{ad}b"] {
            assert!(normalize(name).is_err() && normalize_new(name).is_err(), "{name:?}");
        }
        for name in ["ada", "Ŝtefano", "张伟", "o\u{301}", "राम"] {
            assert_eq!(normalize_new(name).unwrap(), normalize(name).unwrap());
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

//! Which passwords are accepted when they are set.

use super::error::AccessError;
use unicode_normalization::UnicodeNormalization;

/// The shortest password, in characters.
const MIN_CHARS: usize = 10;
/// The longest, in bytes: what is worth hashing.
pub(super) const MAX_BYTES: usize = 1024;
/// The fewest different characters.
const MIN_DIFFERENT: usize = 4;

/// The most used passwords that the other rules let pass, in lower case and without the digits and marks at their end.
const COMMON: [&str; 30] = [
    "password",
    "passwort",
    "motdepasse",
    "contraseña",
    "qwerty",
    "qwertyuiop",
    "qwertyui",
    "azertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "letmein",
    "welcome",
    "iloveyou",
    "admin",
    "administrator",
    "root",
    "changeme",
    "secret",
    "superman",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "starwars",
    "trustno",
    "execdeck",
    "testtest",
    "passw0rd",
    "p@ssw0rd",
];

/// What is hashed: one spelling, however the keyboard composes its characters (NIST SP 800-63B, 3.1.1.2).
pub(super) fn normalize(password: &str) -> String {
    password.nfkc().collect()
}

/// Rejects passwords that are guessed soon.
pub(super) fn check(name: &str, password: &str) -> Result<(), AccessError> {
    let wrong = |message: &str| Err(AccessError::field("password", message));
    if password.len() > MAX_BYTES {
        return wrong("The password is longer than 1024 bytes.");
    }
    let password = normalize(password);
    if password.chars().count() < MIN_CHARS {
        return wrong("The password needs at least 10 characters; a few unrelated words make a good one.");
    }
    let lower = password.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < MIN_DIFFERENT || is_sequence(&lower) {
        return wrong("The password is too regular to be hard to guess; a few unrelated words make a good one.");
    }
    if lower.contains(name) && !lower.replace(name, "").chars().any(char::is_alphabetic) {
        return wrong("The password must be more than the name.");
    }
    let word = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    if COMMON.contains(&word) || COMMON.iter().any(|common| word == common.repeat(2)) {
        return wrong("The password is one of the first that are tried; a few unrelated words make a good one.");
    }
    Ok(())
}

/// Whether each character follows the one before it (`1234567890`, `abcdefghij`), or precedes it.
fn is_sequence(text: &str) -> bool {
    let steps = text.chars().zip(text.chars().skip(1)).map(|(one, next)| i64::from(u32::from(next)) - i64::from(u32::from(one)));
    let steps: Vec<_> = steps.collect();
    // From 9 to 0, as on a keyboard.
    [1, -1].into_iter().any(|way| steps.iter().all(|step| *step == way || *step == -9 * way))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_soon_is_refused() {
        for password in [
            "",
            "short",
            "ninechars",
            "aaaaaaaaaa",
            "abababababab",
            "1234567890",
            "0987654321",
            "abcdefghijkl",
            "password123",
            "Password2026!",
            "P@ssw0rd!!",
            "qwertyuiop",
            "administrator",
            "adaadaada1!",
            "ada-ada-ada",
            "passwordpassword",
            &"x1y2".repeat(257),
        ] {
            assert!(check("ada", password).is_err(), "{password}");
        }
        for password in [
            "correct horse",
            "k7!vQz2#mW",
            "пароль-для-входа",
            "密码是一匹正确的马电池",
            "83746501928",
            "ada likes cats",
            &"x1y2".repeat(256),
        ] {
            assert!(check("ada", password).is_ok(), "{password}");
        }
    }

    #[test]
    fn a_password_is_the_same_on_every_keyboard() {
        assert_eq!(normalize("Cafe\u{301} um drei"), normalize("Café um drei"));
    }
}

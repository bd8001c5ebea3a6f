//! The first start: a code that the console shows creates the first administrator, once.

use super::{
    error::AccessError,
    handle::Access,
    names,
    opening::{Client, SignedIn},
    password_rules,
    secret::{self, Hash, Kind},
    store::{
        people::{self, new_person},
        setup,
    },
};
use execdeck_wire::{ErrorCode, Password, Role, Source, Timestamp};

/// How long a code is valid, in microseconds.
const VALID: u64 = 3600 * 1_000_000;
/// Crockford's base 32: no letter looks like a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 140 bits, in groups of four.
const CODE_CHARS: usize = 28;
const GROUP: usize = 4;
/// What guesses at the code are counted under; no account can have this name.
const THROTTLED_AS: &str = "\0setup";

impl Access {
    /// A new code with which [`Access::setup`] creates the first account, within an hour; none if there is an account. The one
    /// before is not valid any more.
    pub async fn new_setup_code(&self) -> Result<Option<String>, AccessError> {
        // A full disk must not keep a server from starting.
        if !self.needs_setup().await? {
            return Ok(None);
        }
        let code = random();
        let hash = parse(&code).expect("it was just made");
        let expires_at = Timestamp::from_micros(self.now().as_micros() + VALID);
        let write = self.write(move |transaction| {
            if people::any(transaction)? {
                setup::remove(transaction)?;
                return Ok(false);
            }
            setup::set(transaction, &hash, expires_at)?;
            Ok(true)
        });
        Ok(write.await?.then_some(code))
    }

    /// Creates the first administrator and signs them in. Of several at once, one is.
    pub async fn setup(&self, code: &str, name: &str, password: &Password, client: &Client) -> Result<SignedIn, AccessError> {
        if !self.needs_setup().await? {
            return Err(AccessError::refused(ErrorCode::Conflict, "There are accounts already; sign in with one."));
        }
        let wrong = || AccessError::field("code", "The code is wrong or has expired; a restart of the server prints a new one.");
        let now = self.now();
        let valid = match parse(code) {
            Some(code) => {
                self.read(move |connection| Ok::<_, AccessError>(setup::is_valid(connection, &code, now)?.then_some(code))).await?
            }
            None => None,
        };
        let Some(code) = valid else {
            // Only the answer is late: on loopback the owner cannot be told from others, and must not have to wait for them.
            self.delay(THROTTLED_AS, self.inner.throttle.slow_down(THROTTLED_AS, now)).await?;
            return Err(wrong());
        };
        let name = names::normalize_new(name)?;
        password_rules::check(&name, &password.0)?;
        let hash = self.inner.hashing.hash(&password.0).await?;
        let open = self.open(client, move |transaction, opening| {
            if people::any(transaction)? {
                return Err(AccessError::refused(ErrorCode::Conflict, "There are accounts already; sign in with one."));
            }
            if !setup::is_valid(transaction, &code, now)? {
                return Err(wrong());
            }
            setup::remove(transaction)?;
            let mut row = new_person(name, Role::Admin, Source::Local, now);
            row.password = Some(hash);
            people::insert(transaction, &row)?;
            opening.insert(transaction, row.id)
        });
        open.await
    }
}

fn random() -> String {
    let bytes = secret::random_bytes::<CODE_CHARS>();
    let digits: Vec<char> = bytes.iter().map(|byte| char::from(DIGITS[usize::from(byte % 32)])).collect();
    digits.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// The hash of a code as somebody types it; none if it cannot be one.
fn parse(code: &str) -> Option<Hash> {
    let digit = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let typed = code.chars().take(1000).filter(|c| !c.is_whitespace() && *c != '-').map(digit);
    let code: String = typed.collect();
    (code.len() == CODE_CHARS && code.bytes().all(|byte| DIGITS.contains(&byte))).then(|| secret::hash(Kind::SetupCode, code.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_as_people_type_it() {
        let code = random();
        assert_eq!((code.len(), code.split('-').count()), (34, 7));
        let hash = parse(&code).unwrap();
        assert_ne!(parse(&random()), Some(hash));
        for typed in
            [code.to_lowercase(), code.replace('-', ""), code.replace('-', " "), format!(" {}\n", code.replace('0', "o").replace('1', "l"))]
        {
            assert_eq!(parse(&typed), Some(hash), "{typed}");
        }
        for wrong in ["", "0", &code[1..], &format!("{code}0"), &code.replace('-', "U"), &"0".repeat(1 << 20), &"é".repeat(14)] {
            assert_eq!(parse(wrong), None);
        }
    }
}

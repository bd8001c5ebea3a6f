//! The cookies that a browser is known by, as text.
//!
//! With HTTPS their names carry the prefixes that keep other hosts and, at the root, other paths from setting them (RFC
//! 6265bis, 4.1.3). Plain HTTP is for loopback; as cookies ignore ports, the name has the port in it then.

/// How long the cookie of a passkey's challenge is of use, in seconds.
const PASSKEY_SECONDS: u64 = 300;
/// How long a browser is remembered after a sign-in, in seconds: 400 days, the most that browsers allow.
const DEVICE_SECONDS: u64 = 400 * 24 * 3600;
/// The length of a secret.
const SECRET_CHARS: usize = 43;

/// Why a request's cookies cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CookieError {
    /// Another site or another app on this host has set a cookie of the same name.
    #[error("The request has the cookie of this server twice; clear the cookies of this host and sign in again.")]
    Twice,
    /// It is not one that this server has set.
    #[error("The cookie of this server is damaged; sign in again.")]
    Damaged,
}

/// The names and attributes of the cookies.
#[derive(Clone, Debug)]
pub struct Cookies {
    session: String,
    device: String,
    attempt: String,
    passkey: String,
    attributes: String,
}

impl Cookies {
    /// For a server that browsers reach with HTTPS (`secure`) or without, below `base_path` (empty for the root), at `port`.
    pub fn new(secure: bool, base_path: &str, port: u16) -> Self {
        let session = match (secure, base_path) {
            (true, "") => "__Host-execdeck".to_owned(),
            (true, _) => "__Secure-execdeck".to_owned(),
            (false, _) => format!("execdeck-{port}"),
        };
        let path = if base_path.is_empty() { "/" } else { base_path };
        let attributes = format!("Path={path}; HttpOnly; SameSite=Lax{}", if secure { "; Secure" } else { "" });
        Self {
            device: format!("{session}-device"),
            attempt: format!("{session}-oidc"),
            passkey: format!("{session}-passkey"),
            session,
            attributes,
        }
    }

    /// The session's secret among the values of all `Cookie` headers of a request.
    pub fn session<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, CookieError> {
        find(&self.session, headers)
    }

    /// The secret by which the browser is known to have been signed in before.
    pub fn device<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, CookieError> {
        find(&self.device, headers)
    }

    /// The secret by which the browser is known that a passkey was asked for in.
    pub fn passkey<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, CookieError> {
        find(&self.passkey, headers)
    }

    /// The value of the `Set-Cookie` header that opens a session, which ends after `seconds` at the latest.
    pub fn set_session(&self, secret: &str, seconds: u64) -> String {
        format!("{}={secret}; Max-Age={seconds}; {}", self.session, self.attributes)
    }

    /// The value of the `Set-Cookie` header that ends it.
    pub fn clear_session(&self) -> String {
        format!("{}=; Max-Age=0; {}", self.session, self.attributes)
    }

    /// The secret of the browser in which a sign-in with the provider was started.
    pub fn attempt<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, CookieError> {
        find(&self.attempt, headers)
    }

    /// The value of the `Set-Cookie` header that binds a sign-in with the provider to this browser for so many seconds.
    pub fn set_attempt(&self, secret: &str, seconds: u64) -> String {
        format!("{}={secret}; Max-Age={seconds}; {}", self.attempt, self.attributes)
    }

    /// The value of the `Set-Cookie` header that removes it.
    pub fn clear_attempt(&self) -> String {
        format!("{}=; Max-Age=0; {}", self.attempt, self.attributes)
    }

    /// The value of the `Set-Cookie` header by which the browser is known later.
    pub fn set_device(&self, secret: &str) -> String {
        format!("{}={secret}; Max-Age={DEVICE_SECONDS}; {}", self.device, self.attributes)
    }

    /// The value of the `Set-Cookie` header by which the browser is known when a passkey answers.
    pub fn set_passkey(&self, secret: &str) -> String {
        format!("{}={secret}; Max-Age={PASSKEY_SECONDS}; {}", self.passkey, self.attributes)
    }

    /// The value of the `Set-Cookie` header that forgets that.
    pub fn clear_passkey(&self) -> String {
        format!("{}=; Max-Age=0; {}", self.passkey, self.attributes)
    }
}

/// Finds the one cookie of this name (RFC 6265, 4.2.1); what others have set does not matter.
fn find<'a>(name: &str, headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, CookieError> {
    let mut found = None;
    for pair in headers.into_iter().flat_map(|header| header.split(|byte| *byte == b';')) {
        let pair = pair.trim_ascii();
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = (pair[..equals].trim_ascii_end(), &pair[equals + 1..]);
        if key == name.as_bytes() && found.replace(value).is_some() {
            return Err(CookieError::Twice);
        }
    }
    let is_secret =
        |value: &&str| value.len() == SECRET_CHARS && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    found.map(|value| str::from_utf8(value).ok().filter(is_secret).ok_or(CookieError::Damaged)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session<'a>(cookies: &Cookies, headers: &[&'a str]) -> Result<Option<&'a str>, CookieError> {
        cookies.session(headers.iter().map(|header| header.as_bytes()))
    }

    #[test]
    fn names_and_attributes_keep_others_out() {
        for (secure, base, set) in [
            (true, "", "__Host-execdeck=s; Max-Age=9; Path=/; HttpOnly; SameSite=Lax; Secure"),
            (true, "/a/b", "__Secure-execdeck=s; Max-Age=9; Path=/a/b; HttpOnly; SameSite=Lax; Secure"),
            (false, "", "execdeck-3000=s; Max-Age=9; Path=/; HttpOnly; SameSite=Lax"),
            (false, "/a", "execdeck-3000=s; Max-Age=9; Path=/a; HttpOnly; SameSite=Lax"),
        ] {
            let cookies = Cookies::new(secure, base, 3000);
            assert_eq!(cookies.set_session("s", 9), set);
            assert_eq!(cookies.clear_session(), set.replace("=s; Max-Age=9", "=; Max-Age=0"));
            assert_eq!(cookies.set_attempt("s", 9), set.replace("=s", "-oidc=s"));
            assert_eq!(cookies.clear_attempt(), set.replace("=s; Max-Age=9", "-oidc=; Max-Age=0"));
            assert_eq!(cookies.set_device("s").replace("34560000", "9"), set.replace("=s", "-device=s"));
            assert_eq!(cookies.set_passkey("s").replace("300;", "9;"), set.replace("=s", "-passkey=s"));
            assert_eq!(cookies.clear_passkey(), set.replace("=s; Max-Age=9", "-passkey=; Max-Age=0"));
        }
    }

    #[test]
    fn the_one_cookie_is_found_among_others_and_none_is_guessed() {
        let cookies = Cookies::new(true, "", 3000);
        let (one, two) = ("a".repeat(43), "b".repeat(43));
        let ours = format!("__Host-execdeck={one}");
        let other = format!("__Host-execdeck={two}");
        let found = Ok(Some(one.as_str()));
        for (headers, answer) in [
            (vec![], Ok(None)),
            (vec![""], Ok(None)),
            (vec![";;; =; a; =b"], Ok(None)),
            (vec![ours.as_str()], found),
            (vec![&format!("theme=\"dark; {ours} ; x=y=z")], found),
            (vec![&format!("\t{ours}\t")], found),
            (vec!["a=b", &ours, "c=d"], found),
            (vec![&format!("__Host-execdeck-device={two}; {ours}")], found),
            (vec![&format!("__host-execdeck={two}; {ours}; x__Host-execdeck={two}")], found),
            (vec![&format!("{ours}; {other}")], Err(CookieError::Twice)),
            (vec![&ours, &ours], Err(CookieError::Twice)),
            (vec![&format!("{ours}; __Host-execdeck=")], Err(CookieError::Twice)),
            (vec!["__Host-execdeck="], Err(CookieError::Damaged)),
            (vec![&format!("{ours}x")], Err(CookieError::Damaged)),
            (vec![&format!("__Host-execdeck=\"{one}\"")], Err(CookieError::Damaged)),
            (vec![&format!("__Host-execdeck= {one}")], Err(CookieError::Damaged)),
        ] {
            assert_eq!(session(&cookies, &headers), answer, "{headers:?}");
        }
        assert_eq!(session(&Cookies::new(false, "", 3001), &[&format!("execdeck-3000={two}")]), Ok(None));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_only_a_whole_secret_is_returned(before in any::<Vec<u8>>(), value in any::<Vec<u8>>()) {
            let cookies = Cookies::new(true, "", 3000);
            let header = [before.as_slice(), b"; __Host-execdeck=", &value].concat();
            if let Ok(Some(secret)) = cookies.session([header.as_slice()]) {
                prop_assert_eq!(secret.len(), 43);
            }
            let secret = super::super::secret::random();
            let sent = cookies.set_session(&secret, 1);
            let sent = sent.split(';').next().unwrap();
            let header = [before.as_slice(), b";", sent.as_bytes()].concat();
            match cookies.session([header.as_slice()]) {
                Ok(found) => prop_assert_eq!(found, Some(secret.as_str())),
                Err(error) => prop_assert_eq!(error, CookieError::Twice),
            }
        }
    }
}

//! The address under which people reach the server.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use url::Url;

/// An absolute address such as `https://deck.example` or `https://example.com/tools/deck`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Whether browsers reach it over HTTPS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host as in a Host header: in lower case, IPv6 addresses in brackets, without the port.
    pub fn host(&self) -> &str {
        self.0.host_str().expect("has been checked")
    }

    /// The port, which is 80 or 443 unless it is in the address.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().expect("http and https have one")
    }

    /// Scheme, host and port as in an Origin header (RFC 6454): `https://deck.example`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The path, empty or without a slash at its end.
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = |problem: &str| format!("{text:?} {problem}; give an address such as https://deck.example");
        let mut url = Url::parse(text).map_err(|error| fail(&format!("is no address ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(fail("begins neither with http:// nor with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address with a user name or a password is not accepted".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fail("has a query or a fragment"));
        }
        // An address with a slash at its end is the same one.
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.origin(), self.path())
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_browsers_read_them() {
        for (text, https, host, port, origin, path) in [
            ("https://deck.example", true, "deck.example", 443, "https://deck.example", ""),
            ("HTTPS://Deck.Example:443/", true, "deck.example", 443, "https://deck.example", ""),
            ("http://10.0.0.2:8080/tools/deck/", false, "10.0.0.2", 8080, "http://10.0.0.2:8080", "/tools/deck"),
            ("https://[fd00::1]:8443", true, "[fd00::1]", 8443, "https://[fd00::1]:8443", ""),
            ("https://bücher.example", true, "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example", ""),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!((url.is_https(), url.host(), url.port(), url.origin(), url.path()), (https, host, port, origin.into(), path));
            assert_eq!(url.to_string().parse(), Ok(url));
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in [
            "",
            "deck.example",
            "/deck",
            "deck.example:443",
            "ftp://deck.example",
            "https://",
            "https://a b",
            "https://x/?q",
            "https://x/#f",
        ] {
            let error = text.parse::<PublicUrl>().unwrap_err();
            assert!(error.contains("such as https://deck.example"), "{text}: {error}");
        }
        let error = "https://ada:hunter2@deck.example".parse::<PublicUrl>().unwrap_err();
        assert!(error.contains("password") && !error.contains("hunter2"), "{error}");
    }
}

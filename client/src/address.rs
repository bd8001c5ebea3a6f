//! Where the server is.

use crate::ClientError;
use http::Uri;
use std::fmt;
use url::{Host, Url};

/// The address of a server: scheme, host and port, and the path below which it serves.
#[derive(Clone)]
pub(crate) struct Address {
    /// Such as `https://deck.example` or `http://127.0.0.1:3000`.
    origin: String,
    /// Empty, or such as `/tools/deck`.
    base: String,
    pub is_https: bool,
}

impl Address {
    /// Reads an address. Plain HTTP is refused, except to this machine, unless it is allowed: the token would be readable on the way.
    pub(crate) fn parse(text: &str, allow_plain_http: bool) -> Result<Self, ClientError> {
        let invalid = |problem: &str| ClientError::Invalid(format!("the server's address {problem}"));
        // What cannot be read is not repeated, since there may be a password in it.
        let url = Url::parse(text).map_err(|error| invalid(&format!("cannot be read: {error}")))?;
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(invalid("has to begin with https:// or http://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("has a name or a password in it; a token is all that is needed"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("has a query or a fragment; use the address without it"));
        }
        let host = url.host().ok_or_else(|| invalid("names no host"))?;
        if !is_https && !allow_plain_http && !is_loopback(&host) {
            return Err(invalid(&format!(
                "is plain HTTP, so everybody on the way to {host} could read the token; use https://, or allow_plain_http() if \
                 the network is yours"
            )));
        }
        let base = url.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: url.origin().ascii_serialization(), base, is_https })
    }

    /// The address of a path below the base path, which may have a query.
    pub(crate) fn join(&self, path: &str) -> Result<Uri, ClientError> {
        let address = format!("{self}{path}");
        address.parse().map_err(|error| ClientError::Invalid(format!("{path} is not a path: {error}")))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.base)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        // Names below it may be looked up anywhere.
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_below_the_base_path() {
        for (address, joined) in [
            ("https://deck.example", "https://deck.example/api/whoami"),
            ("https://deck.example/", "https://deck.example/api/whoami"),
            ("https://deck.example:8443/tools/deck/", "https://deck.example:8443/tools/deck/api/whoami"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/whoami"),
            ("http://[::1]:3000", "http://[::1]:3000/api/whoami"),
            ("http://localhost/deck", "http://localhost/deck/api/whoami"),
        ] {
            let address = Address::parse(address, false).unwrap();
            assert_eq!(address.join("/api/whoami").unwrap().to_string(), joined);
        }
    }

    #[test]
    fn what_would_give_the_token_away_or_is_no_address_is_refused() {
        for (address, problem) in [
            ("http://deck.example", "plain HTTP"),
            ("http://127.0.0.1.evil.example", "plain HTTP"),
            ("http://localhost.evil.example", "plain HTTP"),
            ("http://deck.localhost", "plain HTTP"),
            ("http://192.0.2.1", "plain HTTP"),
            ("https://ada:hunter2@deck.example", "a name or a password"),
            ("https://deck.example/?a=b", "a query"),
            ("ftp://deck.example", "https://"),
            ("deck.example", "cannot be read"),
        ] {
            let error = Address::parse(address, false).err().unwrap().to_string();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{address}: {error}");
        }
        assert!(Address::parse("http://deck.example", true).is_ok());
    }
}

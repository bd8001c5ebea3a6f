//! The address that passkeys are for.

use crate::{access::AccessError, config::PublicUrl};
use execdeck_wire::ErrorCode;
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// Why passkeys cannot be used where a page was opened, and what to do.
pub const NO_SITE: &str = "Passkeys do not work at this address. Open this page as localhost if the server runs on this machine, or set \
                           server.public_url to the HTTPS address that browsers use.";

/// The address that passkeys are for. Browsers bind them to its host name, which must not be an IP address, and use them over
/// HTTPS or on localhost only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The host name (RP ID).
    host: String,
    /// Scheme, host and port as in an Origin header.
    origin: Url,
}

impl Site {
    /// The site at the public address of the server, or else at `host`, which is what the request's Host header says, if that is
    /// localhost. None if passkeys do not work there.
    pub fn of(public_url: Option<&PublicUrl>, https: bool, host: &str) -> Option<Self> {
        let origin = match public_url {
            Some(public_url) => public_url.origin(),
            None => format!("{}://{host}", if https { "https" } else { "http" }),
        };
        let origin = Url::parse(&origin).ok()?;
        let host = origin.domain()?.to_owned();
        let is_local = host == "localhost";
        let is_usable = is_local || public_url.is_some() && origin.scheme() == "https";
        is_usable.then_some(Self { host, origin })
    }

    /// The host name that passkeys are bound to.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Scheme, host and port as in an Origin header (RFC 6454).
    pub fn origin(&self) -> String {
        self.origin.origin().ascii_serialization()
    }

    /// What makes and checks challenges for this site.
    pub(super) fn webauthn(&self) -> Result<Webauthn, AccessError> {
        let builder = WebauthnBuilder::new(&self.host, &self.origin).and_then(|builder| builder.rp_name("Execdeck").build());
        builder.map_err(|error| AccessError::refused(ErrorCode::Unavailable, format!("Passkeys cannot be used: {error}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_a_host_name_that_browsers_trust() {
        for (public_url, https, host, site) in [
            (None, false, "localhost:3000", Some(("localhost", "http://localhost:3000"))),
            (None, true, "localhost", Some(("localhost", "https://localhost"))),
            (None, false, "LOCALHOST:80", Some(("localhost", "http://localhost"))),
            (None, false, "127.0.0.1:3000", None),
            (None, false, "[::1]:3000", None),
            (None, true, "deck.example", None),
            (None, false, "", None),
            (None, false, "localhost.evil.example", None),
            (Some("https://deck.example/tools"), true, "127.0.0.1", Some(("deck.example", "https://deck.example"))),
            (Some("https://deck.example:8443"), false, "localhost", Some(("deck.example", "https://deck.example:8443"))),
            (Some("http://localhost:3000"), false, "127.0.0.1:3000", Some(("localhost", "http://localhost:3000"))),
            (Some("http://deck.example"), false, "deck.example", None),
            (Some("https://192.0.2.1"), true, "192.0.2.1", None),
            (Some("https://[fd00::1]"), true, "localhost", None),
        ] {
            let public_url = public_url.map(|url| url.parse().unwrap());
            let found = Site::of(public_url.as_ref(), https, host);
            let found = found.map(|found| (found.host().to_owned(), found.origin()));
            assert_eq!(found, site.map(|(host, origin)| (host.to_owned(), origin.to_owned())), "{public_url:?} {host}");
        }
    }
}

//! What goes wrong when somebody signs in with the provider.

use crate::misleading::is_misleading;
use std::{error::Error, path::PathBuf};

/// The longest text of the provider's that is shown or logged, in characters.
const MAX_TEXT: usize = 300;

/// Why the client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OidcSetupError {
    /// The secret cannot be read, or must not be used.
    #[error("access.oidc.client_secret_file {path}: {problem}", path = path.display())]
    Secret {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// An address that is derived from the configuration is none.
    #[error("access.oidc.issuer or server.public_url: {0}")]
    Address(#[from] openidconnect::url::ParseError),
    /// HTTPS cannot be set up.
    #[error("HTTPS to the OpenID provider cannot be set up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// There is no such attempt in this browser.
    #[error("This sign-in has expired, was used already, or was started in another browser. Sign in again.")]
    NoAttempt,
    /// The provider has refused, in its words.
    #[error("The provider refused to sign you in: {0}")]
    Refused(String),
    /// The provider does not answer, or not as it should. For the log.
    #[error("The provider cannot be used: {0}")]
    Unusable(String),
    /// The same a moment ago, which is in the log already; it is not asked again so soon.
    #[error("The provider could not be used a moment ago: {0}")]
    Paused(String),
    /// What the provider has issued cannot be trusted. For the log.
    #[error("What the provider has issued is not valid: {0}")]
    Invalid(String),
    /// Too many people come back from the provider at once.
    #[error("Too many people are signing in at this moment. Try again.")]
    Busy,
}

/// An error with its causes, as one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    one_line(&text)
}

/// A text of the provider's as one short line, without anything that a terminal or a reader could be misled by.
pub(super) fn one_line(text: &str) -> String {
    let is_plain = |c: &char| !is_misleading(*c);
    let line: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(is_plain).take(MAX_TEXT).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_says_is_one_short_line() {
        assert_eq!(one_line(" a\nb\u{1b}[31mc\u{202e}d\0\r\n"), "a b[31mcd");
        assert_eq!(one_line(&"x".repeat(10_000)).len(), MAX_TEXT);
        assert_eq!(one_line("<script>alert(1)</script>"), "<script>alert(1)</script>");
    }
}

//! `[webhook]`: an address that is told when processes end.

use super::or_empty;
use openidconnect::url::Url;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[webhook]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// The address that gets a POST request for each end; empty for none.
    pub url: String,
    /// For which ends.
    pub on: WebhookOn,
    /// A file with the secret that requests are signed with, readable by its owner, and at most its group; empty for no signature.
    #[serde(with = "or_empty")]
    pub secret_file: Option<PathBuf>,
}

/// Which ends a webhook is told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookOn {
    /// All.
    #[default]
    Ends,
    /// Those that somebody should look at.
    Failures,
}

impl Webhook {
    /// Rejects values that could not work; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        if self.url.is_empty() {
            return match &self.secret_file {
                None => Ok(()),
                Some(_) => Err("webhook.secret_file is set, but webhook.url is not".into()),
            };
        }
        let url = Url::parse(&self.url)
            .map_err(|_| format!("webhook.url {:?} is no address; give one such as https://hooks.example.org/execdeck", self.url))?;
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            return Err(format!("webhook.url must begin with https:// or http:// and name a host (got {:?})", self.url));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("webhook.url must not contain a name or a password, which are not sent; use webhook.secret_file".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused_by_the_name_of_its_key() {
        let check = |url: &str| Webhook { url: url.into(), ..Webhook::default() }.check();
        for url in ["", "https://hooks.example.org/a?b=c", "http://127.0.0.1:8080/"] {
            check(url).unwrap();
        }
        for url in ["hooks.example.org", "ftp://hooks.example.org", "https://", "https://a:b@hooks.example.org"] {
            assert!(check(url).unwrap_err().starts_with("webhook.url"), "{url}");
        }
        let no_url = Webhook { secret_file: Some("/etc/secret".into()), ..Webhook::default() };
        assert!(no_url.check().unwrap_err().contains("webhook.secret_file"));
    }
}

//! The request to the webhook.

use super::WebhookError;
use crate::{config::Webhook, https::client, private_file};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use http_body_util::Full;
use hyper::{Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use sha2::Sha256;
use std::{error::Error, io, time::Duration};
use tokio::time::timeout;

/// How long an answer may take, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest secret, in bytes.
const MAX_SECRET: u64 = 4096;

/// Where notices go.
pub(crate) struct Target {
    url: String,
    secret: Option<String>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Target {
    pub(super) fn new(settings: &Webhook) -> Result<Self, WebhookError> {
        let secret = match &settings.secret_file {
            None => None,
            Some(path) => Some(read_secret(path).map_err(|error| WebhookError::Secret { path: path.clone(), error })?),
        };
        Ok(Self { url: settings.url.clone(), secret, client: client("a webhook")? })
    }

    /// Sends a notice. `delivery`: the same whenever the same end is sent. Fails, with the reason, unless it was received: status 2xx.
    pub(super) async fn send(&self, delivery: &str, body: Vec<u8>) -> Result<(), String> {
        let mut request = Request::post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("execdeck/", env!("CARGO_PKG_VERSION")))
            .header("execdeck-delivery", delivery);
        if let Some(secret) = &self.secret {
            request = request.header("execdeck-signature", sign(secret, &body));
        }
        let request = request.body(Full::from(body)).map_err(|error| error.to_string())?;
        match timeout(TIMEOUT, self.client.request(request)).await {
            Err(_) => Err(format!("no answer within {} seconds", TIMEOUT.as_secs())),
            Ok(Err(error)) => Err(with_causes(&error)),
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("it answers with {}", answer.status())),
        }
    }
}

fn read_secret(path: &std::path::Path) -> io::Result<String> {
    let text = private_file::read(path, 0o027, MAX_SECRET + 1)?;
    let secret = text.trim();
    if secret.is_empty() || text.len() as u64 > MAX_SECRET {
        return Err(io::Error::other(format!("it must contain a secret of at most {MAX_SECRET} bytes")));
    }
    Ok(secret.to_owned())
}

/// HMAC-SHA256 of the body, as GitHub writes it: `sha256=` and hexadecimal digits.
fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={:x}", mac.finalize().into_bytes())
}

/// An error with its causes.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", b"what do ya want for nothing?"), expected);
    }
}

//! Makes a client.

use crate::{Client, ClientError, address::Address, http::Http};
use std::time::Duration;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

/// How long the head of an answer may take, and then its body, unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Settings of a [`Client`].
pub struct ClientBuilder {
    address: String,
    token: String,
    timeout: Duration,
    plain_http: bool,
    authorities: Vec<u8>,
}

impl ClientBuilder {
    pub(crate) fn new(address: &str, token: &str) -> Self {
        Self { address: address.into(), token: token.into(), timeout: TIMEOUT, plain_http: false, authorities: Vec::new() }
    }

    /// How long to wait for the head of an answer, connecting included, and then as long again for its body: 30 seconds each unless
    /// this is called. So a call takes twice as long at most. Streams, events and output may go on for as long as they like once they
    /// have begun.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Allows plain HTTP to other machines. Whoever can listen on the way reads the token, and everything else.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Trusts the certificates in this PEM, besides those that this machine trusts: for a server with a certificate of one's own.
    #[must_use]
    pub fn trust(mut self, pem: &[u8]) -> Self {
        self.authorities.extend_from_slice(pem);
        self.authorities.push(b'\n');
        self
    }

    /// Makes the client; nothing is sent yet. Fails if the address, the token or a certificate cannot be used.
    pub fn build(self) -> Result<Client, ClientError> {
        let address = Address::parse(&self.address, self.plain_http)?;
        let authorities: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.authorities).collect();
        let authorities =
            authorities.map_err(|error| ClientError::Invalid(format!("the certificates to trust cannot be read: {error}")))?;
        Ok(Client::from_http(Http::new(address, self.token.trim(), self.timeout, authorities)?))
    }
}

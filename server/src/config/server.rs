//! What may be served where.

use super::{Config, ConfigError, Server};
use std::net::IpAddr;

impl Config {
    /// Rejects an address that other machines reach while nobody can sign in.
    pub fn check_reach(&self, accounts_exist: bool) -> Result<(), ConfigError> {
        let address = self.server.address;
        if accounts_exist || is_loopback(address.ip()) {
            return Ok(());
        }
        Err(ConfigError::Value(format!(
            "server.address {address}: nobody can sign in yet, so only loopback addresses such as 127.0.0.1:{} are served. Create the \
             first account, for example with `execdeck user add NAME --role admin` as the user that runs the server, with the same --config and \
             --data, and start again",
            port_to_show(address.port())
        )))
    }
}

impl Server {
    /// Whether browsers may be told to use nothing but HTTPS for its host: never because of an address with a port, since the
    /// promise would hold for everything else on that host.
    pub fn promises_https(&self, host: &str) -> bool {
        let (name, port) = split_host(host);
        let is_name = bare(name).parse::<IpAddr>().is_err() && !name.eq_ignore_ascii_case("localhost");
        match &self.public_url {
            Some(url) => is_name && url.is_https() && url.port() == 443 && url.host().eq_ignore_ascii_case(name),
            None => is_name && port.is_none_or(|port| port == "443"),
        }
    }

    /// Whether a Host header means this server: a loopback name or address, the address that it listens on, the public one, or
    /// one of the configuration, whose port only matters if it has one. Addresses are compared as text, as browsers write them.
    pub fn accepts_host(&self, host: &str) -> bool {
        let (name, _) = split_host(host);
        let address = bare(name).parse::<IpAddr>().ok();
        let own = |address: IpAddr| is_loopback(address) || (address == self.address.ip() && !address.is_unspecified());
        address.is_some_and(own)
            || name.eq_ignore_ascii_case("localhost")
            || self.public_url.as_ref().is_some_and(|url| url.host().eq_ignore_ascii_case(name))
            || self.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(name))
    }

    /// Rejects settings that contradict each other or would be unsafe.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.check_base_path()?;
        self.check_hosts()?;
        self.check_proxy_secret()?;
        self.check_encryption()?;
        self.check_public_url()
    }

    /// Rejects what cannot work below a path of an application. How that is reached is its own business.
    pub(crate) fn check_mounted(&self) -> Result<(), ConfigError> {
        if self.base_path.is_empty() {
            return Err(ConfigError::Value("server.base_path: give the path below which the routes are nested, such as /deck".into()));
        }
        self.check_base_path()?;
        self.check_hosts()
    }

    fn check_base_path(&self) -> Result<(), ConfigError> {
        let base = &self.base_path;
        let is_segment = |segment: &str| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        if !base.is_empty() && !base.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment)) {
            return Err(ConfigError::Value(format!(
                "server.base_path {base:?}: give a path such as /tools/deck, of letters, digits and -._~, without a slash at the end; \
                 leave it empty for the root"
            )));
        }
        Ok(())
    }

    fn check_hosts(&self) -> Result<(), ConfigError> {
        if let Some(host) = self.allowed_hosts.iter().find(|host| host.is_empty() || host.contains(['/', '*', ' ', ','])) {
            return Err(ConfigError::Value(format!(
                "server.allowed_hosts {host:?}: give a host name such as deck.example, with or without a port, nothing else"
            )));
        }
        if let Some(network) = self.trusted_proxies.iter().find(|network| network.is_everything()) {
            return Err(ConfigError::Value(format!(
                "server.trusted_proxies {network}: everybody could claim to be anybody. List the addresses of the proxies only"
            )));
        }
        Ok(())
    }

    fn check_proxy_secret(&self) -> Result<(), ConfigError> {
        if self.proxy_secret_file.is_some() && self.trusted_proxies.is_empty() {
            return Err(ConfigError::Value("server.proxy_secret_file needs server.trusted_proxies, which it is the secret of".into()));
        }
        Ok(())
    }

    fn check_encryption(&self) -> Result<(), ConfigError> {
        let half = match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => Some(("server.tls_cert", "server.tls_key")),
            (None, Some(_)) => Some(("server.tls_key", "server.tls_cert")),
            _ => None,
        };
        if let Some((given, missing)) = half {
            return Err(ConfigError::Value(format!("{given} is set, but {missing} is not. HTTPS needs both, plain HTTP neither")));
        }
        if self.tls_cert.is_none() && self.trusted_proxies.is_empty() && !is_loopback(self.address.ip()) {
            let (address, port) = (self.address, port_to_show(self.address.port()));
            return Err(ConfigError::Value(format!(
                "server.address {address}: plain HTTP is served on loopback addresses such as 127.0.0.1:{port} only. For HTTPS, set \
                 server.tls_cert and server.tls_key; behind a reverse proxy, list its address in server.trusted_proxies"
            )));
        }
        Ok(())
    }

    fn check_public_url(&self) -> Result<(), ConfigError> {
        let Some(url) = &self.public_url else { return Ok(()) };
        let base = &self.base_path;
        if !url.path().is_empty() && url.path() != base {
            let instead = if base.is_empty() { "is empty".into() } else { format!("is {base}") };
            return Err(ConfigError::Value(format!("server.public_url {url} ends in {}, but server.base_path {instead}", url.path())));
        }
        if !self.trusted_proxies.is_empty() {
            return Ok(());
        }
        match (url.is_https(), self.tls_cert.is_some()) {
            (true, false) => Err(ConfigError::Value(format!(
                "server.public_url {url} is HTTPS, but nothing here speaks it. Set server.tls_cert and server.tls_key, or list the proxy \
                 that does in server.trusted_proxies (127.0.0.1 if it runs on this machine)"
            ))),
            (false, true) => {
                Err(ConfigError::Value(format!("server.public_url {url} is plain HTTP, but server.tls_cert makes this server speak HTTPS")))
            }
            _ => Ok(()),
        }
    }
}

/// Splits `name:port`; an IPv6 address keeps its brackets.
fn split_host(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    }
}

fn bare(name: &str) -> &str {
    name.trim_start_matches('[').trim_end_matches(']')
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Port 0 is no example to give.
fn port_to_show(port: u16) -> u16 {
    if port == 0 { 3000 } else { port }
}

#[cfg(test)]
mod tests;

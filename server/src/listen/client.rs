//! Who sends a request, as seen past trusted proxies.
//!
//! Only `X-Forwarded-For` and `X-Forwarded-Proto` count, and only from a trusted proxy. `Forwarded` (RFC 7239) says the same,
//! but a proxy that sets one passes the other on as the client sent it, so believing both would mean believing the client.

use crate::config::Network;
use axum::http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// Where a request comes from, and how. Each request has it as an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddr {
    /// The client: who is connected or, behind trusted proxies, the last hop that is none of them. An IPv4 address is always
    /// written as one.
    pub address: IpAddr,
    /// Whether the client speaks HTTPS: to this server, or to a trusted proxy that says so.
    pub https: bool,
    /// Whether it is plain HTTP from another machine that is no trusted proxy. Such a request must not be served.
    pub exposed: bool,
    /// Whether a trusted proxy has passed it on.
    pub proxied: bool,
}

impl ClientAddr {
    /// Finds out who sends a request with these headers over a connection from `peer`.
    pub(super) fn of(peer: IpAddr, tls: bool, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let peer = peer.to_canonical();
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        if !is_trusted(peer) {
            return Self { address: peer, https: tls, exposed: !tls && !peer.is_loopback(), proxied: false };
        }
        let mut address = peer;
        // Each proxy appends whom it heard: from the right, up to the first that nobody vouches for. Nor does anybody vouch for
        // what stands left of something unreadable.
        for hop in items(headers, "x-forwarded-for").map(|hop| hop.and_then(parse_hop)) {
            let Some(hop) = hop else { break };
            address = hop;
            if !is_trusted(hop) {
                break;
            }
        }
        let https = match items(headers, "x-forwarded-proto").next() {
            Some(Some(scheme)) => scheme.eq_ignore_ascii_case("https"),
            Some(None) => false,
            None => tls,
        };
        Self { address, https, exposed: false, proxied: true }
    }
}

/// The items of a header that is a list, maybe in several lines, the last one first. None for those that are not text.
fn items<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = Option<&'a str>> {
    headers.get_all(name).iter().rev().flat_map(|line| {
        let text = line.to_str().ok();
        let items = text.unwrap_or_default().rsplit(',').map(move |item| text.map(|_| item.trim_matches([' ', '\t'])));
        // Empty items mean nothing (RFC 9110, section 5.6.1).
        items.filter(|item| *item != Some(""))
    })
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|bare| bare.contains(':'));
    let address = bare.unwrap_or(text).parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;

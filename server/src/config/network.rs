//! Addresses of machines that are trusted.

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// One address or a network, such as `10.0.0.2` or `10.0.0.0/8`. An IPv4 address also matches when it comes as an IPv6 one
/// (`::ffff:10.0.0.2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

impl Network {
    /// Whether the address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether loopback addresses are in it, which every user of this machine can come from.
    pub fn has_loopback(&self) -> bool {
        self.0.addr().is_loopback() || self.contains(Ipv4Addr::LOCALHOST.into()) || self.contains(Ipv6Addr::LOCALHOST.into())
    }

    /// Whether every address of a family is in it.
    pub fn is_everything(&self) -> bool {
        self.0.prefix_len() == 0
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().into()));
        }
        let network: IpNet =
            text.parse().map_err(|_| format!("{text:?} is no IP address or network; give one such as 10.0.0.2, 10.0.0.0/8 or fd00::/8"))?;
        if network.addr() != network.network() {
            let (address, whole) = (network.addr(), network.trunc());
            return Err(format!("{text:?} could be the address or the network; give {address} or {whole}"));
        }
        Ok(Self(as_v4(network).unwrap_or(network)))
    }
}

/// The IPv4 network that an IPv6 one such as `::ffff:10.0.0.0/104` stands for.
fn as_v4(network: IpNet) -> Option<IpNet> {
    let (IpAddr::V4(address), IpNet::V6(_)) = (network.addr().to_canonical(), network) else { return None };
    Some(Ipv4Net::new(address, network.prefix_len().checked_sub(96)?).ok()?.into())
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(formatter) } else { self.0.fmt(formatter) }
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_contain_what_they_should() {
        for (network, inside, outside) in [
            ("10.0.0.2", &["10.0.0.2", "::ffff:10.0.0.2"][..], &["10.0.0.3", "::10.0.0.2", "::"][..]),
            ("10.0.0.0/8", &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], &["9.255.255.255", "11.0.0.0", "::1"]),
            ("10.1.2.0/23", &["10.1.2.0", "10.1.3.255"], &["10.1.1.255", "10.1.4.0"]),
            ("::ffff:10.0.0.2", &["10.0.0.2", "::ffff:10.0.0.2"], &["10.0.0.3"]),
            ("::ffff:10.0.0.0/104", &["10.9.9.9", "::ffff:10.9.9.9"], &["11.0.0.0", "::1"]),
            ("fd00::/8", &["fd00::1", "fdff:ffff::"], &["fc00::1", "fe80::1", "10.0.0.1"]),
            ("::1", &["::1"], &["::2", "127.0.0.1"]),
            ("192.0.2.7/32", &["192.0.2.7"], &["192.0.2.6"]),
        ] {
            let network: Network = network.parse().unwrap();
            for address in inside {
                assert!(network.contains(address.parse().unwrap()), "{network} {address}");
            }
            for address in outside {
                assert!(!network.contains(address.parse().unwrap()), "{network} {address}");
            }
            assert_eq!(network.to_string().parse(), Ok(network));
        }
        assert_eq!("::ffff:10.0.0.0/104".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
        assert_eq!("192.0.2.7/32".parse::<Network>().unwrap().to_string(), "192.0.2.7");
        assert!("0.0.0.0/0".parse::<Network>().unwrap().is_everything() && !"0.0.0.0/1".parse::<Network>().unwrap().is_everything());
    }

    #[test]
    fn loopback_is_found_however_it_is_given() {
        for network in ["127.0.0.1", "127.0.0.2", "127.8.0.0/16", "::1", "::ffff:127.0.0.1", "126.0.0.0/7", "::/64"] {
            assert!(network.parse::<Network>().unwrap().has_loopback(), "{network}");
        }
        for network in ["10.0.0.0/8", "fd00::/8", "::2"] {
            assert!(!network.parse::<Network>().unwrap().has_loopback(), "{network}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_an_example() {
        for text in [
            "",
            "localhost",
            "10.0.0",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0.0/-1",
            "10.0.0.0/8/8",
            "10.0.0.1:80",
            "[::1]",
            "0/0",
            "٣.0.0.1",
        ] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(error.contains("10.0.0.0/8"), "{text}: {error}");
        }
        let error = "10.1.2.3/8".parse::<Network>().unwrap_err();
        assert!(error.contains("give 10.1.2.3 or 10.0.0.0/8"), "{error}");
    }
}

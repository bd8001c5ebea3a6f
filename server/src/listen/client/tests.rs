use super::*;
use axum::http::{HeaderName, HeaderValue};
use proptest::prelude::*;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    lines.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())).collect()
}

fn proxies(networks: &[&str]) -> Vec<Network> {
    networks.iter().map(|network| network.parse().unwrap()).collect()
}

fn client(peer: &str, tls: bool, lines: &[(&str, &str)]) -> ClientAddr {
    ClientAddr::of(peer.parse().unwrap(), tls, &headers(lines), &proxies(&["10.0.0.0/8", "127.0.0.1", "fd00::/8"]))
}

#[test]
fn the_client_is_the_last_hop_that_is_no_trusted_proxy() {
    for (peer, forwarded, address) in [
        // Nobody else's word counts.
        ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
        ("192.0.2.1", &["127.0.0.1"], "192.0.2.1"),
        ("::1", &["198.51.100.7"], "::1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &[""], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
        // What the client has sent itself stands on the left.
        ("10.0.0.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["203.0.113.9,\t198.51.100.7 , 10.0.0.9"], "198.51.100.7"),
        ("10.0.0.1", &["198.51.100.7", "10.0.0.9", "10.0.0.8"], "198.51.100.7"),
        // Several proxies and nobody else.
        ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // Unreadable: whatever stands left of it is nobody's word.
        ("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &["198.51.100.7", "caf\u{e9}"], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.7, 192.0.2.256"], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.7, _hidden"], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.7,,"], "198.51.100.7"),
        // Ports, and IPv6 in its ways of being written.
        ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", &["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
        ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", &["[198.51.100.7]"], "10.0.0.1"),
        ("10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["198.51.100.7, ::ffff:10.0.0.9"], "198.51.100.7"),
        ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
        ("::ffff:192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
        ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
    ] {
        let lines: Vec<_> = forwarded.iter().map(|line| ("x-forwarded-for", *line)).collect();
        assert_eq!(client(peer, false, &lines).address.to_string(), address, "{peer} {forwarded:?}");
    }
}

#[test]
fn other_headers_say_nothing() {
    for name in ["forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip", "via", "x-forwarded-host"] {
        let found = client("10.0.0.1", false, &[(name, "198.51.100.7"), (name, "for=198.51.100.7;proto=https")]);
        assert_eq!((found.address.to_string().as_str(), found.https), ("10.0.0.1", false), "{name}");
    }
}

#[test]
fn the_scheme_is_the_connections_own_unless_a_trusted_proxy_says_otherwise() {
    for (peer, tls, forwarded, https) in [
        ("192.0.2.1", false, &["https"][..], false),
        ("192.0.2.1", true, &["http"], true),
        ("127.0.0.2", false, &["https"], false),
        ("10.0.0.1", false, &[], false),
        ("10.0.0.1", true, &[], true),
        ("10.0.0.1", false, &["https"], true),
        ("10.0.0.1", false, &["HTTPS"], true),
        ("10.0.0.1", true, &["http"], false),
        ("10.0.0.1", false, &["http, https"], true),
        ("10.0.0.1", false, &["https", "http"], false),
        ("10.0.0.1", false, &["https, nonsense"], false),
        ("10.0.0.1", false, &["\u{e9}"], false),
        ("127.0.0.1", false, &["https"], true),
    ] {
        let lines: Vec<_> = forwarded.iter().map(|line| ("x-forwarded-proto", *line)).collect();
        assert_eq!(client(peer, tls, &lines).https, https, "{peer} {tls} {forwarded:?}");
    }
}

#[test]
fn only_plain_http_from_another_machine_that_is_no_proxy_is_exposed() {
    for (peer, tls, exposed) in [
        ("127.0.0.1", false, false),
        ("127.9.9.9", false, false),
        ("::1", false, false),
        ("::ffff:127.0.0.1", false, false),
        ("10.0.0.1", false, false),
        ("::ffff:10.0.0.1", false, false),
        ("192.0.2.1", false, true),
        ("::ffff:192.0.2.1", false, true),
        ("2001:db8::1", false, true),
        ("192.0.2.1", true, false),
    ] {
        let spoofed = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")];
        assert_eq!(client(peer, tls, &spoofed).exposed, exposed, "{peer} {tls}");
    }
}

proptest! {
    #[test]
    fn nothing_that_a_client_sends_changes_what_the_proxy_has_added(sent in prop::collection::vec(prop::collection::vec(any::<u8>().prop_filter("a header", |byte| *byte >= 32 && *byte != 127), 0..40), 0..4)) {
        let mut map = HeaderMap::new();
        for line in sent {
            map.append("x-forwarded-for", HeaderValue::from_bytes(&line).unwrap());
        }
        map.append("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
        let found = ClientAddr::of("10.0.0.1".parse().unwrap(), false, &map, &proxies(&["10.0.0.0/8"]));
        prop_assert_eq!(found.address.to_string(), "198.51.100.7");
    }
}

use super::*;
use std::path::PathBuf;

fn load(settings: &[(&str, &str)]) -> Result<Config, String> {
    let variables = settings.iter().map(|(key, value)| (format!("EXECDECK_SERVER_{key}"), (*value).to_owned()));
    Config::load(None, variables).map_err(|error| error.to_string())
}

const CERT: (&str, &str) = ("TLS_CERT", "/etc/deck/cert.pem");
const KEY: (&str, &str) = ("TLS_KEY", "/etc/deck/key.pem");
const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "10.0.0.2, fd00::/8");

#[test]
fn what_may_start_and_what_may_not() {
    let open = ("ADDRESS", "0.0.0.0:3000");
    // The words that the refusal must contain; none if it starts with an account and without.
    let always: &[&str] = &[];
    let account = "execdeck user add";
    for (settings, refused, without_account) in [
        (&[][..], always, ""),
        (&[("ADDRESS", "127.9.9.9:1")], always, ""),
        (&[("ADDRESS", "[::1]:0")], always, ""),
        (&[("ADDRESS", "[::ffff:127.0.0.1]:0")], always, ""),
        (&[CERT, KEY], always, ""),
        (&[PROXY], always, ""),
        (&[open], &["server.address 0.0.0.0:3000", "loopback", "server.tls_cert", "server.trusted_proxies"], account),
        (&[("ADDRESS", "[::]:3000")], &["server.address [::]:3000", "loopback"], account),
        (&[("ADDRESS", "192.0.2.1:0")], &["server.address 192.0.2.1:0", "127.0.0.1:3000"], account),
        (&[open, PROXY], always, account),
        (&[open, CERT, KEY], always, account),
        (&[open, CERT, KEY, PROXY], always, account),
        (&[CERT], &["server.tls_cert is set, but server.tls_key is not"], ""),
        (&[open, KEY, PROXY], &["server.tls_key is set, but server.tls_cert is not"], ""),
        (&[CERT, ("TLS_KEY", "")], &["server.tls_key is not"], ""),
        (&[("TRUSTED_PROXIES", "0.0.0.0/0")], &["server.trusted_proxies 0.0.0.0/0"], ""),
        (&[("TRUSTED_PROXIES", "10.0.0.2, ::/0")], &["server.trusted_proxies ::/0"], ""),
        (&[("TRUSTED_PROXIES", "10.0.0.2, proxy")], &["EXECDECK_SERVER_TRUSTED_PROXIES", "\"proxy\""], ""),
        (&[("TRUSTED_PROXIES", "10.1.2.3/8")], &["EXECDECK_SERVER_TRUSTED_PROXIES", "10.1.2.3 or 10.0.0.0/8"], ""),
        (&[("PUBLIC_URL", "deck.example")], &["EXECDECK_SERVER_PUBLIC_URL", "https://deck.example"], ""),
        (&[("PUBLIC_URL", "https://deck.example"), CERT, KEY], always, ""),
        (&[("PUBLIC_URL", "https://deck.example"), PROXY], always, ""),
        (
            &[("PUBLIC_URL", "https://deck.example")],
            &["server.public_url https://deck.example", "server.tls_cert", "server.trusted_proxies"],
            "",
        ),
        (&[("PUBLIC_URL", "http://deck.lan"), CERT, KEY], &["server.public_url http://deck.lan", "server.tls_cert"], ""),
        (&[("PUBLIC_URL", "http://deck.lan"), CERT, KEY, PROXY], always, ""),
        (&[("PUBLIC_URL", "http://localhost:3000")], always, ""),
        (&[("PUBLIC_URL", "http://x/tools/deck/"), ("BASE_PATH", "/tools/deck")], always, ""),
        (&[("PUBLIC_URL", "http://x/"), ("BASE_PATH", "/tools/deck")], always, ""),
        (&[("PUBLIC_URL", "http://x/deck")], &["server.public_url http://x/deck", "server.base_path is empty"], ""),
        (&[("PUBLIC_URL", "http://x/deck"), ("BASE_PATH", "/tools/deck")], &["/deck", "server.base_path is /tools/deck"], ""),
        (&[("ALLOWED_HOSTS", "deck.lan, https://deck.example")], &["server.allowed_hosts \"https://deck.example\""], ""),
        (&[("ALLOWED_HOSTS", "*.example")], &["server.allowed_hosts \"*.example\""], ""),
    ] {
        match load(settings) {
            Ok(config) => {
                assert!(refused.is_empty(), "{settings:?} should be refused");
                config.check_reach(true).unwrap();
                let error = config.check_reach(false).map_or_else(|error| error.to_string(), |()| String::new());
                assert!(error.contains(without_account) && error.is_empty() == without_account.is_empty(), "{settings:?}: {error}");
            }
            Err(error) => {
                assert!(!refused.is_empty() && refused.iter().all(|word| error.contains(word)), "{settings:?}: {error}");
                assert!(!error.contains('\n'), "{error}");
            }
        }
    }
}

#[test]
fn empty_values_unset_and_are_shown() {
    let unset = load(&[("TLS_CERT", ""), ("TLS_KEY", ""), ("PUBLIC_URL", ""), ("TRUSTED_PROXIES", ""), ("ALLOWED_HOSTS", "")]).unwrap();
    assert_eq!(unset, Config::default());
    let shown = toml::to_string_pretty(&unset).unwrap();
    for key in ["tls_cert = \"\"", "tls_key = \"\"", "public_url = \"\"", "trusted_proxies = []"] {
        assert!(shown.contains(key), "{shown}");
    }
    let set = load(&[CERT, KEY, PROXY, ("PUBLIC_URL", "https://Deck.Example/")]).unwrap();
    assert_eq!(set.server.tls_cert, Some(PathBuf::from(CERT.1)));
    let shown = toml::to_string_pretty(&set).unwrap();
    assert!(shown.contains("\"https://deck.example\"") && shown.contains("\"10.0.0.2\"") && shown.contains("\"fd00::/8\""), "{shown}");
    assert_eq!(toml::from_str::<Config>(&shown).unwrap(), set);
    // A file whose name is a number is a file.
    assert_eq!(load(&[("TLS_CERT", "1"), ("TLS_KEY", "2")]).unwrap().server.tls_key, Some(PathBuf::from("2")));
}

fn server(address: &str, public_url: Option<&str>) -> Server {
    let allowed_hosts = vec!["deck.lan".to_owned(), "strict.example:8443".to_owned()];
    Server { address: address.parse().unwrap(), public_url: public_url.map(|url| url.parse().unwrap()), allowed_hosts, ..Server::default() }
}

#[test]
fn hosts_are_known_by_name_whatever_the_port() {
    let (public, own) = (Some("https://deck.example:8443"), "192.0.2.1:3000");
    for (address, public_url, host, accepted) in [
        (own, None, "localhost", true),
        (own, None, "LOCALHOST:3000", true),
        (own, None, "127.0.0.1:80", true),
        (own, None, "[::1]:3000", true),
        (own, None, "[::1]", true),
        (own, None, "deck.lan:1", true),
        (own, None, "Deck.LAN", true),
        (own, None, "strict.example:8443", true),
        (own, None, "strict.example", false),
        (own, None, "evil.example", false),
        (own, None, "localhost.evil.example", false),
        (own, None, "127.0.0.1.evil.example", false),
        (own, None, "", false),
        (own, None, ":3000", false),
        (own, None, "[::2]:3000", false),
        (own, None, "192.0.2.1:3000", true),
        (own, None, "192.0.2.2:3000", false),
        ("0.0.0.0:3000", None, "0.0.0.0:3000", false),
        ("[::]:3000", None, "[::]:3000", false),
        ("0.0.0.0:3000", None, "192.0.2.1", false),
        (own, public, "deck.example:8443", true),
        (own, public, "DECK.example", true),
        (own, public, "www.deck.example", false),
        (own, None, "deck.example", false),
        (own, Some("https://[fd00::1]"), "[fd00::1]", true),
    ] {
        assert_eq!(server(address, public_url).accepts_host(host), accepted, "{address} {public_url:?} {host}");
    }
}

#[test]
fn https_is_promised_for_names_on_the_usual_port_only() {
    for (public_url, host, promised) in [
        (None, "deck.lan", true),
        (None, "deck.lan:443", true),
        (None, "deck.lan:3000", false),
        (None, "localhost", false),
        (None, "127.0.0.1", false),
        (None, "[::1]:443", false),
        (None, "192.0.2.1", false),
        (Some("https://deck.example"), "deck.example", true),
        (Some("https://deck.example"), "deck.lan", false),
        (Some("https://deck.example:8443"), "deck.example:8443", false),
        (Some("http://deck.example"), "deck.example", false),
    ] {
        assert_eq!(server("127.0.0.1:0", public_url).promises_https(host), promised, "{public_url:?} {host}");
    }
}

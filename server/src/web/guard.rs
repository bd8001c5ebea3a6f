//! Runs before every route and keeps out two kinds of strangers: pages of other sites that make the browser call this server
//! (recognised by Origin), and other sites' names that were made to resolve to it (DNS rebinding, recognised by Host).

use super::{
    error::Failure,
    state::{AppState, SignIn},
};
use crate::{audit::Refusal, config::Server, listen::ClientAddr};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_wire::ErrorCode;

/// Browsers use nothing but HTTPS for this host for a year (RFC 6797).
const HTTPS_ONLY: &str = "max-age=31536000";

pub(crate) async fn guard(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let server = &app.config.server;
    let client = request.extensions().get::<ClientAddr>().copied();
    let checked = check_request(&request, server);
    let is_file = is_file(&request);
    // What an application promises of its host is its own business.
    let is_own_host = matches!(app.sign_in, SignIn::Accounts);
    let encrypted = is_own_host && client.is_some_and(|client| client.https);
    let promise = encrypted && checked.as_ref().is_ok_and(|host| server.promises_https(host));
    let mut response = match checked.map(drop) {
        Ok(()) => next.run(request).await,
        Err(message) => {
            app.deck.count_stranger(client.map(|client| client.address), Refusal::Guard);
            refuse(message, &request)
        }
    };
    add_headers(&mut response, is_file);
    if promise {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    response
}

/// Returns the request's host if it may be served, or why it may not.
pub(crate) fn check_request<'a>(request: &'a Request, server: &Server) -> Result<&'a str, String> {
    let client = request.extensions().get::<ClientAddr>().copied();
    check(request.method(), request.headers(), request.uri().host(), client, server)
}

/// The answer to a request that may not be served.
pub(crate) fn refuse(message: String, request: &Request) -> Response {
    // Strangers could fill the log; the audit has their number.
    tracing::debug!(%message, path = request.uri().path(), "refused");
    Failure::new(ErrorCode::Forbidden, message).into_response()
}

/// Whether it is for one of the page's files: a script, a style or a module.
pub(crate) fn is_file(request: &Request) -> bool {
    request.uri().path().starts_with("/pkg/")
}

/// The headers of all answers. A file is no document: it has no frame, no opener and sends no referrer.
pub(crate) fn add_headers(response: &mut Response, is_file: bool) {
    let all = [("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin")];
    let documents = [
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        // Pages have a policy of their own; whatever is no page and gets shown all the same can do nothing.
        ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in all.into_iter().chain(documents.into_iter().filter(|_| !is_file)) {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn check<'a>(
    method: &Method,
    headers: &'a HeaderMap,
    uri_host: Option<&'a str>,
    client: Option<ClientAddr>,
    server: &Server,
) -> Result<&'a str, String> {
    let client = client.ok_or("It is not known where the request comes from.")?;
    if client.exposed {
        return Err(format!(
            "This server speaks plain HTTP, and only to the proxies in server.trusted_proxies, which send the secret of \
             server.proxy_secret_file if there is one; {} is none of them. Use the proxy's address.",
            client.address
        ));
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    if headers.get_all(header::HOST).iter().count() > 1 {
        return Err("The request has more than one host.".into());
    }
    let host = text("host").or(uri_host).ok_or("The request has no Host header.")?;
    if !server.accepts_host(host) {
        return Err(format!("The host {host:?} is not allowed. Add it to server.allowed_hosts if it is yours."));
    }
    if headers.get_all(header::ORIGIN).iter().count() > 1 {
        return Err("The request has more than one origin.".into());
    }
    if let Some(origin) = text("origin") {
        if !is_own(origin, host, client, server) {
            return Err(format!("Requests from origin {origin:?} are not allowed."));
        }
    } else if matches!(text("sec-fetch-site"), Some("cross-site" | "same-site")) && !follows_link(method, text("sec-fetch-mode")) {
        return Err("Requests from another site are not allowed.".into());
    }
    Ok(host)
}

/// Whether somebody follows a link, which may be anywhere: no GET changes anything, except that people come back from the
/// OpenID provider with one, bound to the cookie of an attempt that they have started themselves.
fn follows_link(method: &Method, mode: Option<&str>) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && mode == Some("navigate")
}

/// Whether an origin is this server: by the host that the request is for, or by the public address, since some proxies put
/// their own idea of a host into requests. Where HTTPS is spoken, a page that came over plain HTTP is a stranger's: anybody on
/// the way may have written it.
fn is_own(origin: &str, host: &str, client: ClientAddr, server: &Server) -> bool {
    let plain = if client.https { None } else { origin.strip_prefix("http://") };
    let from = plain.or_else(|| origin.strip_prefix("https://"));
    from.is_some_and(|from| from.eq_ignore_ascii_case(host))
        || server.public_url.as_ref().is_some_and(|url| url.origin().eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn server(public_url: Option<&str>) -> Server {
        Server { public_url: public_url.map(|url| url.parse().unwrap()), allowed_hosts: vec!["deck.lan".into()], ..Server::default() }
    }

    fn checked(server: &Server, https: bool, headers: &[(&str, &str)]) -> Result<String, String> {
        let client = ClientAddr { address: [192, 0, 2, 1].into(), https, exposed: false, proxied: false };
        let headers = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect();
        check(&Method::GET, &headers, None, Some(client), server).map(str::to_owned)
    }

    #[test]
    fn an_origin_is_our_own_by_host_or_public_address_and_never_falls_back_to_plain_http() {
        let public = Some("https://deck.example");
        for (public_url, https, host, origin, allowed) in [
            (None, false, "127.0.0.1:3000", "http://127.0.0.1:3000", true),
            (None, false, "127.0.0.1:3000", "http://127.0.0.1:3001", false),
            (None, false, "deck.lan", "https://deck.lan", true),
            (None, true, "deck.lan", "https://deck.lan", true),
            (None, true, "deck.lan", "http://deck.lan", false),
            (None, true, "deck.lan:8443", "https://DECK.lan:8443", true),
            (None, true, "deck.lan:8443", "https://deck.lan", false),
            (None, true, "deck.lan", "null", false),
            (None, true, "deck.lan", "https://www.deck.lan", false),
            (public, true, "deck.example", "https://deck.example", true),
            (public, true, "127.0.0.1:3000", "https://deck.example", true),
            (public, true, "127.0.0.1:3000", "https://deck.example:444", false),
            (public, true, "127.0.0.1:3000", "http://deck.example", false),
            (public, true, "127.0.0.1:3000", "https://deck.example.evil", false),
            (None, true, "127.0.0.1:3000", "https://deck.example", false),
        ] {
            let result = checked(&server(public_url), https, &[("host", host), ("origin", origin)]);
            assert_eq!(result.is_ok(), allowed, "{public_url:?} {https} {host} {origin}: {result:?}");
        }
    }

    #[test]
    fn plain_http_from_elsewhere_and_requests_from_nowhere_are_refused() {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost"))]);
        let exposed = ClientAddr { address: [192, 0, 2, 1].into(), https: false, exposed: true, proxied: false };
        let error = check(&Method::GET, &headers, None, Some(exposed), &server(None)).unwrap_err();
        assert!(error.contains("192.0.2.1") && error.contains("server.trusted_proxies"), "{error}");
        assert!(check(&Method::GET, &headers, None, None, &server(None)).is_err());
    }

    #[test]
    fn a_link_may_be_anywhere_and_a_form_may_not() {
        let client = ClientAddr { address: [127, 0, 0, 1].into(), https: false, exposed: false, proxied: false };
        for (site, mode, methods) in [
            ("cross-site", "navigate", &[Method::GET, Method::HEAD][..]),
            ("same-site", "navigate", &[Method::GET, Method::HEAD]),
            ("cross-site", "cors", &[]),
            ("same-origin", "navigate", &[Method::GET, Method::HEAD, Method::POST]),
            ("none", "navigate", &[Method::GET, Method::HEAD, Method::POST]),
        ] {
            let headers = [("host", "localhost"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)]
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            let headers = HeaderMap::from_iter(headers);
            for method in [Method::GET, Method::HEAD, Method::POST] {
                let allowed = check(&method, &headers, None, Some(client), &server(None)).is_ok();
                assert_eq!(allowed, methods.contains(&method), "{method} {site} {mode}");
            }
        }
    }
}

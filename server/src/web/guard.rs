//! Runs before every route and keeps out two kinds of strangers: pages of other sites that make the browser call this server
//! (recognised by Origin), and other sites' names that were made to resolve to it (DNS rebinding, recognised by Host).

use super::{AppState, error::Failure, version};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_wire::ErrorCode;

pub(crate) async fn guard(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = match check(request.headers(), request.uri().host(), &app.config.server.allowed_hosts) {
        Ok(()) => next.run(request).await,
        Err(message) => {
            tracing::warn!(%message, path = request.uri().path(), "refused");
            Failure::new(ErrorCode::Forbidden, message).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(version::HEADER, HeaderValue::from_static(version::version()));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn check(headers: &HeaderMap, uri_host: Option<&str>, allowed: &[String]) -> Result<(), String> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    if headers.get_all(header::HOST).iter().count() > 1 {
        return Err("The request has more than one host.".into());
    }
    let host = text("host").or(uri_host).ok_or("The request has no Host header.")?;
    if !is_allowed(host, allowed) {
        return Err(format!("The host {host:?} is not allowed. Add it to server.allowed_hosts if it is yours."));
    }
    if headers.get_all(header::ORIGIN).iter().count() > 1 {
        return Err("The request has more than one origin.".into());
    }
    if let Some(origin) = text("origin") {
        let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if from.is_none_or(|from| !from.eq_ignore_ascii_case(host)) {
            return Err(format!("Requests from origin {origin:?} are not allowed."));
        }
    } else if matches!(text("sec-fetch-site"), Some("cross-site" | "same-site")) && text("sec-fetch-mode") != Some("navigate") {
        return Err("Requests from another site are not allowed.".into());
    }
    Ok(())
}

/// Whether it is a loopback name or address, or in the configuration; the port only matters if the configuration has one.
fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback
        || name.eq_ignore_ascii_case("localhost")
        || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_known_by_name_whatever_the_port() {
        let allowed = ["deck.example".to_owned(), "strict.example:8443".to_owned()];
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1:80", "[::1]:3000", "[::1]", "deck.example:1", "strict.example:8443"] {
            assert!(is_allowed(host, &allowed), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "strict.example", "127.0.0.1.evil.example", "", "[::2]:3000"] {
            assert!(!is_allowed(host, &allowed), "{host}");
        }
    }
}

//! Where somebody goes after signing in.

/// The longest address that somebody is led back to, in bytes.
pub(super) const LONGEST: usize = 2000;

/// The page on which a form stands that is sent to `path`.
pub(super) fn page_of(path: &str) -> &str {
    let verb = |path: &str| matches!(path.rsplit('/').next(), Some("start" | "stop" | "remove"));
    if path.starts_with("/admin/exec/") && verb(path) { path.rsplit_once('/').map_or(path, |(page, _)| page) } else { path }
}

/// A path or query as the value of a query's parameter.
pub(super) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where somebody goes after signing in: a page of this server, below the base path.
pub(super) fn next_page(next: &str) -> &str {
    // `//host` and `/\host` are other hosts to a browser. Control characters cannot be in a header.
    let is_own = next.starts_with("/admin/")
        && next.len() <= LONGEST
        && !next.contains('\\')
        && !next.contains(char::is_control)
        && !next.contains("//");
    if is_own { next } else { "/admin/exec" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_server_follow_a_sign_in() {
        for next in ["/admin/exec/new", "/admin/exec?state=active&name=a%2Fb", "/admin/people"] {
            assert_eq!(next_page(next), next);
        }
        assert_eq!(next_page(&format!("/admin/exec?q={}", "x".repeat(100_000))), "/admin/exec");
        for next in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/login",
            "/logout",
            "/admin//x",
            "/admin/\\x",
            "/admin/a\tb",
            "/admin/\u{1}",
            "/admin/\0",
            "/admin/\u{7f}",
        ] {
            assert_eq!(next_page(next), "/admin/exec", "{next}");
        }
    }
}

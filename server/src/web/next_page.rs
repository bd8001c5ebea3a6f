//! Where somebody goes after signing in.

/// The longest address that somebody is led back to, in bytes.
pub(super) const LONGEST: usize = 2000;

/// The page on which a form stands that is sent to `path`.
pub(super) fn page_of(path: &str) -> &str {
    if let Some(rest) = path.strip_prefix("/admin/exec/templates/") {
        // The form that starts a template has a page of its own.
        return match rest.rsplit_once('/') {
            Some((_, "start")) => path,
            Some((id, _)) => &path[..path.len() - rest.len() + id.len()],
            None if matches!(rest, "import" | "library" | "export") => "/admin/exec/templates",
            None => path,
        };
    }
    let verb = |path: &str| matches!(path.rsplit('/').next(), Some("start" | "stop" | "remove"));
    if path.starts_with("/admin/exec/") && verb(path) { path.rsplit_once('/').map_or(path, |(page, _)| page) } else { path }
}

/// A path or query as the value of a query's parameter.
pub(super) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where somebody goes after signing in: a page of this server, below the base path.
pub(super) fn next_page(next: &str) -> &str {
    // `//host` and `/\host` are other hosts to a browser, before a query. Control characters cannot be in a header.
    let path = next.split('?').next().unwrap_or(next);
    let is_own = next.starts_with("/admin/")
        && next.len() <= LONGEST
        && !path.contains('\\')
        && !next.contains(char::is_control)
        && !path.contains("//");
    if is_own { next } else { "/admin/exec" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_its_page() {
        for (path, page) in [
            ("/admin/exec/x/start", "/admin/exec/x"),
            ("/admin/exec/templates/x/start", "/admin/exec/templates/x/start"),
            ("/admin/exec/templates/x/remove", "/admin/exec/templates/x"),
            ("/admin/exec/templates/import", "/admin/exec/templates"),
            ("/admin/exec/templates/new", "/admin/exec/templates/new"),
        ] {
            assert_eq!(page_of(path), page);
        }
    }

    #[test]
    fn only_pages_of_this_server_follow_a_sign_in() {
        for next in
            ["/admin/exec/new", "/admin/exec?state=active&name=a%2Fb", "/admin/people", "/admin/exec/templates/x/start?url=http://a\\b"]
        {
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

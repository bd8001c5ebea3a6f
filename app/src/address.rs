//! Addresses of pages and calls, below the path at which the server lives.

use crate::server::BasePath;

/// The path with the base path, for links, forms and requests. The router's `navigate` and `<A>` add it themselves.
pub(crate) fn href(path: &str) -> String {
    BasePath::current().join(path)
}

/// The list of processes with this text in its search field.
pub(crate) fn list(text: &str) -> String {
    if text.is_empty() { "/admin/exec".to_owned() } else { format!("/admin/exec?q={}", encode(text)) }
}

/// The list of what is older than a process, with this text in its search field.
pub(crate) fn list_before(text: &str, before: uuid::Uuid) -> String {
    format!("/admin/exec?before={before}&q={}", encode(text))
}

/// The page of a process.
pub(crate) fn process(id: uuid::Uuid) -> String {
    format!("/admin/exec/{id}")
}

/// The form for a new process, filled in from another one.
pub(crate) fn new_from(id: uuid::Uuid) -> String {
    format!("/admin/exec/new?from={id}")
}

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_any_text() {
        assert_eq!(list(""), "/admin/exec");
        assert_eq!(list("state:failed größe&x"), "/admin/exec?q=state%3Afailed%20gr%C3%B6%C3%9Fe%26x");
    }
}

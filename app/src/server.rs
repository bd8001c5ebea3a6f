//! What a page knows of the server that sent it: where it lives and which build it is.

use leptos::prelude::*;

/// The path below which everything is served: empty at the root, otherwise such as `/tools/deck` (a slash in front, none
/// at the end). The server puts it into the Leptos context of pages; the document carries it to the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasePath(pub String);

impl BasePath {
    /// The attribute of `<html>` that carries it.
    pub const ATTRIBUTE: &'static str = "data-base";

    /// The base path in force here: from the context, or in the browser from the document.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self(document_attribute(Self::ATTRIBUTE)))
    }

    /// A path below it: `/admin/exec` becomes `/tools/deck/admin/exec`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// The server's build, the same string for the same page and server. A tab whose document has another one than the
/// server answers with is older than its server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerVersion(pub String);

impl ServerVersion {
    /// The attribute of `<html>` that carries it.
    pub const ATTRIBUTE: &'static str = "data-version";

    /// The build that made this page.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self(document_attribute(Self::ATTRIBUTE)))
    }
}

/// What is wrong with the server, and how full its disk is, when a page is made. The server puts it into the Leptos context for those
/// who are signed in; `frontend/js/health.js` keeps what the page shows of it up to date.
#[cfg(feature = "admin")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHealth {
    /// What is wrong, in whole sentences.
    pub problems: Vec<String>,
    /// How full its disk is, for those who may know.
    pub disk: Option<crate::wire::DiskUse>,
}

/// Whether the server has accounts of its own, so that pages may lead to them; not so in an application with its own sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasAccounts(pub bool);

#[cfg(feature = "hydrate")]
fn document_attribute(name: &str) -> String {
    document().document_element().and_then(|root| root.get_attribute(name)).unwrap_or_default()
}

#[cfg(not(feature = "hydrate"))]
fn document_attribute(_: &str) -> String {
    String::new()
}

//! `[access]`: how long sessions last, and sign-in by a trusted proxy's header.

use super::Oidc;
use execdeck_wire::Role;
use serde::{Deserialize, Serialize};

/// `[access]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// A session that is not used for this many hours ends.
    pub session_idle_hours: u64,
    /// A session ends after this many hours, used or not.
    pub session_hours: u64,
    /// The header in which a proxy of `server.trusted_proxies` says who has signed in, such as `X-Remote-User`; empty for none.
    pub proxy_header: String,
    /// The header in which it says what groups they are in, separated by commas; empty for none.
    pub proxy_groups_header: String,
    /// Groups whose members are administrators.
    pub proxy_admin_groups: Vec<String>,
    /// Groups whose members are operators.
    pub proxy_operator_groups: Vec<String>,
    /// Groups whose members are viewers.
    pub proxy_viewer_groups: Vec<String>,
    /// The role of people who are in none of these groups: viewer, operator or admin; empty: they are kept out.
    pub proxy_default_role: String,
    /// Whether people whom the proxy names get an account when they first come.
    pub proxy_create: bool,
    /// Sign-in with an OpenID provider.
    pub oidc: Oidc,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            session_idle_hours: 7 * 24,
            session_hours: 30 * 24,
            proxy_header: String::new(),
            proxy_groups_header: String::new(),
            proxy_admin_groups: Vec::new(),
            proxy_operator_groups: Vec::new(),
            proxy_viewer_groups: Vec::new(),
            proxy_default_role: String::new(),
            proxy_create: false,
            oidc: Oidc::default(),
        }
    }
}

/// The longest that a session may last: ten years.
const MAX_HOURS: u64 = 10 * 365 * 24;
/// Headers that mean something else.
const TAKEN: [&str; 9] =
    ["authorization", "connection", "content-length", "cookie", "execdeck-proxy-secret", "forwarded", "host", "origin", "x-forwarded-for"];

impl Access {
    /// Rejects values that could not work or that contradict each other; the error names the key.
    pub fn check(&self, has_trusted_proxies: bool) -> Result<(), String> {
        for (key, hours) in [("access.session_idle_hours", self.session_idle_hours), ("access.session_hours", self.session_hours)] {
            if !(1..=MAX_HOURS).contains(&hours) {
                return Err(format!("{key} must be between 1 and {MAX_HOURS} (got {hours})"));
            }
        }
        for (key, header) in [("access.proxy_header", &self.proxy_header), ("access.proxy_groups_header", &self.proxy_groups_header)] {
            let is_name = header.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
            if !is_name || TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(header)) {
                return Err(format!("{key} {header:?}: give the name of a header of its own, such as X-Remote-User"));
            }
        }
        if !self.proxy_default_role.is_empty() {
            let role = self.proxy_default_role.parse::<Role>();
            role.map_err(|error| format!("access.proxy_default_role: {error}; leave it empty for none"))?;
        }
        let needs = |needed: &str, is_set: bool, key: &str, key_is_set: bool| {
            if key_is_set && !is_set { Err(format!("{key} needs {needed}")) } else { Ok(()) }
        };
        let (header, groups) = (!self.proxy_header.is_empty(), !self.proxy_groups_header.is_empty());
        let proxies = "server.trusted_proxies, since anybody else could send that header, too";
        needs(proxies, has_trusted_proxies, "access.proxy_header", header)?;
        needs("access.proxy_header", header, "access.proxy_groups_header", groups)?;
        needs("access.proxy_header", header, "access.proxy_default_role", !self.proxy_default_role.is_empty())?;
        needs("access.proxy_header", header, "access.proxy_create", self.proxy_create)?;
        if groups && self.proxy_groups_header.eq_ignore_ascii_case(&self.proxy_header) {
            return Err("access.proxy_groups_header must not be the same header as access.proxy_header".into());
        }
        for (key, list) in [
            ("access.proxy_admin_groups", &self.proxy_admin_groups),
            ("access.proxy_operator_groups", &self.proxy_operator_groups),
            ("access.proxy_viewer_groups", &self.proxy_viewer_groups),
        ] {
            needs("access.proxy_groups_header", groups, key, !list.is_empty())?;
            if list.iter().any(|group| group.trim().is_empty()) {
                return Err(format!("{key} has an empty name in it"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused_by_the_name_of_its_key() {
        let base = Access { proxy_header: "X-Remote-User".into(), ..Access::default() };
        Access::default().check(false).unwrap();
        base.check(true).unwrap();
        for (access, key) in [
            (Access { session_idle_hours: 0, ..Access::default() }, "access.session_idle_hours"),
            (Access { session_hours: u64::MAX, ..Access::default() }, "access.session_hours"),
            (Access { proxy_create: true, ..Access::default() }, "access.proxy_create"),
            (Access { proxy_header: "Cookie".into(), ..base.clone() }, "access.proxy_header"),
            (Access { proxy_header: "X Remote".into(), ..base.clone() }, "access.proxy_header"),
            (Access { proxy_groups_header: "x-remote-user".into(), ..base.clone() }, "access.proxy_groups_header"),
            (Access { proxy_admin_groups: vec!["a".into()], ..base.clone() }, "access.proxy_admin_groups"),
            (Access { proxy_default_role: "root".into(), ..base.clone() }, "access.proxy_default_role"),
        ] {
            assert!(access.check(true).unwrap_err().contains(key), "{access:?}");
        }
        assert!(base.check(false).unwrap_err().contains("server.trusted_proxies"));
    }
}

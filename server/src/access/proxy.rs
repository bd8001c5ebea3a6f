//! People whom a trusted proxy names in a header of each request.

use super::{
    error::AccessError,
    groups::{AssignedRole, GroupRoles, MAX_GROUPS},
    names,
};
use crate::config::Access as Settings;
use execdeck_wire::ErrorCode;
use std::collections::BTreeSet;

/// Somebody whom a trusted proxy has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyUser {
    /// The name, normalized.
    pub name: String,
    /// What the groups' roles amount to; none if groups say nothing and the account's own role counts.
    pub role: AssignedRole,
}

/// Reads who a request comes from. `trusted`: it was received from one of `server.trusted_proxies`; the headers of others
/// are ignored. `header` returns all values of a header.
pub fn read<'a>(settings: &Settings, trusted: bool, header: impl Fn(&str) -> Vec<&'a [u8]>) -> Result<Option<ProxyUser>, AccessError> {
    if !trusted || settings.proxy_header.is_empty() {
        return Ok(None);
    }
    let Some(name) = only(&settings.proxy_header, &header)?.filter(|name| !name.trim().is_empty()) else {
        return Ok(None);
    };
    let name = names::normalize(name).map_err(|error| refused(&settings.proxy_header, &error.to_string()))?;
    let default = settings.proxy_default_role.parse().ok();
    if settings.proxy_groups_header.is_empty() {
        return Ok(Some(ProxyUser { name, role: AssignedRole::New(default) }));
    }
    let groups = only(&settings.proxy_groups_header, &header)?.unwrap_or_default();
    let groups: BTreeSet<&str> = groups.split(',').map(str::trim).filter(|group| !group.is_empty()).collect();
    if groups.len() > MAX_GROUPS {
        return Err(refused(&settings.proxy_groups_header, "it names more than 2000 groups"));
    }
    let (admin, operator, viewer) = (&settings.proxy_admin_groups, &settings.proxy_operator_groups, &settings.proxy_viewer_groups);
    Ok(Some(ProxyUser { name, role: GroupRoles { admin, operator, viewer, default }.role(&groups) }))
}

/// The value of a header that may be there once.
fn only<'a>(name: &str, header: impl Fn(&str) -> Vec<&'a [u8]>) -> Result<Option<&'a str>, AccessError> {
    match header(name)[..] {
        [] => Ok(None),
        [value] => str::from_utf8(value).map(Some).map_err(|_| refused(name, "it is not UTF-8")),
        _ => Err(refused(name, "the proxy sends it more than once; make it replace what comes from outside")),
    }
}

fn refused(header: &str, reason: &str) -> AccessError {
    AccessError::refused(ErrorCode::BadRequest, format!("The proxy's header {header} cannot be used: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::Role;

    fn settings() -> Settings {
        Settings {
            proxy_header: "X-Remote-User".into(),
            proxy_groups_header: "X-Remote-Groups".into(),
            proxy_admin_groups: vec!["deck admins".into()],
            proxy_operator_groups: vec!["ops".into(), "dev".into()],
            ..Settings::default()
        }
    }

    fn role(settings: &Settings, groups: &str) -> AssignedRole {
        let header = |name: &str| if name == "X-Remote-User" { vec![&b"Ada"[..]] } else { vec![groups.as_bytes()] };
        let user = read(settings, true, header).unwrap().unwrap();
        assert_eq!(user.name, "ada");
        user.role
    }

    #[test]
    fn groups_decide_the_role_and_the_highest_counts() {
        assert_eq!(role(&settings(), "x, dev ,deck admins"), AssignedRole::Is(Role::Admin));
        assert_eq!(role(&settings(), "dev"), AssignedRole::Is(Role::Operator));
        assert_eq!(role(&settings(), "deck"), AssignedRole::None);
        assert_eq!(role(&settings(), ""), AssignedRole::None);
        assert_eq!(role(&Settings { proxy_default_role: "viewer".into(), ..settings() }, "x"), AssignedRole::Is(Role::Viewer));
        let without = Settings { proxy_groups_header: String::new(), proxy_default_role: "viewer".into(), ..Settings::default() };
        let without = Settings { proxy_header: "X-Remote-User".into(), ..without };
        assert_eq!(role(&without, "deck admins"), AssignedRole::New(Some(Role::Viewer)));
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_once() {
        let ada = |_: &str| vec![&b"ada"[..]];
        assert_eq!(read(&settings(), false, ada).unwrap(), None);
        assert_eq!(read(&Settings::default(), true, ada).unwrap(), None);
        assert_eq!(read(&settings(), true, |_| vec![]).unwrap(), None);
        assert_eq!(read(&settings(), true, |_| vec![&b" "[..]]).unwrap(), None);
        for values in [vec![&b"ada"[..], b"bob"], vec![&b"\xff"[..]], vec![&b"a\0"[..]], vec![&b"ada, bob"[..]]] {
            assert!(read(&settings(), true, |_| values.clone()).is_err(), "{values:?}");
        }
    }
}

//! `[access.oidc]`: sign-in with an OpenID provider.

use super::or_empty;
use execdeck_wire::Role;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, path::PathBuf};
use url::Url;

/// `[access.oidc]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oidc {
    /// The provider's issuer, exactly as the provider writes it, such as `https://id.example.org/realms/staff`; empty for no
    /// provider.
    pub issuer: String,
    /// The id under which this server is registered with the provider.
    pub client_id: String,
    /// The file with the client secret, for its owner alone; empty for a client without a secret.
    #[serde(with = "or_empty")]
    pub client_secret_file: Option<PathBuf>,
    /// The client secret itself, from the variable `EXECDECK_ACCESS_OIDC_CLIENT_SECRET`; never in the configuration file.
    #[serde(skip_serializing)]
    pub client_secret: OidcSecret,
    /// What people know the provider as: the button says "Sign in with …". Empty: the issuer's host.
    pub name: String,
    /// The scopes to ask for, besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that names new people here.
    pub name_claim: String,
    /// The claim with somebody's groups; dots lead into objects, as in `realm_access.roles`.
    pub groups_claim: String,
    /// Groups whose members are administrators.
    pub admin_groups: Vec<String>,
    /// Groups whose members are operators.
    pub operator_groups: Vec<String>,
    /// Groups whose members are viewers.
    pub viewer_groups: Vec<String>,
    /// The role of people who are in none of these groups: viewer, operator or admin; empty: they are kept out.
    pub default_role: String,
    /// Whether people get an account when they first sign in.
    pub create: bool,
}

/// A secret that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct OidcSecret(String);

impl OidcSecret {
    /// The secret, if there is one.
    pub fn get(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|secret| !secret.is_empty())
    }
}

impl fmt::Debug for OidcSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "none" } else { "hidden" })
    }
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret_file: None,
            client_secret: OidcSecret::default(),
            name: String::new(),
            scopes: vec!["profile".into(), "email".into()],
            name_claim: "preferred_username".into(),
            groups_claim: "groups".into(),
            admin_groups: Vec::new(),
            operator_groups: Vec::new(),
            viewer_groups: Vec::new(),
            default_role: String::new(),
            create: false,
        }
    }
}

/// The longest name of a provider, in characters: it has to fit on a button.
const MAX_NAME: usize = 40;

impl Oidc {
    /// Whether people sign in with a provider.
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// Whether somebody without an account can get in.
    pub fn creates(&self) -> bool {
        self.is_on() && self.create
    }

    /// What people know the provider as.
    pub fn shown_name(&self) -> String {
        let host = || Url::parse(&self.issuer).ok().and_then(|issuer| issuer.host_str().map(str::to_owned));
        if self.name.is_empty() { host().unwrap_or_default() } else { self.name.clone() }
    }

    /// Whether groups decide what people may do.
    pub fn uses_groups(&self) -> bool {
        self.group_lists().iter().any(|(_, list)| !list.is_empty())
    }

    fn group_lists(&self) -> [(&'static str, &Vec<String>); 3] {
        [("admin_groups", &self.admin_groups), ("operator_groups", &self.operator_groups), ("viewer_groups", &self.viewer_groups)]
    }

    /// Rejects values that could not work or that contradict each other; the error names the key.
    pub(super) fn check(&self, has_public_url: bool) -> Result<(), String> {
        if !self.is_on() {
            return match self.first_set_key() {
                Some(key) => Err(format!("access.oidc.{key} needs access.oidc.issuer")),
                None => Ok(()),
            };
        }
        check_issuer(&self.issuer)?;
        if !has_public_url {
            return Err("access.oidc.issuer needs server.public_url: the provider sends browsers back to that address".into());
        }
        if self.client_id.is_empty() || self.client_id.contains(char::is_control) {
            return Err("access.oidc.client_id: give the id under which this server is registered with the provider".into());
        }
        if self.client_secret.get().is_some() && self.client_secret_file.is_some() {
            return Err("access.oidc.client_secret_file and EXECDECK_ACCESS_OIDC_CLIENT_SECRET are both set; keep one of them".into());
        }
        if self.name.chars().count() > MAX_NAME || self.name.contains(char::is_control) {
            return Err(format!("access.oidc.name: give a name of at most {MAX_NAME} characters in one line"));
        }
        // RFC 6749, 3.3.
        let is_scope = |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
        if let Some(scope) = self.scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(format!("access.oidc.scopes {scope:?}: give a list of scopes such as [\"profile\", \"groups\"]"));
        }
        for (key, claim) in [("name_claim", &self.name_claim), ("groups_claim", &self.groups_claim)] {
            if claim.is_empty() {
                return Err(format!("access.oidc.{key} is empty; give the name of a claim"));
            }
        }
        if let Some((key, _)) = self.group_lists().into_iter().find(|(_, list)| list.iter().any(|group| group.trim().is_empty())) {
            return Err(format!("access.oidc.{key} has an empty name in it"));
        }
        if !self.default_role.is_empty() {
            let role = self.default_role.parse::<Role>();
            role.map_err(|error| format!("access.oidc.default_role: {error}; leave it empty for none"))?;
        }
        if self.create && self.default_role.is_empty() && !self.uses_groups() {
            return Err(
                "access.oidc.create needs access.oidc.default_role or groups that give a role, such as access.oidc.viewer_groups".into()
            );
        }
        Ok(())
    }

    /// A key that does nothing without an issuer, but is set.
    fn first_set_key(&self) -> Option<&'static str> {
        let lists = self.group_lists().map(|(key, list)| (key, !list.is_empty()));
        let keys = [
            ("client_id", !self.client_id.is_empty()),
            ("client_secret_file", self.client_secret_file.is_some()),
            ("client_secret", self.client_secret.get().is_some()),
            ("name", !self.name.is_empty()),
            ("default_role", !self.default_role.is_empty()),
            ("create", self.create),
        ];
        keys.into_iter().chain(lists).find(|(_, is_set)| *is_set).map(|(key, _)| key)
    }
}

fn check_issuer(issuer: &str) -> Result<(), String> {
    let fail = |problem: &str| Err(format!("access.oidc.issuer {problem}; give an address such as https://id.example.org"));
    let Ok(url) = Url::parse(issuer) else { return fail("is not a valid URL") };
    if !url.username().is_empty() || url.password().is_some() {
        return fail("has a user name or a password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return fail("has a query or a fragment");
    }
    if !may_be_asked(&url) {
        return fail("is not HTTPS, which is needed unless the provider is on this machine");
    }
    Ok(())
}

/// Whether an address of the provider may be used: what comes over plain HTTP from elsewhere, anybody on the way may have
/// written.
pub fn may_be_asked(url: &Url) -> bool {
    let is_loopback = || {
        url.host_str().is_some_and(|host| {
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            host == "localhost" || address.is_ok_and(|address| address.is_loopback())
        })
    };
    url.host_str().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback()))
}

#[cfg(test)]
mod tests;

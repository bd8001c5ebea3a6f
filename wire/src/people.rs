//! People, and how they are signed in.

use super::{Grants, Right, Rights, Role, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// A password, or another text that must not reach a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "password")))]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Who vouches for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An administrator created the account here.
    #[default]
    Local,
    /// A trusted proxy named them.
    Proxy,
    /// An OpenID provider did.
    Oidc,
    /// One that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl Source {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Proxy => "proxy",
            Self::Oidc => "oidc",
            Self::Unknown => "unknown",
        }
    }
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Person {
    /// The name, in its normalized form: unique, and never changed.
    pub name: String,
    /// The role.
    pub role: Role,
    /// A disabled account cannot be used in any way.
    #[serde(default)]
    pub disabled: bool,
    /// What the role's rights are narrowed to.
    #[serde(default)]
    pub grants: Grants,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When it was used last, to within a minute; absent if never.
    #[serde(default)]
    pub last_seen: Option<Timestamp>,
    /// Whether one can sign in with a password.
    #[serde(default)]
    pub has_password: bool,
    /// How many passkeys one can sign in with.
    #[serde(default)]
    pub passkeys: u32,
    /// Whether a password alone is not enough: a passkey is asked for after it.
    #[serde(default)]
    pub asks_for_passkey: bool,
    /// Who vouches for the person.
    #[serde(default)]
    pub source: Source,
}

/// Creates an account or changes one; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PersonChange {
    /// Whose account; an account that does not exist is created.
    pub name: String,
    /// Refuses to change an account that exists.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new: bool,
    /// The role; `viewer` for a new account if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Disabling an account ends its sessions and revokes its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// What to narrow the rights to, in place of what they were narrowed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Grants>,
    /// A new password, which ends all sessions of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// Removes all passkeys, so that the password alone is enough.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remove_passkeys: bool,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionInfo {
    /// Identifies the session; not what the browser proves it with.
    pub id: Uuid,
    /// Whose.
    pub person: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was used last, to within a minute.
    pub last_seen: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// The address that it was opened from.
    #[serde(default)]
    pub address: Option<String>,
    /// What the browser called itself then (`User-Agent`), cut short.
    #[serde(default)]
    pub agent: Option<String>,
    /// Whether it is the session of the request that asked.
    #[serde(default)]
    pub current: bool,
}

/// An API token, without the part that is secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenInfo {
    /// Identifies the token; not what is sent with requests.
    pub id: Uuid,
    /// What it is for, in its owner's words.
    pub label: String,
    /// What it may do at most; absent: whatever its owner may. In any case not more than its owner may.
    #[serde(default)]
    pub rights: Option<Rights>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends; absent: when it is revoked.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to within a minute; absent if never.
    #[serde(default)]
    pub last_used: Option<Timestamp>,
}

/// A passkey, without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyInfo {
    /// Identifies the passkey here; authenticators know it by something else.
    pub id: Uuid,
    /// What its owner calls it.
    pub label: String,
    /// The host name that it is for: browsers offer it nowhere else.
    pub site: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was used last; absent if never.
    #[serde(default)]
    pub last_used: Option<Timestamp>,
}

/// Shows that a request comes from the person, and not from somebody at their open browser. People with a password give that
/// or use a passkey; for others it is enough to have signed in within the last ten minutes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Proof {
    /// The current password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// What a passkey has answered to the options of `passkey_proof_options` (`AuthenticationResponseJSON` of WebAuthn).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey: Option<serde_json::Value>,
}

/// A token that is to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// What it is for.
    pub label: String,
    /// What it may do at most; absent: whatever its owner may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Rights>,
    /// When it ends; absent: when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The answer to the creation of a token: the only one that contains it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedToken {
    /// What to send as `Authorization: Bearer …`.
    pub token: String,
    /// What is kept about it.
    pub info: TokenInfo,
}

impl fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedToken").field("info", &self.info).finish_non_exhaustive()
    }
}

/// How a request proves who it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignedInBy {
    /// A session's cookie.
    Session,
    /// An API token.
    Token,
    /// The header of a trusted proxy.
    Proxy,
    /// The host application.
    Application,
    /// A way that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl SignedInBy {
    /// The name on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::Proxy => "proxy",
            Self::Application => "application",
            Self::Unknown => "unknown",
        }
    }
}

/// The caller, as the answer to `whoami`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// The account's name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// What this request may do: the role's rights, or fewer for a token.
    pub rights: Rights,
    /// What the rights are narrowed to.
    #[serde(default)]
    pub grants: Grants,
    /// How the request proved who it comes from.
    pub via: SignedInBy,
    /// Whether it may start commands outside templates.
    #[serde(default)]
    pub free_commands: bool,
    /// When the sign-in ends; absent: when it is ended.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl Me {
    /// Whether the caller has this right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_of_a_newer_server_can_be_read() {
        let json =
            r#"{"name":"ada","role":"auditor","grants":{"hosts":["a"]},"created_at":"2026-11-24T15:00:00Z","source":"ldap","badge":7}"#;
        let person: Person = serde_json::from_str(json).unwrap();
        assert_eq!((person.role, person.source, person.disabled), (Role::Unknown, Source::Unknown, false));
    }

    #[test]
    fn secrets_are_not_printed() {
        let person = PersonChange { password: Some(Password("hunter22".into())), ..PersonChange::default() };
        assert!(!format!("{person:?}").contains("hunter22"));
        assert!(serde_json::to_string(&person).unwrap().contains("hunter22"));
    }
}

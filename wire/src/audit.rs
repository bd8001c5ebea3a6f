//! The audit: who did what, when and from where, and what was refused.

use super::Timestamp;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was allowed, and done unless a later entry says that it failed.
    Allowed,
    /// It was refused; nothing was done.
    Refused,
    /// It was allowed, but could not be done.
    Failed,
    /// One that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl AuditOutcome {
    /// Those that there are.
    pub const ALL: [Self; 3] = [Self::Allowed, Self::Refused, Self::Failed];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for AuditOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.as_str() == text);
        found.ok_or_else(|| format!("{text:?} isn't an outcome; use one of allowed, refused, failed"))
    }
}

/// One entry. Entries are never changed, and each one's hash covers the entry before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Its place in the chain, counted from 1.
    pub seq: u64,
    /// When it was done or refused.
    pub time: Timestamp,
    /// The account's name, or that of the system's user for what was done by a command; absent for strangers and for the
    /// server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// How they proved who they are: `session`, `token`, `proxy`, `oidc`, `command`, `server`, `nothing`, or another way of a
    /// newer server.
    pub via: String,
    /// What the token is for, if they used one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The address that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What was done, by the name of the call, such as `kill_process`.
    pub action: String,
    /// The id of what it was done to: a process, a session, a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its name, or that of the account that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// The id of the template that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// With which parameters; secrets are masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
    /// Why, in the words of whoever did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// Why it was refused or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many there were, for entries that count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The `seq` of the entry that this one is about: what failed was allowed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// SHA-256 over the hash of the entry before and everything in this one, in hexadecimal digits.
    pub hash: String,
}

/// Which entries to list; absent fields match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AuditFilter {
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The id or the name of what it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AuditOutcome>,
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Only entries before this one: the `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many at most, 1 to 500; 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One page of entries, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// What to pass as `before` for the next page; absent on the last one.
    pub next: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_a_newer_server_can_be_read() {
        let json = r#"{"seq":1,"time":"2026-11-24T15:00:00Z","via":"passkey","action":"fly","outcome":"postponed","hash":"00","host":"a"}"#;
        let entry: AuditEntry = serde_json::from_str(json).unwrap();
        assert_eq!((entry.outcome, entry.person), (AuditOutcome::Unknown, None));
        assert!("unknown".parse::<AuditOutcome>().is_err());
    }
}

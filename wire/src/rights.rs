//! What a caller may do: rights, and the roles that are sets of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// One thing that somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See processes: that they exist, their state and their spec.
    View,
    /// Read and search what they print.
    ReadOutput,
    /// Start processes: from templates, and by free commands where the policy allows these.
    Start,
    /// Type into processes.
    Input,
    /// Stop, signal and remove processes.
    Stop,
    /// Manage people, templates and settings.
    Administer,
    /// One that this version does not recognize, from a newer server. It allows nothing.
    #[serde(other)]
    Unknown,
}

impl Right {
    /// All rights that exist, the most harmless first.
    pub const ALL: [Self; 6] = [Self::View, Self::ReadOutput, Self::Start, Self::Input, Self::Stop, Self::Administer];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::ReadOutput => "read_output",
            Self::Start => "start",
            Self::Input => "input",
            Self::Stop => "stop",
            Self::Administer => "administer",
            Self::Unknown => "unknown",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::View => 1,
            Self::ReadOutput => 1 << 1,
            Self::Start => 1 << 2,
            Self::Input => 1 << 3,
            Self::Stop => 1 << 4,
            Self::Administer => 1 << 5,
            Self::Unknown => 0,
        }
    }
}

impl FromStr for Right {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|right| right.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|right| right.as_str()).collect();
            format!("{text:?} isn't a right; use one of {}", names.join(", "))
        })
    }
}

/// A set of rights; in JSON an array of their names.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "std::collections::BTreeSet<Right>"))]
pub struct Rights(u8);

impl Rights {
    /// No right at all.
    pub const NONE: Self = Self(0);

    /// Whether `right` is in it.
    pub const fn contains(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Whether every right of `other` is in it.
    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The rights that are in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Each of them, the most harmless first.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.contains(*right))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Right::as_str)).finish()
    }
}

impl Serialize for Rights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Rights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Right>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// A named set of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees processes and reads their output.
    Viewer,
    /// Also starts templates, types and stops.
    Operator,
    /// Everything.
    Admin,
    /// One that this version does not recognize, from a newer server. It allows nothing.
    #[serde(other)]
    Unknown,
}

impl Role {
    /// All roles that exist, the most harmless first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Unknown => "unknown",
        }
    }

    /// What it allows.
    pub const fn rights(self) -> Rights {
        const VIEWER: u8 = Right::View.bit() | Right::ReadOutput.bit();
        const OPERATOR: u8 = VIEWER | Right::Start.bit() | Right::Input.bit() | Right::Stop.bit();
        match self {
            Self::Viewer => Rights(VIEWER),
            Self::Operator => Rights(OPERATOR),
            Self::Admin => Rights(OPERATOR | Right::Administer.bit()),
            Self::Unknown => Rights::NONE,
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("{text:?} isn't a role; use one of viewer, operator, admin"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_the_rights_of_the_one_below_it() {
        assert_eq!(serde_json::to_string(&Role::Viewer.rights()).unwrap(), r#"["view","read_output"]"#);
        assert_eq!(serde_json::to_string(&Role::Operator.rights()).unwrap(), r#"["view","read_output","start","input","stop"]"#);
        assert_eq!(Role::Admin.rights(), Right::ALL.into_iter().collect());
        assert!(Role::Admin.rights().includes(Role::Operator.rights()) && Role::Operator.rights().includes(Role::Viewer.rights()));
        assert!(!Role::Viewer.rights().includes(Role::Operator.rights()));
    }

    #[test]
    fn what_a_newer_server_adds_allows_nothing() {
        let role: Role = serde_json::from_str(r#""auditor""#).unwrap();
        assert_eq!(role.rights(), Rights::NONE);
        let rights: Rights = serde_json::from_str(r#"["view","fly"]"#).unwrap();
        assert_eq!(rights, [Right::View].into_iter().collect());
        assert!(!rights.contains(Right::Unknown) && "unknown".parse::<Right>().is_err() && "unknown".parse::<Role>().is_err());
    }
}

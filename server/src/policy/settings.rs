//! `[policy]`: who may run commands outside templates.

use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// `[policy]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Who may run commands outside templates: `off` (nobody), `admins`, or `rules` (whom the rules allow, which bind
    /// administrators, too).
    pub free_commands: FreeCommands,
    /// The rules, in no particular order: what one forbids is forbidden, and what none allows is, too.
    #[serde(deserialize_with = "numbered")]
    pub rules: Vec<RuleSettings>,
}

/// Who may run commands outside templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeCommands {
    /// Nobody.
    Off,
    /// Administrators, any command.
    #[default]
    Admins,
    /// Whom the rules allow, what they allow.
    Rules,
}

/// Whether a rule allows or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It allows.
    Allow,
    /// It forbids.
    Deny,
}

/// `[[policy.rules]]`: applies to a command if each condition that is given holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// `allow` or `deny`.
    pub effect: Effect,
    /// Whose commands, by role; everybody's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// Whose commands, by the names of accounts; everybody's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<String>>,
    /// The program: absolute paths in which `*` stands for anything but a slash and `**` for any folders. They are compared
    /// with the path to which all links lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programs: Option<Vec<String>>,
    /// The arguments: regular expressions that an argument has to match as a whole. A rule that allows needs at least one
    /// argument, and each to match one of them, or none if the list is empty; for a rule that forbids, one such argument is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// The folder that it runs in, as `programs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Vec<String>>,
    /// The users to run as; an empty name is the server's own user, which is the only one if a rule that allows has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as: Option<Vec<String>>,
    /// The names of the variables that may be set, or that must not. A rule that allows and has none allows all but those
    /// that change which program runs or what it does, such as `PATH` or `LD_PRELOAD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
}

/// Reads the rules one by one, so that an error names the rule and the key.
fn numbered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RuleSettings>, D::Error> {
    let tables = Vec::<toml::Table>::deserialize(deserializer)?;
    let read = |(table, number): (toml::Table, usize)| {
        serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            let at = Some(error.path().to_string()).filter(|path| path != ".").map_or_else(String::new, |path| format!("{path}: "));
            D::Error::custom(format!("policy.rules {number}: {at}{}", error.inner().message()))
        })
    };
    tables.into_iter().zip(1..).map(read).collect()
}

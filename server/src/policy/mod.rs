//! Which commands people may run outside templates: none, any if they administer, or those that rules allow. Knows no HTTP
//! and no engine.
//!
//! A rule sees a command as it is going to be run: the program by the path to which all links lead, and so the folder.
//! [`Policy::check`] puts these paths into the spec, so that nothing else can be run than what was checked.
//!
//! # Layout
//! - `settings`: `[policy]` as it is written. `rule`: one rule, and what it applies to. `pattern`: paths in rules.
//! - `located`: what a command means on this machine. `variables`: those that change what a program does.
//! - `warnings`: what is allowed and probably should not be.

mod located;
mod pattern;
mod rule;
mod settings;
#[cfg(test)]
mod tests;
mod variables;
mod warnings;

pub use settings::{Effect, FreeCommands, RuleSettings, Settings};
pub(crate) use variables::is_dangerous;

use execdeck_wire::{ProcessSpec, Role};
use located::Located;
use rule::{Command, Rule};

/// Who wants to run a command.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// The account's name.
    pub name: &'a str,
    /// The account's role.
    pub role: Role,
}

/// Why a command may not be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody may run any.
    Off,
    /// Only administrators may.
    AdministratorsOnly,
    /// The rule of this number forbids it, counted from 1 as in the file.
    Denied(usize),
    /// No rule allows it.
    NotAllowed {
        /// Those of its variables that a rule has to name.
        variables: Vec<String>,
    },
}

/// The policy in force.
pub struct Policy {
    free_commands: FreeCommands,
    rules: Vec<Rule>,
}

impl Policy {
    /// Reads the rules. The error names the rule by its number, and the key.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let rules = settings.rules.iter().zip(1..).map(|(rule, number)| Rule::new(number, rule)).collect::<Result<Vec<_>, _>>()?;
        let allows = rules.iter().any(|rule| rule.effect() == Effect::Allow);
        match settings.free_commands {
            FreeCommands::Rules if !allows => {
                Err("policy.free_commands is \"rules\", but no rule in policy.rules allows anything; add one, or set it to \"off\"".into())
            }
            // The rules that forbid something would be ignored.
            FreeCommands::Admins if !rules.is_empty() => {
                Err("policy.rules are in force only if policy.free_commands is \"rules\"; set it, or remove the rules".into())
            }
            free_commands => Ok(Self { free_commands, rules }),
        }
    }

    /// What should be said about it at the start.
    pub fn warnings(&self) -> Vec<String> {
        let rules = self.rules.iter().filter(|_| self.free_commands == FreeCommands::Rules);
        rules.filter_map(warnings::warning).collect()
    }

    /// Whether there is any command that somebody may run.
    pub fn may_run_some(&self, who: Who<'_>) -> Result<(), Refusal> {
        match self.free_commands {
            FreeCommands::Off => Err(Refusal::Off),
            FreeCommands::Admins if who.role == Role::Admin => Ok(()),
            FreeCommands::Admins => Err(Refusal::AdministratorsOnly),
            FreeCommands::Rules => {
                let allowed = self.rules.iter().any(|rule| rule.effect() == Effect::Allow && rule.concerns(who));
                if allowed { Ok(()) } else { Err(Refusal::NotAllowed { variables: Vec::new() }) }
            }
        }
    }

    /// Whether [`check`](Self::check) depends on the command, and then looks at files.
    pub fn has_rules(&self) -> bool {
        self.free_commands == FreeCommands::Rules
    }

    /// Checks a command, and changes it so that nothing else can be run in its place: under rules, the program and the folder
    /// become the paths to which all links lead. Reads the file system then.
    pub fn check(&self, who: Who<'_>, spec: &mut ProcessSpec) -> Result<(), Refusal> {
        self.may_run_some(who)?;
        if !self.has_rules() {
            return Ok(());
        }
        let unknown = Refusal::NotAllowed { variables: Vec::new() };
        let Some(located) = Located::find(spec) else { return Err(unknown) };
        self.judge(who, &Command::new(&located, spec))?;
        located.put_into(spec);
        Ok(())
    }

    /// The first rule that forbids it decides; then any that allows it.
    fn judge(&self, who: Who<'_>, command: &Command<'_>) -> Result<(), Refusal> {
        let first = |effect| self.rules.iter().find(|rule| rule.effect() == effect && rule.applies(who, command));
        if let Some(rule) = first(Effect::Deny) {
            return Err(Refusal::Denied(rule.number()));
        }
        if first(Effect::Allow).is_some() {
            return Ok(());
        }
        let variables = command.variables().filter(|name| variables::is_dangerous(name)).map(str::to_owned).collect();
        Err(Refusal::NotAllowed { variables })
    }
}

//! One rule, and what it applies to.

use super::{Effect, RuleSettings, Who, located::Located, pattern::PathPattern, variables};
use crate::{access, anchored};
use execdeck_wire::{ProcessSpec, Role};
use regex::Regex;

/// A command as rules see it.
pub(super) struct Command<'a> {
    located: &'a Located,
    spec: &'a ProcessSpec,
}

impl<'a> Command<'a> {
    pub(super) fn new(located: &'a Located, spec: &'a ProcessSpec) -> Self {
        Self { located, spec }
    }

    /// The names of the variables that it sets, secret ones included.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.spec.env.keys().chain(self.spec.secret_env.keys()).map(String::as_str)
    }
}

/// A rule, ready to be used. Absent conditions hold for everything.
pub(super) struct Rule {
    number: usize,
    effect: Effect,
    roles: Option<Vec<Role>>,
    people: Option<Vec<String>>,
    programs: Option<Vec<PathPattern>>,
    args: Option<Vec<Regex>>,
    cwd: Option<Vec<PathPattern>>,
    run_as: Option<Vec<String>>,
    env: Option<Vec<String>>,
}

impl Rule {
    pub(super) fn new(number: usize, settings: &RuleSettings) -> Result<Self, String> {
        let list = Lists { number, effect: settings.effect };
        Ok(Self {
            number,
            effect: settings.effect,
            roles: list.read("roles", settings.roles.as_deref(), |role| parse_role(role, settings.effect))?,
            people: list.read("people", settings.people.as_deref(), parse_person)?,
            programs: list.read("programs", settings.programs.as_deref(), PathPattern::new)?,
            args: list.read_or_none("args", settings.args.as_deref(), anchored::compile)?,
            cwd: list.read("cwd", settings.cwd.as_deref(), PathPattern::new)?,
            run_as: list.read("run_as", settings.run_as.as_deref(), |user| Ok(user.to_owned()))?,
            env: list.read_or_none("env", settings.env.as_deref(), parse_variable)?,
        })
    }

    pub(super) const fn number(&self) -> usize {
        self.number
    }

    pub(super) const fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether it is about what this person runs.
    pub(super) fn concerns(&self, who: Who<'_>) -> bool {
        self.roles.as_ref().is_none_or(|roles| roles.contains(&who.role))
            && self.people.as_ref().is_none_or(|people| people.iter().any(|name| name == who.name))
    }

    /// Whether it is about this program.
    pub(super) fn names_program(&self, path: &str) -> bool {
        holds(self.programs.as_deref(), path)
    }

    /// Whether it has no pattern for arguments.
    pub(super) fn is_without_arguments(&self) -> bool {
        self.args.as_ref().is_none_or(Vec::is_empty)
    }

    /// Whether it is about commands that have no arguments.
    pub(super) fn takes_no_arguments(&self) -> bool {
        self.args.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether it leaves the program open.
    pub(super) const fn takes_any_program(&self) -> bool {
        self.programs.is_none()
    }

    /// Whether each condition holds.
    pub(super) fn applies(&self, who: Who<'_>, command: &Command<'_>) -> bool {
        self.concerns(who)
            && self.args_hold(&command.spec.args)
            && self.user_holds(command.spec.run_as.as_deref())
            && self.variables_hold(command)
            && self.names_program(&command.located.program)
            && holds(self.cwd.as_deref(), &command.located.cwd)
    }

    fn args_hold(&self, args: &[String]) -> bool {
        let Some(patterns) = &self.args else { return true };
        let matches = |arg: &String| patterns.iter().any(|pattern| pattern.is_match(arg));
        match self.effect {
            // Without arguments many a program reads commands from its input.
            Effect::Allow if args.is_empty() => patterns.is_empty(),
            Effect::Allow => args.iter().all(matches),
            Effect::Deny => args.iter().any(matches),
        }
    }

    fn user_holds(&self, run_as: Option<&str>) -> bool {
        match (&self.run_as, self.effect) {
            (Some(users), Effect::Allow) => users.iter().any(|user| user == run_as.unwrap_or_default()),
            // Whatever the group is.
            (Some(users), Effect::Deny) => {
                let run_as = run_as.unwrap_or_default();
                let user = run_as.split(':').next().unwrap_or_default();
                users.iter().any(|denied| denied == run_as || denied == user)
            }
            (None, Effect::Allow) => run_as.is_none(),
            (None, Effect::Deny) => true,
        }
    }

    fn variables_hold(&self, command: &Command<'_>) -> bool {
        let mut variables = command.variables();
        match (&self.env, self.effect) {
            (Some(names), Effect::Allow) => variables.all(|variable| names.iter().any(|name| name == variable)),
            (None, Effect::Allow) => !variables.any(variables::is_dangerous),
            (Some(names), Effect::Deny) => variables.any(|variable| names.iter().any(|name| name == variable)),
            (None, Effect::Deny) => true,
        }
    }
}

fn holds(patterns: Option<&[PathPattern]>, path: &str) -> bool {
    patterns.is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(path)))
}

/// Reads the lists of one rule.
struct Lists {
    number: usize,
    effect: Effect,
}

impl Lists {
    /// Reads a list that has to have something in it.
    fn read<T>(&self, key: &str, list: Option<&[String]>, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<Vec<T>>, String> {
        let number = self.number;
        let Some(list) = list else { return Ok(None) };
        if list.is_empty() {
            return Err(format!("policy.rules {number}: {key} is empty, so the rule would never apply; leave it out for any"));
        }
        let read = |text: &String| read(text).map_err(|problem| format!("policy.rules {number}: {key} {text:?}: {problem}"));
        list.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// Reads a list that may be empty in a rule that allows: then there must not be any of them.
    fn read_or_none<T>(
        &self,
        key: &str,
        list: Option<&[String]>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, String> {
        match list {
            Some(list) if list.is_empty() && self.effect == Effect::Allow => Ok(Some(Vec::new())),
            _ => self.read(key, list, read),
        }
    }
}

fn parse_role(role: &str, effect: Effect) -> Result<Role, String> {
    match role.parse()? {
        Role::Viewer if effect == Effect::Allow => Err("viewers start nothing, whatever a rule allows; leave it out".into()),
        role => Ok(role),
    }
}

/// Names are compared as they are on record.
fn parse_person(name: &str) -> Result<String, String> {
    if name.is_empty() || access::fold(name) != name || name.trim() != name {
        return Err("write the name as `execdeck user list` shows it, in lower case".into());
    }
    Ok(name.to_owned())
}

fn parse_variable(name: &str) -> Result<String, String> {
    if name.is_empty() || name.contains(['=', '*', '\0']) {
        return Err("give the whole name of a variable, such as RUST_LOG".into());
    }
    Ok(name.to_owned())
}

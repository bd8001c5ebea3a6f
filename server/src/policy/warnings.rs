//! What is allowed and probably should not be.

use super::{Effect, rule::Rule};
use std::path::Path;

/// Programs that run what is typed into them, and most of them also what their arguments say.
const READ_COMMANDS: [&str; 25] = [
    "sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "python", "python3", "perl", "ruby", "node", "php", "lua", "tclsh",
    "expect", "vi", "vim", "nano", "su", "gdb", "tmux", "screen", "script",
];
/// Programs that run what their arguments say, or what these lead to.
const RUN_ARGUMENTS: [&str; 27] = [
    "busybox",
    "env",
    "awk",
    "gawk",
    "mawk",
    "sed",
    "find",
    "xargs",
    "ssh",
    "tar",
    "less",
    "more",
    "man",
    "git",
    "make",
    "sudo",
    "doas",
    "nice",
    "nohup",
    "timeout",
    "setsid",
    "stdbuf",
    "strace",
    "docker",
    "podman",
    "systemd-run",
    "watch",
];
const FOLDERS: [&str; 5] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
/// How many programs are named.
const NAMED: usize = 3;

/// What should be said about a rule, if anything.
pub(super) fn warning(rule: &Rule) -> Option<String> {
    let number = rule.number();
    if rule.effect() == Effect::Deny || !rule.is_without_arguments() {
        return None;
    }
    if rule.takes_any_program() {
        return Some(format!("policy.rules {number} allows any program, which amounts to any command; add programs"));
    }
    // Without any argument, only what is typed is left.
    let takes_none = rule.takes_no_arguments();
    let others = RUN_ARGUMENTS.into_iter().filter(|_| !takes_none);
    let mut found: Vec<_> = READ_COMMANDS.into_iter().chain(others).filter(|name| is_named(rule, name)).take(NAMED + 1).collect();
    let more = if found.len() > NAMED { " and others" } else { "" };
    found.truncate(NAMED);
    (!found.is_empty()).then(|| {
        let names = found.join(", ");
        if takes_none {
            return format!(
                "policy.rules {number} allows {names}{more} without arguments, which then run whatever is typed into them; leave them out of programs"
            );
        }
        format!("policy.rules {number} allows {names}{more} without patterns for the arguments, which amounts to any command; add args")
    })
}

/// Whether the rule is about a program of this name, where such programs are.
fn is_named(rule: &Rule, name: &str) -> bool {
    FOLDERS.iter().map(|folder| Path::new(folder).join(name)).any(|path| {
        let real = path.canonicalize();
        real.is_ok_and(|real| real.to_str().is_some_and(|real| rule.names_program(real)))
    })
}

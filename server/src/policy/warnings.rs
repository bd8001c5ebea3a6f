//! What is allowed and probably should not be.

use super::{Effect, rule::Rule};
use std::path::Path;

/// Programs that run whatever their arguments or their input say.
const INTERPRETERS: [&str; 52] = [
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "fish",
    "csh",
    "tcsh",
    "busybox",
    "env",
    "python",
    "python3",
    "perl",
    "ruby",
    "node",
    "php",
    "lua",
    "tclsh",
    "expect",
    "awk",
    "gawk",
    "mawk",
    "sed",
    "find",
    "xargs",
    "ssh",
    "tar",
    "vi",
    "vim",
    "nano",
    "less",
    "more",
    "man",
    "git",
    "make",
    "sudo",
    "su",
    "doas",
    "nice",
    "nohup",
    "timeout",
    "setsid",
    "stdbuf",
    "strace",
    "gdb",
    "docker",
    "podman",
    "systemd-run",
    "tmux",
    "screen",
    "script",
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
    let mut found: Vec<_> = INTERPRETERS.into_iter().filter(|name| is_named(rule, name)).take(NAMED + 1).collect();
    let more = if found.len() > NAMED { " and others" } else { "" };
    found.truncate(NAMED);
    (!found.is_empty()).then(|| {
        let names = found.join(", ");
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

//! The sandbox, made by `bwrap(1)`: a read-only system, a `/tmp` and processes of its own, and without Execdeck's data.
//!
//! Below the keeper is bwrap; below that another bwrap, the first process of the sandbox, and below that the program. It dies
//! with bwrap, which dies with the keeper, so nothing in a sandbox survives its keeper, whatever it has done to its environment.

use crate::{
    bubblewrap::{Bubblewrap, Wrapped},
    tree::{self, Member},
};
use execdeck_wire::Sandbox;
use rustix::fs::{Access, access};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::Command,
};

/// The working directory in the sandbox: the one that was asked for, or else the home folder, or if that is not there, `/`.
pub(in crate::keeper) fn folder<'a>(
    asked: Option<&str>,
    home: &'a Path,
    sandbox: &Sandbox,
    bubblewrap: &Bubblewrap,
) -> Result<&'a Path, String> {
    let there = bubblewrap.has_folder(asked.unwrap_or(&home.to_string_lossy()), sandbox);
    match (asked, there) {
        (Some(_), Err(reason)) => Err(format!("{reason} (working directory)")),
        (None, Err(_)) => Ok(Path::new("/")),
        (_, Ok(())) => Ok(home),
    }
}

/// Wraps a command that is complete but for its standard input and outputs. `marker`: the one variable that bwrap itself is
/// given.
pub(in crate::keeper) fn wrap(
    program: &Command,
    cwd: &Path,
    sandbox: &Sandbox,
    bubblewrap: &Bubblewrap,
    marker: (&str, &str),
) -> Result<Wrapped, String> {
    let environment = environment_of(program);
    find(program.get_program(), cwd, environment.get(OsStr::new("PATH")))?;
    let options = bubblewrap.options(cwd, sandbox, &environment)?;
    let mut wrapped = bubblewrap.wrap(program, &options).map_err(|error| format!("The sandbox could not be prepared: {error}"))?;
    wrapped.command.env(marker.0, marker.1);
    Ok(wrapped)
}

/// All variables that a program is started with: the keeper's, and the changes that the command makes.
fn environment_of(program: &Command) -> BTreeMap<OsString, OsString> {
    let mut environment: BTreeMap<_, _> = std::env::vars_os().collect();
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => drop(environment.insert(name.into(), value.into())),
            None => drop(environment.remove(name)),
        }
    }
    environment
}

/// Says so if there is no such program. Otherwise bwrap would be a process that starts and ends at once.
fn find(program: &OsStr, cwd: &Path, path: Option<&OsString>) -> Result<(), String> {
    let candidates: Vec<_> = if program.as_bytes().contains(&b'/') {
        vec![cwd.join(program)]
    } else {
        std::env::split_paths(path.map_or(OsStr::new("/usr/bin:/bin"), |path| path)).map(|folder| cwd.join(folder).join(program)).collect()
    };
    let files: Vec<_> = candidates.iter().filter(|file| file.is_file()).collect();
    match files.iter().any(|file| access(*file, Access::EXEC_OK).is_ok()) {
        true => Ok(()),
        false if files.is_empty() => Err(format!("No such file or directory: {}", program.to_string_lossy())),
        false => Err(format!("Permission denied: {}", program.to_string_lossy())),
    }
}

/// The first process of the sandbox that bwrap, whose pid this is, has made. Everything that runs in it is below that.
pub(in crate::keeper) fn first_process(bwrap: i32) -> Option<Member> {
    tree::children(bwrap).into_iter().next()
}

/// The program in the sandbox, once bwrap has got that far. Processes that have lost their parents are its siblings, but in
/// the sandbox it has the pid 2.
pub(in crate::keeper) fn program(bwrap: i32) -> Option<Member> {
    let siblings = tree::children(first_process(bwrap)?.pid);
    siblings.into_iter().find(|member| pid_inside(member.pid) == Some(2))
}

/// The pid in the innermost namespace (`proc_pid_status(5)`).
fn pid_inside(pid: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("NSpid:"))?.split_whitespace().last()?.parse().ok()
}

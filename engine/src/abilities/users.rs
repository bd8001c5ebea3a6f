//! Whom `run_as` names, as the system's user database says (`nsswitch.conf(5)`). The keeper, which is linked statically, could not
//! ask it.

use super::refusal::Refusal;
use crate::{confinement::Account, error::Error, keeper::sys};
use rustix::process::geteuid;
use std::{fs, io, path::Path};

/// What a process that runs as another user needs of its keeper, by the bits in `capabilities(7)`: giving it its pipes,
/// stopping it, and becoming that group and user.
const CAPABILITIES: [(u32, &str); 4] = [(0, "CAP_CHOWN"), (5, "CAP_KILL"), (6, "CAP_SETGID"), (7, "CAP_SETUID")];

/// Whether processes can be run as another user; otherwise why not.
pub(super) fn may_change_user() -> Result<(), Refusal> {
    let path = Path::new("/proc/self/status");
    let failed = |error: io::Error| Refusal::judge("reading", path, error, |error| format!("{}: {error}", path.display()));
    missing(&fs::read_to_string(path).map_err(failed)?, geteuid().is_root()).map_err(Refusal::Lacking)
}

/// Judges by `/proc/self/status`. A program without root's user id passes on only its ambient capabilities, to keepers too.
fn missing(status: &str, root: bool) -> Result<(), String> {
    let set = if root { "CapEff:" } else { "CapAmb:" };
    let bits = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix(set)?.trim(), 16).ok()).unwrap_or_default();
    let names: Vec<_> = CAPABILITIES.iter().filter(|(bit, _)| bits >> bit & 1 == 0).map(|(_, name)| *name).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(format!(
        "Only a server that runs as root can run processes as another user; this one lacks {}. Leave run_as out.",
        names.join(", ")
    ))
}

/// What `run_as` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAs {
    /// The one way to write it: the user's name, and the group only if it is not the user's own.
    pub name: String,
    /// The user's home folder.
    pub home: String,
}

/// Finds out whom a `run_as` names. `0`, `root` and `root:root` are all `root`. Waits for the system's user database.
pub fn resolve_run_as(run_as: &str) -> Result<RunAs, Error> {
    let account = account(run_as)?;
    let own = found(run_as, sys::user_by_id(account.uid))?.map(|user| user.gid);
    let name = if own == Some(account.gid) {
        account.name
    } else {
        let group = found(run_as, sys::group_by_id(account.gid))?;
        format!("{}:{}", account.name, group.map_or_else(|| account.gid.to_string(), |group| group.name))
    };
    Ok(RunAs { name, home: account.home })
}

/// What was looked up for a `run_as`. That it could not be looked up is not said to be its fault.
fn found<T>(run_as: &str, found: io::Result<Option<T>>) -> Result<Option<T>, Error> {
    found.map_err(Error::io("looking up the user", run_as))
}

/// Finds the user, and the group if one is named, by name or by number.
pub(super) fn account(run_as: &str) -> Result<Account, Error> {
    let refuse = |message| Error::Field("run_as", message);
    let (user, group) = match run_as.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (run_as, None),
    };
    let gid = match group {
        Some(name) => {
            let gid = found(run_as, sys::group_by_name(name))?.map(|group| group.gid).or_else(|| parse_id(name));
            Some(gid.ok_or_else(|| refuse(format!("There is no group “{name}” on this machine.")))?)
        }
        None => None,
    };
    // Two names may have one number; the first name of it stands for both.
    let number = found(run_as, sys::user_by_name(user))?.map(|user| user.uid).or_else(|| parse_id(user));
    let uid = number.ok_or_else(|| refuse(format!("There is no user “{user}” on this machine.")))?;
    if let Some(found) = found(run_as, sys::user_by_id(uid))? {
        return Ok(Account { gid: gid.unwrap_or(found.gid), ..found });
    }
    let gid = gid.ok_or_else(|| refuse(format!("User {uid} has no entry on this machine, so name the group too: {uid}:GROUP.")))?;
    Ok(Account { uid, gid, name: uid.to_string(), home: "/".into(), shell: "/bin/sh".into() })
}

/// A user's or group's number. The highest one means "none" to the kernel (`setresuid(2)`).
fn parse_id(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| digits && *id != u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(run_as: &str) -> String {
        match account(run_as).unwrap_err() {
            Error::Field("run_as", message) => message,
            error => panic!("{error}"),
        }
    }

    #[test]
    fn users_and_groups_are_found_by_name_and_by_number() {
        let nobody = account("nobody").unwrap();
        assert_eq!((nobody.uid, nobody.name.as_str()), (65534, "nobody"));
        assert_eq!(account("65534").unwrap(), nobody);
        assert_eq!(account("nobody:0").unwrap(), Account { gid: 0, ..nobody.clone() });
        assert_eq!(account("nobody:root").unwrap(), Account { gid: 0, ..nobody });
        let stranger = account("4000000:4000001").unwrap();
        assert_eq!((stranger.uid, stranger.gid, stranger.home.as_str()), (4_000_000, 4_000_001, "/"));
    }

    #[test]
    fn unknown_users_and_groups_are_refused() {
        assert_eq!(refusal("no-such-user"), "There is no user “no-such-user” on this machine.");
        assert_eq!(refusal("nobody:no-such-group"), "There is no group “no-such-group” on this machine.");
        assert_eq!(refusal("4000000"), "User 4000000 has no entry on this machine, so name the group too: 4000000:GROUP.");
        // -1 means "leave it as it is" to the kernel, that is, root.
        for text in ["4294967295:0", "-1:0", "+1:0", "4294967296:0"] {
            assert!(refusal(text).starts_with("There is no user"), "{text}");
        }
        assert!(refusal("nobody:4294967295").starts_with("There is no group"));
    }

    #[test]
    fn however_it_is_written_it_has_one_name() {
        for text in ["root", "0", "root:root", "0:0"] {
            assert_eq!(resolve_run_as(text).unwrap(), RunAs { name: "root".into(), home: "/root".into() }, "{text}");
        }
        assert_eq!(resolve_run_as("65534:0").unwrap().name, "nobody:root");
        assert_eq!(resolve_run_as("4000000:0").unwrap().name, "4000000:root");
    }

    #[test]
    fn a_server_without_the_capabilities_says_which() {
        let status = |effective: &str, ambient: &str| format!("Name:\tx\nCapEff:\t{effective}\nCapAmb:\t{ambient}\n");
        missing(&status("00000000000000e1", "0"), true).unwrap();
        missing(&status("0", "00000000000000e1"), false).unwrap();
        let error = missing(&status("00000000000000c1", "0"), true).unwrap_err();
        assert!(error.contains("lacks CAP_KILL."), "{error}");
        assert!(
            missing(&status("00000000000000e1", "0"), false).unwrap_err().contains("lacks CAP_CHOWN, CAP_KILL, CAP_SETGID, CAP_SETUID.")
        );
        assert!(missing("", true).is_err());
    }
}

//! The lock of a data folder: the engine that uses it holds it (`flock(2)`), and its pid is in the file.

use crate::{error::Error, regular_file};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long a lock is tried again: whoever looks for its holder has it for a moment, too.
const PATIENCE: Duration = Duration::from_millis(200);
const TRY_AGAIN: Duration = Duration::from_millis(5);

/// Who uses a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    Nobody,
    /// The process with this pid.
    Process(i32),
    /// Somebody who cannot be found here, such as a server in a container.
    Unknown,
}

/// Locks a folder, and enters our pid. The lock lasts as long as the file is open. Blocks for a moment if somebody else has it.
pub(crate) fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    // Not truncated: until it is ours, the pid in it is somebody else's.
    let file = regular_file::open_with(OpenOptions::new().write(true).create(true).truncate(false).mode(0o600), &path);
    let mut file = file.map_err(Error::io("creating the lock", &path))?;
    let give_up = Instant::now() + PATIENCE;
    while let Err(error) = file.try_lock() {
        match error {
            TryLockError::WouldBlock if Instant::now() < give_up => thread::sleep(TRY_AGAIN),
            TryLockError::WouldBlock => return Err(Error::InUse(folder.to_owned())),
            TryLockError::Error(error) => return Err(Error::io("locking", folder)(error)),
        }
    }
    // For `holder`, which also finds a holder that could not enter itself, on a full disk.
    if let Err(error) = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())) {
        tracing::warn!(%error, "the server's pid could not be written to the lock");
    }
    Ok(file)
}

/// Finds out who uses a data folder.
pub fn holder(folder: &Path) -> Result<Holder, Error> {
    let path = folder.join("lock");
    let failed = |error| Error::io("looking at the lock", &path)(error);
    let file = match regular_file::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Holder::Nobody),
        opened => opened.map_err(failed)?,
    };
    match file.try_lock() {
        Ok(()) => return Ok(Holder::Nobody),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let entered = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    let inode = file.metadata().map_err(failed)?.ino();
    let ours = std::process::id() as i32;
    let locked = locked_by(inode);
    let mut candidates = entered.into_iter().chain(locked.iter().copied());
    let found = candidates.find(|pid| *pid == ours || has_open(*pid, &file) == Some(true));
    // A process with capabilities, or of another user, hides its descriptors even from some who may stop it. But if it is entered,
    // and holds a lock on a file of this inode, it is the holder.
    let found = found.or_else(|| entered.filter(|pid| locked.contains(pid) && has_open(*pid, &file).is_none()));
    Ok(found.map_or(Holder::Unknown, Holder::Process))
}

/// The pids that hold a lock on a file of this inode, on whichever device, from `/proc/locks` (`proc_locks(5)`).
fn locked_by(inode: u64) -> Vec<i32> {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let pid = |line: &str| {
        let mut fields = line.split_whitespace().skip(4);
        let pid = fields.next()?.parse().ok()?;
        (fields.next()?.rsplit(':').next()?.parse() == Ok(inode)).then_some(pid)
    };
    locks.lines().filter_map(pid).collect()
}

/// Whether a process has this very file open; `None` if we may not know. Only the holder of the lock does for longer than a moment.
fn has_open(pid: i32, file: &File) -> Option<bool> {
    let file = file.metadata().ok()?;
    let is_hidden = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    let descriptors = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Err(error) if is_hidden(&error) => return None,
        descriptors => descriptors.into_iter().flatten().flatten(),
    };
    let mut hidden = false;
    for descriptor in descriptors {
        // Their numbers may be known where what they are is not.
        match fs::metadata(descriptor.path()) {
            Ok(other) if (other.dev(), other.ino()) == (file.dev(), file.ino()) => return Some(true),
            other => hidden |= other.is_err_and(|error| is_hidden(&error)),
        }
    }
    if hidden { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        process::{Command, Stdio},
        sync::atomic::{AtomicBool, Ordering},
    };

    #[test]
    fn the_holder_of_a_lock_is_found_whatever_the_file_says() {
        let folder = std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        assert_eq!(holder(&folder).unwrap(), Holder::Nobody);
        let ours = lock(&folder).unwrap();
        assert_eq!(fs::read_to_string(folder.join("lock")).unwrap(), format!("{}\n", std::process::id()));
        assert!(matches!(lock(&folder), Err(Error::InUse(_))));
        assert_eq!(holder(&folder).unwrap(), Holder::Process(std::process::id() as i32));
        for text in ["", "1\n"] {
            fs::write(folder.join("lock"), text).unwrap();
            assert_eq!(holder(&folder).unwrap(), Holder::Process(std::process::id() as i32), "as a server of an earlier version");
        }
        drop(ours);
        assert_eq!(holder(&folder).unwrap(), Holder::Nobody, "a pid in the file is not a server");

        // Another process.
        let script = "exec 9<>\"$0\"; flock 9; echo $$ >&9; echo locked; exec cat";
        let mut other = Command::new("sh");
        let other = other.args(["-c", script]).arg(folder.join("lock")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut other = other.spawn().unwrap();
        std::io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut [0; 7]).unwrap();
        assert_eq!(holder(&folder).unwrap(), Holder::Process(other.id() as i32));
        fs::write(folder.join("lock"), "1\n").unwrap();
        assert_eq!(holder(&folder).unwrap(), Holder::Unknown, "the pid of somebody else");
        drop(other.stdin.take());
        other.wait().unwrap();
        assert_eq!(holder(&folder).unwrap(), Holder::Nobody);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nobody_is_kept_from_a_lock_by_those_who_look_for_its_holder() {
        let folder = std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    holder(&folder).unwrap();
                }
            });
            let locked = (0..1000).map(|_| lock(&folder).map(drop)).find(Result::is_err);
            done.store(true, Ordering::Relaxed);
            assert!(locked.is_none(), "{locked:?}");
        });
        fs::remove_dir_all(folder).unwrap();
    }
}

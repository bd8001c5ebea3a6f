//! Installs the small keeper that this binary carries where it can be run.

use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

/// `execdeck-keep`; empty if the binary was built without it.
const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/execdeck-keep"));
/// Part of what the program prints when it is run without arguments.
const USAGE: &str = "execdeck-keep is started by execdeck";
/// Runs a keeper from the server's own binary, which does the same job with more memory.
const OWN_BINARY: &str = "/proc/self/exe";

/// Puts the keeper into the data folder and returns its path, or the server's own binary if the keeper cannot be put or run
/// there.
pub(super) fn install(data: &Path) -> PathBuf {
    if PROGRAM.is_empty() {
        tracing::info!("built without the standalone keeper; using this binary instead, which takes more memory");
        return OWN_BINARY.into();
    }
    write_and_try(PROGRAM, data).unwrap_or_else(|error| {
        tracing::warn!(%error, "the small keeper cannot be run from the data folder; each process takes more memory");
        OWN_BINARY.into()
    })
}

/// Keepers of other versions stay, since another server may still be using them.
fn write_and_try(program: &[u8], data: &Path) -> io::Result<PathBuf> {
    let folder = data.join("keeper");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    remove_unfinished(&folder);
    let hash = format!("{:x}", Sha256::digest(program));
    let path = folder.join(format!("{}-{}", env!("CARGO_PKG_VERSION"), &hash[..16]));
    if !is_written(program, &path) {
        write(program, &path)?;
    }
    // Fails if the folder is mounted `noexec`.
    let tried = run(&path)?;
    let said = String::from_utf8_lossy(&tried.stderr);
    if tried.status.code() == Some(1) && said.contains(USAGE) {
        return Ok(path);
    }
    Err(io::Error::other(format!("{} does not work: {}; {said}", path.display(), tried.status)))
}

fn is_written(program: &[u8], path: &Path) -> bool {
    let as_written = |metadata: fs::Metadata| metadata.is_file() && metadata.permissions().mode() & 0o777 == 0o700;
    fs::symlink_metadata(path).is_ok_and(as_written) && fs::read(path).is_ok_and(|bytes| bytes == program)
}

fn run(path: &Path) -> io::Result<Output> {
    let mut tries = 0;
    loop {
        match Command::new(path).stdin(Stdio::null()).output() {
            // A program that another thread is starting may still hold the new file open for an instant (`execve(2)`).
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < 100 => tries += 1,
            done => return done,
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Atomically: whoever finds the file finds all of it.
fn write(program: &[u8], path: &Path) -> io::Result<()> {
    let new = path.with_file_name(format!(".{}.new", std::process::id()));
    let _ = fs::remove_file(&new);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o700).open(&new)?;
        file.write_all(program)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, path)
    })();
    // On a full disk, what was written of it takes the room that is left.
    written.inspect_err(|_| drop(fs::remove_file(&new)))
}

/// Removes what servers have left that died while they wrote.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let writer = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".new")?.parse::<u32>().ok());
        if writer.is_some_and(|pid| pid == std::process::id() || !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("execdeck-test-{}", uuid::Uuid::now_v7())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A script that fails as the program does.
    const WORKS: &[u8] = b"#!/bin/sh\necho execdeck-keep is started by execdeck >&2\nexit 1\n";

    #[test]
    fn a_keeper_that_was_damaged_is_written_anew_for_its_user_alone() {
        let folder = Folder::new();
        let path = write_and_try(WORKS, &folder.0).unwrap();
        fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
        assert_eq!(write_and_try(WORKS, &folder.0).unwrap(), path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(write_and_try(WORKS, &folder.0).unwrap(), path);
        assert_eq!(fs::read(&path).unwrap(), WORKS);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[test]
    fn a_keeper_that_cannot_be_written_leaves_nothing_behind_and_neither_does_a_server_that_died() {
        let folder = Folder::new();
        let path = write_and_try(WORKS, &folder.0).unwrap();
        fs::remove_file(&path).unwrap();
        // A folder in its place stands for a full disk.
        fs::create_dir_all(path.join("full")).unwrap();
        assert!(write(WORKS, &path).is_err());
        let names = || fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        assert_eq!(names(), std::slice::from_ref(&path));
        fs::remove_dir_all(&path).unwrap();
        fs::write(path.with_file_name(".4294967295.new"), "half").unwrap();
        fs::write(path.with_file_name(".1.new"), "of one that still writes").unwrap();
        write_and_try(WORKS, &folder.0).unwrap();
        let mut left = names();
        left.sort();
        assert_eq!(left, [path.with_file_name(".1.new"), path]);
    }

    #[test]
    fn a_program_that_cannot_be_run_is_no_keeper() {
        let folder = Folder::new();
        for program in [&b"not a program"[..], b"#!/bin/sh\nexit 1\n", b"#!/bin/sh\necho execdeck-keep is started by execdeck >&2\n"] {
            assert!(write_and_try(program, &folder.0).is_err());
        }
        fs::create_dir_all(&folder.0).unwrap();
        let file = folder.0.join("a file");
        fs::write(&file, "").unwrap();
        assert!(write_and_try(WORKS, &file).is_err());
    }
}

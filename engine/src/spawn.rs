//! Starting a keeper from the server.

use crate::{config::EngineConfig, folder::Folder};
use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    process::Stdio,
};
use tokio::{net::UnixStream, process::Command};

/// The server's environment variables that a keeper inherits, and through it every process. No others are passed on.
const INHERITED: [&str; 11] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "SSL_CERT_FILE"];

/// Starts the keeper of a folder. It gets one end of a socket pair as its standard input, so that it
/// can be reached from its first moment. Nothing here keeps [`Command`] from using `posix_spawn(3)`, which does not copy
/// this large process.
pub(crate) fn spawn_keeper(config: &EngineConfig, folder: &Folder) -> io::Result<UnixStream> {
    let (ours, theirs) = StdStream::pair()?;
    ours.set_nonblocking(true)?;
    let inherited =
        std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(|name| INHERITED.contains(&name) || name.starts_with("LC_")));
    let mut command = Command::new(&config.keeper);
    command.arg0("execdeck").arg("keep").arg(folder.path());
    command.env_clear().envs(inherited);
    if std::env::var_os("PATH").is_none() {
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }
    command.envs(crate::umask::variable());
    if let Some(open_files) = config.open_files {
        // The keeper removes it from the environment of its process.
        command.env("EXECDECK_OPEN_FILES", open_files.to_string());
    }
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Our end must be the only one left, or we would not see the keeper hang up.
    drop(command);
    tokio::spawn(async move { child.wait().await });
    UnixStream::from_std(ours)
}

//! Starting a keeper from the server.

use crate::{
    config::EngineConfig,
    confinement::{Confinement, VARIABLE},
    error::Error,
    folder::Folder,
    problems::{keeper_not_startable, too_few_descriptors},
    protocol,
    registry::Registry,
    store::StoreError,
};
use execdeck_wire::{ProblemCode, Process, ProcessSpec};
use std::{
    collections::BTreeMap,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    process::Stdio,
    sync::Arc,
};
use tokio::{io::AsyncWriteExt, net::UnixStream, process::Command, sync::OwnedSemaphorePermit};
use uuid::Uuid;

/// The server's environment variables that a keeper inherits, and through it every process. No others are passed on.
const INHERITED: [&str; 11] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "SSL_CERT_FILE"];

/// The permit for a connection to a keeper that is about to be started.
pub(crate) fn connection_permit(registry: &Registry) -> Result<OwnedSemaphorePermit, Error> {
    Arc::clone(&registry.connections).try_acquire_owned().map_err(|_| {
        registry.problems.set(ProblemCode::TooFewDescriptors, Some(too_few_descriptors()));
        Error::TooFewDescriptors
    })
}

/// What a keeper needs in order to confine its process as the spec says, on this machine.
pub(crate) async fn confine(registry: &Arc<Registry>, id: Uuid, spec: &ProcessSpec) -> Result<Confinement, Error> {
    let (registry, spec) = (Arc::clone(registry), spec.clone());
    tokio::task::spawn_blocking(move || registry.abilities.confine(id, &spec)).await.map_err(StoreError::from)?
}

/// Starts the keeper of a process and hands it the secrets.
pub(crate) async fn start_keeper(
    registry: &Arc<Registry>,
    process: &Process,
    secret_env: &BTreeMap<String, String>,
) -> Result<UnixStream, Error> {
    let confinement = confine(registry, process.id, &process.spec).await?;
    let failed = || Error::io("starting the keeper", &registry.config.keeper);
    let spawned = spawn_keeper(&registry.config, &registry.folder(process.id), &confinement);
    registry.problems.set(ProblemCode::KeeperNotStartable, spawned.as_ref().err().map(keeper_not_startable));
    let mut stream = spawned.map_err(failed())?;
    if !secret_env.is_empty() {
        stream.write_all(&protocol::json_message(protocol::SECRETS, secret_env)).await.map_err(failed())?;
    }
    Ok(stream)
}

/// Starts the keeper of a folder. It gets one end of a socket pair as its standard input, so that it
/// can be reached from its first moment. Nothing here keeps [`Command`] from using `posix_spawn(3)`, which does not copy
/// this large process.
fn spawn_keeper(config: &EngineConfig, folder: &Folder, confinement: &Confinement) -> io::Result<UnixStream> {
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
    if let Some(calm_after) = config.calm_after {
        // The same.
        command.env("EXECDECK_CALM_MS", calm_after.as_millis().to_string());
    }
    if *confinement != Confinement::default() {
        command.env(VARIABLE, serde_json::to_string(confinement)?);
    }
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Our end must be the only one left, or we would not see the keeper hang up.
    drop(command);
    tokio::spawn(async move { child.wait().await });
    UnixStream::from_std(ours)
}

/// Whether a keeper can be started now: one without a folder, which ends at once.
pub(crate) async fn can_spawn(config: &EngineConfig) -> bool {
    let mut command = Command::new(&config.keeper);
    command.arg0("execdeck").arg("keep").arg(config.folder.join("no-process")).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.status().await.is_ok()
}

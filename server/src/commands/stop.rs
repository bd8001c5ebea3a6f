//! `execdeck stop`: stops the server of a data folder, and with `--all` its processes, too.

use super::number_of;
use crate::{
    audit::{self, Draft},
    config::Config,
    data_folder::{FOR_STOPPING, become_owner},
    deck::{self, EngineError, Holder, Stopped, files::regular_file},
    host::OpenDatabase,
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use serde_json::json;
use std::{
    error::Error,
    io::{self, ErrorKind, Write},
    os::fd::OwnedFd,
    path::Path,
};

/// How long a server may take, in seconds: twice as long as it does.
const PATIENCE: i64 = 10;

/// `execdeck stop`
pub fn stop(config: &Config, all: bool) -> Result<(), Box<dyn Error>> {
    let folder = &config.data.folder;
    if let Err(error) = regular_file::open(&folder.join("lock")) {
        let folder = folder.display();
        return Err(match error.kind() {
            ErrorKind::NotFound => format!("no server has used {folder}; name the data folder with --data").into(),
            ErrorKind::PermissionDenied => {
                format!("{folder} is closed to this user: stop its server as the user that runs the server, or as root").into()
            }
            _ => format!("{folder}: {error}").into(),
        });
    }
    let server = stop_server(folder)?;
    if let Some(pid) = server {
        say(&format!("stopped the server (process {pid})"))?;
    } else if !all {
        return Err(format!("no server uses {}", folder.display()).into());
    }
    if all { stop_processes(config, server.is_some()) } else { Ok(()) }
}

fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

/// Stops the server of a folder, if there is one, and returns its pid.
fn stop_server(folder: &Path) -> Result<Option<i32>, Box<dyn Error>> {
    let pid = match deck::holder(folder)? {
        Holder::Nobody => return Ok(None),
        Holder::Process(pid) => pid,
        Holder::Unknown => {
            let text =
                "is in use by a server that cannot be found from here: stop it as the user that runs it, in its container, or as root";
            return Err(format!("{} {text}", folder.display()).into());
        }
    };
    let Some(server) = open(pid)? else { return Ok(None) };
    // The descriptor stays with this process; only now is it certain that it is the server and not one that took its pid.
    if deck::holder(folder)? != Holder::Process(pid) {
        return Ok(None);
    }
    match pidfd_send_signal(&server, Signal::TERM) {
        Err(Errno::PERM) => return Err(format!("the server (process {pid}) is of another user: stop it as that user, or as root").into()),
        Err(Errno::SRCH) => return Ok(Some(pid)),
        sent => sent?,
    }
    if has_ended(&server)? {
        return Ok(Some(pid));
    }
    Err(format!("the server (process {pid}) has not stopped within {PATIENCE} s; kill -KILL {pid} ends it, and its processes keep running")
        .into())
}

/// A descriptor of a process; `None` if there is none with this pid.
fn open(pid: i32) -> io::Result<Option<OwnedFd>> {
    let Some(pid) = Pid::from_raw(pid) else { return Ok(None) };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Err(Errno::SRCH) => Ok(None),
        opened => Ok(Some(opened?)),
    }
}

/// Waits until a process has ended, and returns whether it has.
fn has_ended(process: &OwnedFd) -> io::Result<bool> {
    let patience = Timespec { tv_sec: PATIENCE, tv_nsec: 0 };
    loop {
        match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&patience)) {
            Err(Errno::INTR) => {}
            ended => return Ok(ended? > 0),
        }
    }
}

/// Stops all processes of a folder that no server uses any more.
fn stop_processes(config: &Config, server_stopped: bool) -> Result<(), Box<dyn Error>> {
    let folder = &config.data.folder;
    become_owner(folder, FOR_STOPPING)?;
    let recorded = record(config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut number = 0;
    let begun = |active: usize, queued: usize| {
        number = active;
        if active > queued {
            let _ = say(&format!("stopping {}, each with its grace period", number_of(active - queued)));
        }
    };
    let stopped = runtime.block_on(deck::stop_all(config, begun)).map_err(|error| match error {
        EngineError::InUse(_) => format!(
            "{} is in use again: a server was started meanwhile, such as by systemd with Restart=always. Stop that first (systemctl stop)",
            folder.display()
        ),
        error => error.to_string(),
    })?;
    // What could not be reached is still being tried.
    runtime.shutdown_background();
    let done = if number == 0 && !server_stopped { Err(format!("nothing runs in {}", folder.display()).into()) } else { tell(&stopped) };
    match (done, recorded.map_err(|error| format!("the stop was not recorded in the audit: {error}"))) {
        (done, Ok(())) => done,
        (Ok(()), Err(unrecorded)) => Err(unrecorded.into()),
        (Err(error), Err(unrecorded)) => Err(format!("{error}; {unrecorded}").into()),
    }
}

/// Says what has become of them. Fails if any is left.
fn tell(Stopped { stopped, cancelled, left }: &Stopped) -> Result<(), Box<dyn Error>> {
    if *cancelled > 0 {
        say(&format!("cancelled {} in the queue", number_of(*cancelled)))?;
    }
    if *stopped > 0 || left.is_empty() {
        say(&format!("stopped {}", number_of(*stopped)))?;
    }
    for (process, why) in left {
        let pid = process.pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
        say(&format!("not stopped: {}{pid}, {}: {why}", process.name, process.id))?;
    }
    if left.is_empty() { Ok(()) } else { Err(format!("{} could not be stopped", number_of(left.len())).into()) }
}

/// Puts it on record, or where the next server finds it that can write the audit. Stopping is never held up by a record that cannot be
/// written.
fn record(config: &Config) -> io::Result<()> {
    let folder = &config.data.folder;
    if !folder.join("deck.db").exists() {
        return Ok(());
    }
    let draft = Draft::by_command("stop_all").with(json!({}));
    let recorded = OpenDatabase::open(config).and_then(|database| database.audit.record_blocking(draft.clone()));
    let Err(error) = recorded else { return Ok(()) };
    audit::keep_on_disk(folder, draft)?;
    eprintln!("execdeck: this is on record once a server can write the audit, which is not possible now: {error}");
    Ok(())
}

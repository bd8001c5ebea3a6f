//! Who is alive, as the kernel tells it: nothing here asks Execdeck.

use crate::common::within;
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, path::Path, time::Duration};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe::{OpenOptions, Receiver},
};
use uuid::Uuid;

/// A FIFO whose other end every process of a test holds open: it ends when the last of them is gone, whatever they have done to
/// their names, sessions, parents and environments.
pub struct Members {
    receiver: Receiver,
    joined: usize,
}

impl Members {
    /// Creates the FIFO at a path. Processes open it for writing, and may write a byte when they begin.
    pub fn new(path: &Path) -> Self {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
        Self { receiver: OpenOptions::new().open_receiver(path).unwrap(), joined: 0 }
    }

    /// Waits until this many bytes have been written in all.
    pub async fn joined(&mut self, count: usize) {
        let mut buffer = vec![0; 4096];
        within(async {
            while self.joined < count {
                match self.receiver.read(&mut buffer).await.unwrap() {
                    // Nobody has opened it yet.
                    0 => tokio::time::sleep(Duration::from_millis(2)).await,
                    read => self.joined += read,
                }
            }
        })
        .await;
    }

    /// Waits until nobody holds the other end any more.
    pub async fn gone(&mut self) {
        let mut buffer = vec![0; 4096];
        within(async { while self.receiver.read(&mut buffer).await.unwrap() > 0 {} }).await;
    }
}

/// Processes of this machine, by what is in their folder in `/proc`.
fn processes<T>(look: impl Fn(u32, &Path) -> Option<T>) -> Vec<T> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| look(entry.file_name().to_str()?.parse().ok()?, &entry.path())).collect()
}

/// State and parent from `/proc/<pid>/stat` (`proc_pid_stat(5)`).
pub fn state_and_parent(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.get(stat.rfind(')')? + 2..)?.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// The keepers of a data folder that run: which process each keeps, and its own process id.
pub fn keepers(data: &Path) -> Vec<(Uuid, u32)> {
    let folder = format!("{}/processes/", data.display());
    processes(|pid, path| {
        let line = String::from_utf8(fs::read(path.join("cmdline")).ok()?).ok()?;
        let mut words = line.split('\0').skip_while(|word| *word != "keep").skip(1);
        Some((words.next()?.strip_prefix(&folder)?.parse().ok()?, pid))
    })
}

/// The processes whose environment says that they belong to this one.
pub fn marked(id: Uuid) -> Vec<u32> {
    let marker = format!("EXECDECK_PROCESS_ID={id}");
    processes(|pid, path| {
        let environment = fs::read(path.join("environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|variable| variable == marker.as_bytes()).then_some(pid)
    })
}

/// Sends a signal to a process, which may have ended since.
pub fn signal(pid: u32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid as i32).unwrap(), signal);
}

/// Resident memory in bytes (`proc_pid_statm(5)`).
pub fn memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// How many descriptors a process has open. A keeper shows it only to root.
pub fn descriptors(pid: u32) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

/// How many threads of this machine want to run for each core, at least 1: what others do in the meantime makes all of it slower.
pub fn slowness() -> f64 {
    const LOOKS: u32 = 25;
    let runnable = || {
        std::thread::sleep(Duration::from_millis(10));
        // The fourth field is how many threads are runnable, and how many there are (`proc_loadavg(5)`).
        let text = fs::read_to_string("/proc/loadavg").unwrap();
        text.split(' ').nth(3).unwrap().split('/').next().unwrap().parse::<u32>().unwrap()
    };
    let all: u32 = (0..LOOKS).map(|_| runnable()).sum();
    let cores = std::thread::available_parallelism().unwrap().get();
    (f64::from(all) / f64::from(LOOKS) / cores as f64).max(1.0)
}

/// The children of a process that have ended and were not waited for.
pub fn zombies(parent: u32) -> Vec<u32> {
    processes(|pid, _| (state_and_parent(pid)? == ('Z', parent)).then_some(pid))
}

//! Room that was set aside for the entries of what always happens, such as stopping a process: they are written here while the
//! database cannot be written, and move into the chain when it can be again, also after a restart.

use super::draft::Draft;
use crate::deck::files::regular_file;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The size of the file, in bytes: hundreds of entries.
const SIZE: usize = 256 << 10;
/// How much of it is for entries with an effect, in bytes: others must not be in their way.
const FOR_EFFECTS: usize = 64 << 10;
/// How many entries are kept in memory if the file has no room for them, or there is none. Those with an effect always are: each
/// ends something that exists once.
const MOST_IN_MEMORY: usize = 10_000;

/// An entry in the reserve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Tells it from others.
    pub id: Uuid,
    pub draft: Draft,
    /// What else is to be done to the database then, as [`Effects`](super::Effects) understand it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Value>,
}

/// The reserve. All of its room is written when it is created, so that writing to it takes no more of the disk.
pub(super) struct Reserve {
    folder: PathBuf,
    file: Option<File>,
    in_memory: Vec<Record>,
    /// How many entries there was no room for at all.
    lost: u64,
}

impl Reserve {
    /// Opens it, setting it aside if need be. Without a file, entries are kept in memory.
    pub(super) fn open(folder: &Path) -> Self {
        let file = open(folder).inspect_err(|error| {
            tracing::error!(%error, "no room can be set aside for the audit: while the disk is full, entries are kept in memory only");
        });
        Self { folder: folder.to_owned(), file: file.ok(), in_memory: Vec::new(), lost: 0 }
    }

    /// Opens it anew, after the disk was away. What is kept in memory stays there.
    pub(super) fn reopen(&mut self) {
        match open(&self.folder) {
            Ok(file) => self.file = Some(file),
            Err(error) => tracing::error!(%error, "audit.reserve cannot be opened anew"),
        }
    }

    /// Whether nothing is in it. Costs one small read.
    pub(super) fn is_empty(&self) -> bool {
        let mut first = [0];
        let in_file = self.file.as_ref().is_some_and(|file| file.read_at(&mut first, 0).is_ok() && first != [0]);
        !in_file && self.in_memory.is_empty() && self.lost == 0
    }

    /// Adds an entry. It is on disk when this returns, if there is room for it.
    pub(super) fn add(&mut self, record: Record) {
        let added =
            self.file.as_ref().map_or_else(|| Err(io::Error::other("there is no file")), |file| locked(file, || add(file, &record)));
        let Err(error) = added else { return };
        if record.effect.is_some() || self.in_memory.len() < MOST_IN_MEMORY {
            tracing::error!(%error, "an entry of the audit is kept in memory only");
            self.in_memory.push(record);
        } else {
            tracing::error!(%error, "an entry of the audit is lost");
            self.lost += 1;
        }
    }

    /// Hands all entries to `take`, how many of them, the first ones, are in the file, and how many were lost. If that succeeds, the
    /// reserve is empty afterwards.
    pub(super) fn drain<E: From<io::Error>>(&mut self, take: impl FnOnce(&[Record], usize, u64) -> Result<(), E>) -> Result<(), E> {
        let Self { file, in_memory, lost, .. } = self;
        let drain = || {
            let (mut records, used) = file.as_ref().map(read).transpose()?.unwrap_or_default();
            let in_file = records.len();
            records.append(&mut in_memory.clone());
            take(&records, in_file, *lost)?;
            in_memory.clear();
            *lost = 0;
            if let Some(file) = file.as_ref() {
                // Also of an entry that a crash cut short, which is none.
                file.write_all_at(&vec![0; used.max(1)], 0)?;
                file.sync_data()?;
            }
            Ok(())
        };
        match file.as_ref() {
            // No other program may add or take meanwhile.
            Some(file) => locked(file, drain),
            None => drain(),
        }
    }
}

/// Writes an entry to the reserve of a folder, for a command after which nothing is in memory: it is on disk when this succeeds.
pub fn keep_on_disk(folder: &Path, draft: Draft) -> io::Result<()> {
    let record = Record { id: Uuid::now_v7(), draft: draft.shortened(), effect: None };
    let file = open(folder)?;
    locked(&file, || add(&file, &record))
}

/// How many entries in the reserve of a folder wait for being moved into the chain.
pub fn waiting(folder: &Path) -> io::Result<usize> {
    match regular_file::open(&folder.join("audit.reserve")) {
        Ok(file) => Ok(read(&file)?.0.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn open(folder: &Path) -> io::Result<File> {
    let path = folder.join("audit.reserve");
    let file = regular_file::open_with(OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600), &path)?;
    locked(&file, || {
        let length = file.metadata()?.len() as usize;
        if length < SIZE {
            // Written rather than allocated: file systems differ in what an allocation promises.
            let written = file.write_all_at(&vec![0; SIZE - length], length as u64).and_then(|()| file.sync_all());
            written.inspect_err(|_| drop(file.set_len(length as u64)))?;
        }
        Ok::<_, io::Error>(())
    })?;
    Ok(file)
}

/// Works on the file while no other program does.
fn locked<T, E: From<io::Error>>(file: &File, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    file.lock()?;
    let worked = work();
    file.unlock()?;
    worked
}

/// Each entry is a line: a checksum and JSON. Behind the last one is a zero.
fn add(file: &File, record: &Record) -> io::Result<()> {
    let json = serde_json::to_string(record)?;
    let line = format!("{:08x} {json}\n\0", crc32fast::hash(json.as_bytes()));
    let (_, used) = read(file)?;
    let room = if record.effect.is_some() { SIZE } else { SIZE - FOR_EFFECTS };
    if used + line.len() > room {
        return Err(io::Error::new(io::ErrorKind::StorageFull, "the room that was set aside is full"));
    }
    file.write_all_at(line.as_bytes(), used as u64)?;
    file.sync_data()
}

/// The entries, and how many bytes they take. What was cut short by a crash is none.
fn read(file: &File) -> io::Result<(Vec<Record>, usize)> {
    let mut bytes = vec![0; SIZE];
    let mut length = 0;
    while length < SIZE {
        match file.read_at(&mut bytes[length..], length as u64)? {
            0 => break,
            more => length += more,
        }
    }
    let (mut records, mut used) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(record) = parse(line) else { break };
        records.push(record);
        used += line.len();
    }
    Ok((records, used))
}

fn parse(line: &[u8]) -> Option<Record> {
    let (sum, json) = std::str::from_utf8(line).ok()?.strip_suffix('\n')?.split_once(' ')?;
    (u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(json.as_bytes())).then(|| serde_json::from_str(json).ok())?
}

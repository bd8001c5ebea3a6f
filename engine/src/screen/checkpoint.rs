//! A terminal's state on disk, from which its next state is built: the file `screen` beside the log.

use crate::{log::SCREEN, regular_file};
use execdeck_wire::TerminalSize;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use uuid::Uuid;

/// A larger state is not stored, in bytes.
const LARGEST: u64 = 16 << 20;

/// The state at an offset.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checkpoint {
    pub offset: u64,
    pub size: TerminalSize,
    /// What a terminal has to read to be in this state.
    pub bytes: Vec<u8>,
}

/// The first line of the file. The state follows.
#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    offset: u64,
    cols: u16,
    rows: u16,
    bytes: u64,
}

const VERSION: u32 = 1;

impl Checkpoint {
    /// Reads the checkpoint of a log, unless there is none that can be used: it can always be made again.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(SCREEN);
        if fs::metadata(&path).ok()?.len() > LARGEST {
            return None;
        }
        let mut bytes = regular_file::read(&path).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
        bytes.drain(..=end);
        let is_whole = head.version == VERSION && head.bytes == bytes.len() as u64;
        is_whole.then_some(Self { offset: head.offset, size: TerminalSize { cols: head.cols, rows: head.rows }, bytes })
    }

    /// Replaces the checkpoint of a log. Not synced: one that a power cut has damaged is not used.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let TerminalSize { cols, rows } = self.size;
        let head = Head { version: VERSION, offset: self.offset, cols, rows, bytes: self.bytes.len() as u64 };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.bytes);
        if bytes.len() as u64 > LARGEST {
            return Ok(());
        }
        let next = folder.join(format!("{SCREEN}.{}", Uuid::now_v7()));
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next).and_then(|mut file| file.write_all(&bytes));
        let replaced = written.and_then(|()| fs::rename(&next, folder.join(SCREEN)));
        if replaced.is_err() {
            let _ = fs::remove_file(&next);
        }
        replaced
    }
}

//! The keeper's side of the file: it appends, and thins out what is old. Whatever fails is left to the next sample.

use super::{
    MAX_SAMPLES,
    record::{RECORD_BYTES, encode},
};
use crate::folder::create_new;
use execdeck_wire::UsageSample;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Records that are copied at a time while the file is thinned out.
const COPIED: usize = 64;

/// Appends samples to the file of one process.
pub(crate) struct UsageWriter {
    path: PathBuf,
    /// Absent before the first sample and after an error.
    open: Option<Open>,
}

struct Open {
    file: File,
    /// Whole records in it. The next one is written behind them, over what a failed write may have left there.
    records: u64,
}

impl UsageWriter {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Appends a sample, or loses it. A full disk is no reason to disturb the process.
    pub(crate) fn append(&mut self, sample: &UsageSample) {
        self.open = self.try_append(sample).ok();
    }

    fn try_append(&mut self, sample: &UsageSample) -> io::Result<Open> {
        let mut open = self.open.take().map_or_else(|| Open::new(&self.path), Ok)?;
        if open.records >= MAX_SAMPLES {
            thin_out(&self.path)?;
            open = Open::new(&self.path)?;
        }
        open.file.write_all_at(&encode(sample), open.records * RECORD_BYTES as u64)?;
        open.records += 1;
        Ok(open)
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Self> {
        let file = match create_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)?
            }
            created => created?,
        };
        let records = file.metadata()?.len() / RECORD_BYTES as u64;
        Ok(Self { file, records })
    }
}

/// Replaces the file by one without every second record of its older half. A reader sees either the one or the other.
fn thin_out(path: &Path) -> io::Result<()> {
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let (mut old, mut thinned) = (File::open(path)?, create_new(&new)?);
    let (mut buffer, mut at) = ([0; COPIED * RECORD_BYTES], 0);
    loop {
        let read = read_full(&mut old, &mut buffer)?;
        let mut kept = 0;
        for start in (0..read - read % RECORD_BYTES).step_by(RECORD_BYTES) {
            if at >= MAX_SAMPLES / 2 || at % 2 == 1 {
                buffer.copy_within(start..start + RECORD_BYTES, kept);
                kept += RECORD_BYTES;
            }
            at += 1;
        }
        thinned.write_all(&buffer[..kept])?;
        if read < buffer.len() {
            break;
        }
    }
    fs::rename(new, path)
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

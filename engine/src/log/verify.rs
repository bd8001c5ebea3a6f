//! Looking at the files of a log, for a check.

use super::{
    compressed::MAX_FRAME,
    disk::{Found, OnCacheMiss},
    listing::is_screen,
    record::{RECORD_BYTES, Record},
    stored::Stored,
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The files of a log.
#[derive(Debug, Default)]
pub(crate) struct LogFiles {
    /// By base, oldest first.
    pub segments: BTreeMap<u64, SegmentFiles>,
    /// What is no part of it.
    pub strays: Vec<PathBuf>,
}

/// The files of a segment.
#[derive(Debug)]
pub(crate) struct SegmentFiles {
    pub base: u64,
    /// Where its index is, or should be.
    pub index: PathBuf,
    /// Its bytes, if they are there.
    pub log: Option<LogFile>,
}

/// The bytes of a segment.
#[derive(Debug)]
pub(crate) struct LogFile {
    /// How many.
    pub length: u64,
}

/// Lists the files of a log.
pub(crate) fn segment_files(folder: &Path) -> io::Result<LogFiles> {
    let mut found = LogFiles::default();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let parts = name.split_once('.').and_then(|(base, extension)| Some((base_of(base)?, extension)));
        let (base, is_log) = match parts {
            Some((base, "log" | "log.zst")) => (base, true),
            Some((base, "idx" | "idx.zst")) => (base, false),
            // The next server that compresses removes or replaces it.
            Some((_, "log.zst.new" | "idx.zst.new")) => continue,
            // Made again where it cannot be used.
            None if is_screen(&name) => continue,
            _ => {
                found.strays.push(path.clone());
                continue;
            }
        };
        let index = super::segment_path(folder, base, "idx");
        let segment = found.segments.entry(base).or_insert(SegmentFiles { base, index, log: None });
        if is_log {
            segment.log = Some(LogFile { length: Stored::open(&super::segment_path(folder, base, "log"))?.len()? });
        }
    }
    Ok(found)
}

fn base_of(text: &str) -> Option<u64> {
    (text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// What is wrong with the index of a segment, which may be being written; `None` if nothing is.
pub(crate) fn check_index(folder: &Path, base: u64) -> io::Result<Option<String>> {
    let mut file = Stored::open(&super::segment_path(folder, base, "idx"))?;
    let size = file.len()?;
    // After that: a record is written before its bytes.
    let length = Stored::open(&super::segment_path(folder, base, "log"))?.len()?;
    let (mut bytes, mut number, mut last) = ([0; RECORD_BYTES], 0_u64, None);
    // What is appended meanwhile is not looked at.
    while (number + 1) * RECORD_BYTES as u64 <= size {
        let found = file.read_at(&mut bytes, number * RECORD_BYTES as u64, OnCacheMiss::Wait)?;
        number += 1;
        if matches!(found, Found::Damage(_)) {
            return Ok(Some("it is damaged".into()));
        }
        let Some(record) = Record::decode(&bytes) else { return Ok(Some(format!("record {number} is not one"))) };
        if record.offset < base || record.offset > base.saturating_add(length) {
            return Ok(Some(format!("record {number} is about byte {}, which the segment does not have", record.offset)));
        }
        if last.is_some_and(|last| record.offset < last) {
            return Ok(Some(format!("record {number} is not in order")));
        }
        last = Some(record.offset);
    }
    if !size.is_multiple_of(RECORD_BYTES as u64) {
        return Ok(Some("its last record is cut short".into()));
    }
    // The first byte has a record, which is written before it.
    Ok((length > 0 && last.is_none()).then(|| "it is empty".into()))
}

/// What is wrong with the compressed bytes of a segment; `None` if nothing is, or they are not compressed.
pub(crate) fn check_compressed(folder: &Path, base: u64) -> io::Result<Option<String>> {
    let mut log = Stored::open(&super::segment_path(folder, base, "log"))?;
    if matches!(log, Stored::Plain(_)) {
        return Ok(None);
    }
    let (mut buffer, mut at) = (vec![0; MAX_FRAME], 0);
    loop {
        match log.read_at(&mut buffer, at, OnCacheMiss::Wait)? {
            Found::Bytes(0) => return Ok(log.is_cut().then(|| "its table of frames is damaged".into())),
            Found::Bytes(length) => at += length as u64,
            Found::Damage(to) => return Ok(Some(format!("the bytes {} to {} are damaged", base + at, base.saturating_add(to)))),
        }
    }
}

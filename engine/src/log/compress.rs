//! Compressing the segments of an ended process, so that the log can be read at any moment and after a crash at any moment.
//!
//! For each file: `<name>.zst.new` is written, synced and compared, then renamed to `<name>.zst`, and only then is the file itself removed.
//! If both are there, a crash came between the two, and the file itself is what counts.

use super::{
    compressed::{CompressedFile, MAX_FRAME},
    disk::{Found, OnCacheMiss, read_at},
    listing::{is_screen, segment_bases},
    segment_path,
    stored::compressed_path,
};
use crate::folder::create_new;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};
use zeekstd::SeekTable;
use zstd_safe::{CCtx, CParameter, compress_bound};

/// zstd's level: half as quick as the default, which is quick enough for something that is done once, and a tenth smaller.
const LEVEL: i32 = 9;
/// How files are compressed.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes in each frame but the last.
    pub frame: usize,
    /// The unit in which the file system gives room to files. Saving less than one saves nothing.
    pub block: u64,
}

const SIZES: Sizes = Sizes { frame: MAX_FRAME, block: 4096 };
/// What the name of a file ends in until it is complete.
const NEW: &str = ".new";

/// Called between any two steps and after each frame. An error ends the work there, as a crash would.
pub(crate) type Checkpoint<'a> = &'a mut dyn FnMut() -> io::Result<()>;

/// Compresses the log of a process whose keeper is gone, as far as that saves room. Can be repeated, also after a crash.
pub(crate) fn compress_log(folder: &Path, checkpoint: Checkpoint<'_>) -> io::Result<()> {
    compress_with(SIZES, folder, checkpoint)
}

pub(super) fn compress_with(sizes: Sizes, folder: &Path, checkpoint: Checkpoint<'_>) -> io::Result<()> {
    remove_useless(folder)?;
    for base in segment_bases(folder)? {
        for extension in ["log", "idx"] {
            compress(sizes, &segment_path(folder, base, extension), checkpoint)?;
        }
    }
    Ok(())
}

/// Removes what a crash has left half written, and the state of a terminal that is not used any more.
fn remove_useless(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().ends_with(b".zst.new") || name.to_str().is_some_and(is_screen) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn compress(sizes: Sizes, path: &Path, checkpoint: Checkpoint<'_>) -> io::Result<()> {
    let plain = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        plain => plain?,
    };
    let compressed = compressed_path(path);
    if compressed.exists() {
        // A crash came between the last two steps, or the file is not one of ours.
        if holds_the_same(File::open(&compressed)?, &plain, checkpoint)? {
            return finish(path, checkpoint);
        }
        fs::remove_file(&compressed)?;
    }
    let new = with_suffix(&compressed, NEW);
    let made = make(sizes, &plain, &new, checkpoint);
    if !matches!(made, Ok(true)) {
        // Also makes room again on a disk that is full.
        let _ = fs::remove_file(&new);
        return made.map(drop);
    }
    fs::rename(&new, &compressed)?;
    checkpoint()?;
    finish(path, checkpoint)
}

/// The last steps: the compressed file is complete and has its name.
fn finish(path: &Path, checkpoint: Checkpoint<'_>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        // So that a power cut does not undo the renaming and leave the removal.
        File::open(folder)?.sync_all()?;
    }
    checkpoint()?;
    fs::remove_file(path)?;
    checkpoint()
}

/// Writes the compressed form to a new file, and makes sure of it. False if it saves no room.
fn make(sizes: Sizes, plain: &File, path: &Path, checkpoint: Checkpoint<'_>) -> io::Result<bool> {
    let size = plain.metadata()?.len();
    if size <= sizes.block {
        return Ok(false);
    }
    let mut file = create_new(path)?;
    checkpoint()?;
    write_frames(sizes.frame, plain, &mut file, checkpoint)?;
    let saves = file.metadata()?.len().div_ceil(sizes.block) < size.div_ceil(sizes.block);
    if !saves {
        return Ok(false);
    }
    file.sync_all()?;
    checkpoint()?;
    if !holds_the_same(File::open(path)?, plain, checkpoint)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "what was compressed is not what comes out"));
    }
    Ok(true)
}

fn write_frames(size: usize, plain: &File, file: &mut File, checkpoint: Checkpoint<'_>) -> io::Result<()> {
    let zstd = |code| io::Error::other(zstd_safe::get_error_name(code));
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(LEVEL)).map_err(zstd)?;
    context.set_parameter(CParameter::ChecksumFlag(true)).map_err(zstd)?;
    let mut table = SeekTable::new();
    let (mut bytes, mut frame) = (vec![0; size], Vec::with_capacity(compress_bound(size)));
    let mut at = 0;
    loop {
        let read = read_at(plain, &mut bytes, at, OnCacheMiss::Wait)?;
        if read == 0 {
            break;
        }
        frame.clear();
        // In one call, so that the frame's header says how many bytes there are.
        let length = context.compress2(&mut frame, &bytes[..read]).map_err(zstd)?;
        file.write_all(&frame)?;
        table.log_frame(length as u32, read as u32).map_err(io::Error::other)?;
        at += read as u64;
        checkpoint()?;
    }
    io::copy(&mut table.into_serializer(), file)?;
    checkpoint()
}

/// Whether a compressed file holds exactly what a plain one does.
fn holds_the_same(compressed: File, plain: &File, checkpoint: Checkpoint<'_>) -> io::Result<bool> {
    let mut compressed = CompressedFile::open(compressed)?;
    if compressed.is_cut() || compressed.len() != plain.metadata()?.len() {
        return Ok(false);
    }
    let (mut found, mut expected) = (vec![0; MAX_FRAME], vec![0; MAX_FRAME]);
    let mut at = 0;
    while at < compressed.len() {
        let Found::Bytes(length) = compressed.read_at(&mut found, at, OnCacheMiss::Wait)? else { return Ok(false) };
        let read = read_at(plain, &mut expected[..length], at, OnCacheMiss::Wait)?;
        if length == 0 || found[..length] != expected[..read] {
            return Ok(false);
        }
        at += length as u64;
        checkpoint()?;
    }
    Ok(true)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

//! The log against a model, on disks that fail and with files that a power cut has damaged.

mod compressing;
mod damage;
mod lines;
mod model;
mod reading;
mod search;
mod searching_much;
mod writing;

use super::{
    Chunk, LogReader, OnCacheMiss,
    segment::{Disk, FileSystem},
    writer::LogWriter,
};
use execdeck_wire::{GapReason, Stream};
use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    rc::Rc,
};

const STREAMS: [Stream; 3] = [Stream::Stdout, Stream::Stderr, Stream::Terminal];

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// In memory if possible: for tests that sync many files.
    fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(folder: &Path) -> Self {
        let path = folder.join(format!("execdeck-log-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.clone()
    }

    /// The files with this extension, in order.
    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|found| found == extension));
        files.sort();
        files
    }

    fn size(&self) -> u64 {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    }

    /// Each byte that the logs hold, by its offset.
    fn bytes_on_disk(&self) -> BTreeMap<u64, u8> {
        let mut bytes = BTreeMap::new();
        for log in self.files("log") {
            let base: u64 = log.file_stem().unwrap().to_str().unwrap().parse().unwrap();
            for (offset, byte) in (base..).zip(fs::read(&log).unwrap()) {
                assert_eq!(bytes.insert(offset, byte), None, "segments do not overlap");
            }
        }
        bytes
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What happens to one call of the disk.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    /// Only so many bytes are written.
    Short(usize),
    Interrupted,
    Full,
}

/// A disk whose calls fail as they are told to.
#[derive(Clone, Default)]
struct FaultyDisk(Rc<RefCell<VecDeque<Fault>>>);

impl FaultyDisk {
    fn next_fault(&self) -> Fault {
        self.0.borrow_mut().pop_front().unwrap_or(Fault::None)
    }
}

impl Disk for FaultyDisk {
    type File = FaultyFile;

    fn create(&self, path: &Path) -> io::Result<FaultyFile> {
        match self.next_fault() {
            Fault::Full => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(FaultyFile(self.clone(), FileSystem.create(path)?)),
        }
    }

    fn remove(&self, path: &Path) {
        FileSystem.remove(path);
    }

    fn sync(&self, path: &Path) {
        FileSystem.sync(path);
    }
}

struct FaultyFile(FaultyDisk, File);

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.next_fault() {
            Fault::None => self.1.write(bytes),
            Fault::Short(most) => self.1.write(&bytes[..most.min(bytes.len())]),
            Fault::Interrupted => Err(io::ErrorKind::Interrupted.into()),
            Fault::Full => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

/// What a reader has found from an offset to the end.
#[derive(Debug, Default, PartialEq)]
struct Found {
    bytes: BTreeMap<u64, (u8, Stream)>,
    gaps: Vec<(u64, u64, GapReason)>,
}

impl Found {
    fn text(&self) -> Vec<u8> {
        self.bytes.values().map(|(byte, _)| *byte).collect()
    }

    fn streams(&self) -> Vec<Stream> {
        let mut streams: Vec<_> = self.bytes.values().map(|(_, stream)| *stream).collect();
        streams.dedup();
        streams
    }
}

/// Reads everything from an offset on as a viewer does, and checks that each chunk begins where the last one ended.
fn read_all(folder: &Folder, from: u64, end: u64, default_stream: Stream, room: usize) -> Found {
    let mut reader = LogReader::new(folder.path(), from, default_stream);
    let mut found = Found::default();
    let mut buffer = vec![0; room];
    let mut position = from;
    loop {
        let mut chunk = reader.read(end, &mut buffer, OnCacheMiss::WouldBlock);
        if chunk.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            chunk = reader.read(end, &mut buffer, OnCacheMiss::Wait);
        }
        match chunk.unwrap() {
            None => break,
            Some(Chunk::Output { stream, offset, length }) => {
                assert!(offset == position && length > 0 && length <= room, "{offset} {length} at {position}");
                found.bytes.extend((offset..).zip(buffer[..length].iter().map(|byte| (*byte, stream))));
                position += length as u64;
            }
            Some(Chunk::Gap { from, to, reason }) => {
                assert!(from == position && to > from, "{from}..{to} at {position}");
                found.gaps.push((from, to, reason));
                position = to;
            }
        }
        assert_eq!(reader.position(), position);
    }
    assert_eq!(position, end.max(from));
    found
}

/// Writes a log in a single segment and returns its end.
pub(crate) fn write_segment(folder: &Folder, pieces: &[(Stream, &[u8])]) -> u64 {
    write_segment_in(folder.path(), pieces)
}

/// The same in a folder of any path.
pub(crate) fn write_segment_in(folder: PathBuf, pieces: &[(Stream, &[u8])]) -> u64 {
    let mut writer = LogWriter::on(FileSystem, folder, 1 << 30, 1 << 30);
    for (stream, bytes) in pieces {
        writer.append(*stream, bytes);
    }
    writer.range().end
}

/// A log of `pieces` in segments of 300 bytes with their indexes; returns its end.
fn write_log(folder: &Folder, pieces: &[(Stream, &[u8])]) -> u64 {
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 20, 300);
    for (stream, bytes) in pieces {
        writer.append(*stream, bytes);
    }
    writer.range().end
}

use super::{Chunk, FileSystem, Folder, LogReader, LogWriter, OnCacheMiss, STREAMS, read_all, write_log};
use crate::log::{disk::read_at, range_on_disk};
use execdeck_wire::{OutputRange, Stream};
use std::{fs, io};

#[test]
fn files_that_are_not_the_logs_own_are_left_alone() {
    let folder = Folder::new();
    let end = write_log(&folder, &[(Stream::Stderr, b"hello")]);
    for name in ["5.log", "+0000000000000000005.log", "x.log", "5.log.zst", "00000000000000000005.log.zst.new"] {
        fs::write(folder.path().join(name), "not ours").unwrap();
    }
    assert_eq!(read_all(&folder, 2, end, Stream::Stdout, 100).text(), b"llo");
    assert_eq!(range_on_disk(&folder.path()), OutputRange { start: 0, end: 5 });
}

#[test]
fn a_log_that_is_listed_and_cannot_be_opened_is_an_error_and_no_endless_loop() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("nowhere", folder.path().join("00000000000000000000.log")).unwrap();
    let mut reader = LogReader::new(folder.path(), 0, Stream::Stdout);
    let error = reader.read(10, &mut [0; 10], OnCacheMiss::Wait).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn no_room_or_nothing_new_is_nothing_and_no_gap() {
    let folder = Folder::new();
    let end = write_log(&folder, &[(Stream::Stdout, b"hello")]);
    let mut reader = LogReader::new(folder.path(), 0, Stream::Stdout);
    assert_eq!(reader.read(end, &mut [], OnCacheMiss::Wait).unwrap(), None);
    let mut buffer = [0; 10];
    let whole = Some(Chunk::Output { stream: Stream::Stdout, offset: 0, length: 5 });
    assert_eq!(reader.read(end, &mut buffer, OnCacheMiss::Wait).unwrap(), whole);
    assert_eq!(reader.read(end, &mut buffer, OnCacheMiss::Wait).unwrap(), None);
}

#[test]
fn a_reader_on_an_async_thread_waits_for_no_disk() {
    let folder = Folder::new();
    // More records than are read at a time.
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 20, 1 << 20);
    for at in 0..200 {
        writer.append(STREAMS[at % 2], &[b'x'; 10]);
    }
    let end = writer.range().end;
    let mut reader = LogReader::new(folder.path(), 0, Stream::Stdout);
    let mut buffer = [0; 2000];
    // Nothing is opened.
    let error = reader.read(end, &mut buffer, OnCacheMiss::WouldBlock).unwrap_err();
    assert_eq!((error.kind(), reader.position()), (io::ErrorKind::WouldBlock, 0));
    assert!(reader.read(end, &mut buffer[..1], OnCacheMiss::Wait).unwrap().is_some());
    let index = fs::File::open(&folder.files("idx")[0]).unwrap();
    index.sync_all().unwrap();
    rustix::fs::fadvise(&index, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    // A file system that is nothing but memory has it still.
    let cached = read_at(&index, &mut [0; 64], 64 * 32, OnCacheMiss::WouldBlock).is_ok();
    let read = reader.read(end, &mut buffer, OnCacheMiss::WouldBlock);
    assert_eq!(read.as_ref().map_err(io::Error::kind).err(), (!cached).then_some(io::ErrorKind::WouldBlock));
    if !cached {
        assert_eq!(reader.position(), 1);
        let rest = Some(Chunk::Output { stream: Stream::Stdout, offset: 1, length: 9 });
        assert_eq!(reader.read(end, &mut buffer, OnCacheMiss::Wait).unwrap(), rest);
    }
}

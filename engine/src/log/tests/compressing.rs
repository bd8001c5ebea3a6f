//! Compressing: what is read stays the same, at every step, after a crash at every step, and beside damage.

use super::{Chunk, FileSystem, Folder, Found, LogReader, LogWriter, OnCacheMiss, STREAMS, read_all};
use crate::log::{
    compress::{Sizes, compress_log, compress_with},
    range_on_disk,
};
use execdeck_wire::{GapReason, OutputRange, Stream};
use std::{fmt::Write, fs, io, path::Path};

/// Small enough for tests: files of some hundred bytes are compressed, in several frames.
pub(super) const SMALL: Sizes = Sizes { frame: 256, block: 1 };

pub(super) fn compress_small(folder: &Folder) {
    compress_with(SMALL, &folder.path(), &mut || Ok(())).unwrap();
}

/// What the folder holds now, as a `kill -9` would leave it.
pub(super) fn copy(folder: &Folder) -> Folder {
    let copy = Folder::in_memory();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

fn names(folder: &Folder) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Three segments with changes of stream, and the end of the output.
fn sample() -> (Folder, u64) {
    let folder = Folder::in_memory();
    let mut writer = LogWriter::on(FileSystem, folder.path(), 1 << 20, 1200);
    for at in 0..30_usize {
        let line = format!("{at} the quick brown fox jumps over the lazy dog {}\n", "and again ".repeat(at % 3));
        writer.append(STREAMS[at / 2 % 2], line.as_bytes());
    }
    assert!(folder.files("log").len() >= 2);
    (folder, writer.range().end)
}

#[test]
fn what_is_compressed_reads_the_same_from_every_offset() {
    let (folder, end) = sample();
    let before: Vec<_> = (0..=end).step_by(7).map(|from| read_all(&folder, from, end, Stream::Stdout, 70)).collect();
    let size = folder.size();
    compress_small(&folder);
    let left = names(&folder);
    assert!(left.len() >= 4 && left.iter().all(|name| has_extension(name, "zst")), "{left:?}");
    assert!(folder.size() < size);
    assert_eq!(range_on_disk(&folder.path()), OutputRange { start: 0, end });
    for (from, before) in (0..).step_by(7).zip(&before) {
        assert_eq!(&read_all(&folder, from, end, Stream::Stdout, 70), before, "from {from}");
    }
    // Once more changes nothing.
    compress_small(&folder);
    assert_eq!(names(&folder), left);
}

#[test]
fn a_crash_or_an_error_at_any_step_leaves_a_log_that_is_whole() {
    let (folder, end) = sample();
    let whole = read_all(&folder, 0, end, Stream::Stdout, 70);
    let mut steps = 0;
    loop {
        let (failing, mut crashed, mut passed) = (copy(&folder), None, 0);
        let result = compress_with(SMALL, &failing.path(), &mut || {
            passed += 1;
            if passed <= steps {
                return Ok(());
            }
            crashed.get_or_insert_with(|| copy(&failing));
            Err(io::ErrorKind::StorageFull.into())
        });
        let Some(crashed) = crashed else {
            result.unwrap();
            break;
        };
        assert!(result.is_err());
        assert!(names(&failing).iter().all(|name| !has_extension(name, "new")), "an error gives its room back");
        for left in [&crashed, &failing] {
            assert_eq!(read_all(left, 0, end, Stream::Stdout, 70), whole, "after {steps} steps: {:?}", names(left));
            assert_eq!(range_on_disk(&left.path()), OutputRange { start: 0, end });
            compress_small(left);
            assert_eq!(read_all(left, 0, end, Stream::Stdout, 70), whole, "and tried again");
            assert!(names(left).iter().all(|name| has_extension(name, "zst")), "{:?}", names(left));
        }
        steps += 1;
    }
    assert!(steps > 20, "{steps} steps");
}

#[test]
fn a_reader_loses_and_doubles_nothing_while_the_log_is_being_compressed() {
    let (folder, end) = sample();
    let whole = read_all(&folder, 0, end, Stream::Stdout, 70);
    // Some have the first segment open, some come in the middle, and some at any later step.
    let mut readers: Vec<_> = (0..60).map(|_| (LogReader::new(folder.path(), 0, Stream::Stdout), Found::default())).collect();
    let mut steps = 0;
    compress_with(SMALL, &folder.path(), &mut || {
        for (reader, found) in readers.iter_mut().take(steps) {
            read_some(reader, end, found);
        }
        steps += 2;
        Ok(())
    })
    .unwrap();
    for (mut reader, mut found) in readers {
        while read_some(&mut reader, end, &mut found) {}
        assert_eq!(found, whole);
    }
}

fn read_some(reader: &mut LogReader, end: u64, found: &mut Found) -> bool {
    let mut buffer = [0; 13];
    match reader.read(end, &mut buffer, OnCacheMiss::Wait).unwrap() {
        None => return false,
        Some(Chunk::Output { stream, offset, length }) => {
            for (offset, byte) in (offset..).zip(&buffer[..length]) {
                assert_eq!(found.bytes.insert(offset, (*byte, stream)), None, "{offset} comes twice");
            }
        }
        Some(gap @ Chunk::Gap { .. }) => panic!("{gap:?}"),
    }
    true
}

/// Reads a damaged copy: what comes is right, and the rest is in gaps. Returns whether there was one.
fn damaged_reads(folder: &Folder, whole: &Found, end: u64) -> bool {
    let found = read_all(folder, 0, end, Stream::Stdout, 1000);
    for (offset, (byte, _)) in &whole.bytes {
        if let Some((read, _)) = found.bytes.get(offset) {
            assert_eq!(read, byte, "at {offset}");
        } else {
            let gap = found.gaps.iter().find(|(from, to, _)| (*from..*to).contains(offset));
            assert_eq!(gap.map(|(_, _, reason)| *reason), Some(GapReason::Damaged), "at {offset}");
        }
    }
    !found.gaps.is_empty()
}

#[test]
fn a_compressed_file_that_is_cut_or_changed_anywhere_is_a_gap_and_no_error() {
    let (folder, end) = sample();
    let whole = read_all(&folder, 0, end, Stream::Stdout, 70);
    compress_small(&folder);
    for path in folder.files("zst") {
        let is_log = path.to_str().unwrap().ends_with(".log.zst");
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            fs::write(&path, &bytes[..at]).unwrap();
            let gap = damaged_reads(&folder, &whole, end);
            // Without the table all frames that are there are found.
            assert!(is_log || !gap, "an index costs no byte");
            assert!(gap || !is_log || at > bytes.len() / 2, "cut at {at} of {}", bytes.len());
            let mut changed = bytes.clone();
            changed[at] ^= if at % 2 == 0 { 0x01 } else { 0xff };
            fs::write(&path, &changed).unwrap();
            assert!(!damaged_reads(&folder, &whole, end) || is_log, "an index costs no byte");
        }
        fs::write(&path, vec![0; bytes.len()]).unwrap();
        assert_eq!(damaged_reads(&folder, &whole, end), is_log);
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn one_damaged_frame_costs_its_own_bytes_only() {
    let (folder, end) = sample();
    compress_small(&folder);
    let path = folder.files("zst").into_iter().find(|path| path.to_str().unwrap().ends_with("0.log.zst")).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The last byte of the first frame is one of its checksum: the next frame begins with the magic number.
    let second = memchr::memmem::find_iter(&bytes, &[0x28, 0xb5, 0x2f, 0xfd]).nth(1).unwrap();
    bytes[second - 1] ^= 1;
    fs::write(&path, bytes).unwrap();
    for from in [0, 50] {
        let found = read_all(&folder, from, end, Stream::Stdout, 1000);
        assert_eq!(found.gaps, [(from, SMALL.frame as u64, GapReason::Damaged)]);
    }
}

#[test]
fn a_compressed_file_that_is_incomplete_beside_the_file_itself_does_not_count() {
    let (folder, end) = sample();
    let whole = read_all(&folder, 0, end, Stream::Stdout, 70);
    let log = folder.files("log").remove(0);
    fs::write(log.with_extension("log.zst"), b"cut short").unwrap();
    fs::write(log.with_extension("log.zst.new"), b"cut short").unwrap();
    // Nobody needs the state of a terminal that is not used any more.
    fs::write(folder.path().join("screen"), b"{}").unwrap();
    fs::write(folder.path().join("screen.01a22620-9fc3-74bd-9b97-b6bfded0ad5d"), b"{").unwrap();
    assert_eq!(read_all(&folder, 0, end, Stream::Stdout, 70), whole);
    compress_small(&folder);
    assert_eq!(read_all(&folder, 0, end, Stream::Stdout, 70), whole);
    assert!(names(&folder).iter().all(|name| has_extension(name, "zst")));
}

#[test]
fn a_reader_on_an_async_thread_decompresses_nothing() {
    let (folder, end) = sample();
    compress_small(&folder);
    let mut reader = LogReader::new(folder.path(), 0, Stream::Stdout);
    let mut buffer = [0; 40];
    assert!(reader.read(end, &mut buffer[..1], OnCacheMiss::Wait).unwrap().is_some());
    // The rest of the frame is there, and what is after it is not.
    while reader.position() < SMALL.frame as u64 {
        assert!(reader.read(end, &mut buffer, OnCacheMiss::WouldBlock).unwrap().is_some());
    }
    let error = reader.read(end, &mut buffer, OnCacheMiss::WouldBlock).unwrap_err();
    assert_eq!((error.kind(), reader.position()), (io::ErrorKind::WouldBlock, SMALL.frame as u64));
}

#[test]
fn what_would_save_no_room_stays_as_it_is() {
    let folder = Folder::in_memory();
    let mut writer = LogWriter::new(folder.path(), 64 << 20);
    writer.append(Stream::Stdout, b"hello\n");
    let before = names(&folder);
    compress_log(&folder.path(), &mut || Ok(())).unwrap();
    assert_eq!(names(&folder), before);

    // Bytes without any pattern.
    let (folder, mut state) = (Folder::in_memory(), 1_u64);
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    });
    let noise: Vec<u8> = noise.take(300_000).collect();
    LogWriter::new(folder.path(), 64 << 20).append(Stream::Stdout, &noise);
    let before = names(&folder);
    compress_log(&folder.path(), &mut || Ok(())).unwrap();
    assert_eq!(names(&folder), before);
}

/// A service that writes a line for each request, with what such lines have in common and what they have not.
fn service_log(bytes: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut random = move |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let (paths, levels) =
        (["/api/orders", "/api/orders/search", "/api/users/me", "/static/app.js", "/healthz"], ["INFO", "INFO", "INFO", "WARN"]);
    let (mut text, mut ms) = (String::new(), 1_795_881_600_000_u64);
    while text.len() < bytes {
        ms += random(90);
        let (seconds, level, path) = (ms / 1000 % 86_400, levels[random(4) as usize], paths[random(5) as usize]);
        let _ = writeln!(
            text,
            "2026-11-28T{:02}:{:02}:{:02}.{:03}Z {level:5} http::server{{worker={}}}: request finished method=GET path={path} status={} \
             latency_ms={} bytes={} user={}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            ms % 1000,
            random(8),
            [200, 200, 200, 304, 404][random(5) as usize],
            random(40),
            [512, 2048, 4711, 13_370][random(4) as usize],
            1000 + random(50),
        );
    }
    text.into_bytes()
}

#[test]
fn a_typical_log_takes_up_about_a_tenth_with_its_index() {
    let folder = Folder::in_memory();
    let text = service_log(3_000_000);
    let mut writer = LogWriter::new(folder.path(), 64 << 20);
    for lines in text.chunks(4000) {
        writer.append(Stream::Stdout, lines);
    }
    writer.finish();
    let before = folder.size();
    compress_log(&folder.path(), &mut || Ok(())).unwrap();
    let after = folder.size();
    assert!(after * 8 <= before, "{before} bytes became {after}");
    let end = text.len() as u64;
    assert!(read_all(&folder, 0, end, Stream::Stdout, 256 << 10).text() == text);
    assert!(read_all(&folder, 2_345_678, end, Stream::Stdout, 1000).text() == text[2_345_678..]);
}

//! Reading a compressed file at any offset: the [zstd seekable format][format], which is zstd frames and a table of their sizes.
//!
//! Each frame has a checksum. One that is damaged costs its own bytes only, and so does a damaged table: the sizes are then
//! taken from the frames themselves.
//!
//! [format]: https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md

use super::disk::{Found, OnCacheMiss, read_at};
use std::{fs::File, io, os::unix::fs::FileExt};
use zeekstd::{BytesWrapper, SEEK_TABLE_INTEGRITY_SIZE, SeekTable};
use zstd_safe::{DCtx, compress_bound, find_frame_compressed_size, get_frame_content_size};

/// The most bytes that a frame holds: what is decompressed to read one.
pub(super) const MAX_FRAME: usize = 256 << 10;
/// The table has a header and so many bytes for each frame.
const TABLE_HEADER: u64 = 8;
const TABLE_ENTRY: u64 = 8;

/// Where a frame is in the file, and which bytes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    at: u64,
    stored: usize,
    start: u64,
    length: usize,
}

impl Frame {
    fn end(self) -> u64 {
        self.start + self.length as u64
    }
}

pub(super) struct CompressedFile {
    file: File,
    /// In order.
    frames: Vec<Frame>,
    is_cut: bool,
    /// The frame that was decompressed last, by its place in `frames`.
    latest: Option<(usize, Vec<u8>)>,
}

impl CompressedFile {
    /// Opens a file. Waits for the disk.
    pub(super) fn open(file: File) -> io::Result<Self> {
        let (frames, is_cut) = match frames_by_table(&file)? {
            Some(frames) => (frames, false),
            None => (frames_by_walking(&file)?, true),
        };
        Ok(Self { file, frames, is_cut, latest: None })
    }

    /// How many bytes there are, decompressed.
    pub(super) fn len(&self) -> u64 {
        self.frames.last().map_or(0, |last| last.end())
    }

    /// Whether there may have been more bytes: something in the file is damaged.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Reads what one frame holds from an offset on. Only what was decompressed last is had without waiting.
    pub(super) fn read_at(&mut self, buffer: &mut [u8], at: u64, on_cache_miss: OnCacheMiss) -> io::Result<Found> {
        let index = self.frames.partition_point(|frame| frame.end() <= at);
        let Some(&frame) = self.frames.get(index) else { return Ok(Found::Bytes(0)) };
        if self.latest.as_ref().is_none_or(|(latest, _)| *latest != index) {
            if on_cache_miss == OnCacheMiss::WouldBlock {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let room = self.latest.take().map(|(_, bytes)| bytes).unwrap_or_default();
            let Some(bytes) = decompress(&self.file, frame, room)? else {
                self.is_cut = true;
                return Ok(Found::Damage(frame.end()));
            };
            self.latest = Some((index, bytes));
        }
        let bytes = self.latest.as_ref().map_or(&[][..], |(_, bytes)| &bytes[(at - frame.start) as usize..]);
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        Ok(Found::Bytes(length))
    }
}

/// Decompresses a frame; `None` if it is damaged.
fn decompress(file: &File, frame: Frame, mut bytes: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let mut stored = vec![0; frame.stored];
    if read_at(file, &mut stored, frame.at, OnCacheMiss::Wait)? < stored.len() {
        return Ok(None);
    }
    bytes.clear();
    bytes.reserve_exact(frame.length);
    let length = DCtx::create().decompress(&mut bytes, &stored);
    Ok((length == Ok(frame.length)).then_some(bytes))
}

/// The frames that the table at the end of the file names; `None` if there is no table that fits the file.
fn frames_by_table(file: &File) -> io::Result<Option<Vec<Frame>>> {
    let size = file.metadata()?.len();
    let mut end = [0; SEEK_TABLE_INTEGRITY_SIZE];
    let Some(end_at) = size.checked_sub(end.len() as u64) else { return Ok(None) };
    file.read_exact_at(&mut end, end_at)?;
    // Damage must not make us reserve memory for millions of frames.
    let number = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    let table_size = TABLE_HEADER + number * TABLE_ENTRY + end.len() as u64;
    let Some(table_at) = size.checked_sub(table_size) else { return Ok(None) };
    let mut bytes = vec![0; table_size as usize];
    file.read_exact_at(&mut bytes, table_at)?;
    let Ok(table) = SeekTable::from_seekable(&mut BytesWrapper::new(&bytes)) else { return Ok(None) };
    let frames = (0..table.num_frames()).map(|index| frame_of(&table, index)).collect::<Option<Vec<_>>>();
    // The frames fill the file up to the table, which has no checksum.
    let frames = frames.filter(|_| table.size_comp() == table_at);
    let Some(frames) = frames.filter(|frames| is_regular(frames)) else { return Ok(None) };
    for frame in frames.first().into_iter().chain(frames.last()) {
        if contradicts(file, *frame)? {
            return Ok(None);
        }
    }
    Ok(Some(frames))
}

/// All frames hold the same number of bytes, and the last one no more than that.
fn is_regular(frames: &[Frame]) -> bool {
    let first = frames.first().map_or(0, |first| first.length);
    let (before, last) = frames.split_at(frames.len().saturating_sub(1));
    before.iter().all(|frame| frame.length == first) && last.iter().all(|frame| frame.length <= first)
}

/// Whether a frame is whole and holds another number of bytes than the table says. If it is not, the table is believed.
fn contradicts(file: &File, frame: Frame) -> io::Result<bool> {
    // The longest header, RFC 8878, 3.1.1.1.
    let mut header = [0; 18];
    let read = read_at(file, &mut header, frame.at, OnCacheMiss::Wait)?;
    let Ok(Some(length)) = get_frame_content_size(&header[..read]) else { return Ok(false) };
    if length == frame.length as u64 || length > MAX_FRAME as u64 {
        return Ok(false);
    }
    Ok(decompress(file, Frame { length: length as usize, ..frame }, Vec::new())?.is_some())
}

fn frame_of(table: &SeekTable, index: u32) -> Option<Frame> {
    let length = table.frame_size_decomp(index).ok()? as usize;
    let stored = table.frame_size_comp(index).ok()? as usize;
    let frame = Frame { at: table.frame_start_comp(index).ok()?, stored, start: table.frame_start_decomp(index).ok()?, length };
    ((1..=MAX_FRAME).contains(&length) && stored <= compress_bound(MAX_FRAME)).then_some(frame)
}

/// The frames from the beginning of the file up to the first that is damaged: after that one it is not known which bytes they hold.
fn frames_by_walking(file: &File) -> io::Result<Vec<Frame>> {
    let mut frames = Vec::new();
    let (mut at, mut start) = (0, 0);
    let mut ahead = vec![0; compress_bound(MAX_FRAME)];
    loop {
        let read = read_at(file, &mut ahead, at, OnCacheMiss::Wait)?;
        let bytes = &ahead[..read];
        let (Ok(stored), Ok(Some(length))) = (find_frame_compressed_size(bytes), get_frame_content_size(bytes)) else { break };
        let frame = Frame { at, stored, start, length: length.min(MAX_FRAME as u64) as usize };
        if length == 0 || decompress(file, frame, Vec::new())?.is_none() {
            break;
        }
        frames.push(frame);
        at += stored as u64;
        start += length;
    }
    Ok(frames)
}

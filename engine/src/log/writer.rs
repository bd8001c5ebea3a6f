//! The keeper's side of the output log. It never fails and never waits: what cannot be written becomes a gap.
//!
//! While the process runs it never syncs: that would make it wait for the device, and most of what a chatty process prints is
//! removed before the kernel would have written it out.

use super::{
    record::{RECORD_BYTES, Record},
    segment::{Disk, FileSystem, Segment, SegmentSize},
    segment_path,
};
use execdeck_wire::{OutputRange, Stream};
use std::{
    collections::VecDeque,
    io::{self, Write},
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A run of one stream gets a new record after this many bytes or this long, so that offsets can be found by time and line.
const RECORD_EVERY: u64 = 64 * 1024;
const RECORD_AFTER: Duration = Duration::from_millis(20);
/// Once a segment's index has outgrown its log by this part of a whole segment, a trickle of short lines gets records this far apart.
const FINE_INDEX: u64 = 32;
const SPARSE_RECORD_AFTER: Duration = Duration::from_secs(1);
/// Held output may exceed the cap by as much as the cap again, or by this if the cap is smaller.
const HOLD_FLOOR: u64 = 64 << 20;

/// Appends output in segments and removes the oldest beyond the cap.
pub(crate) struct LogWriter<D: Disk = FileSystem> {
    disk: D,
    folder: PathBuf,
    /// Bytes of logs and indexes that are kept.
    cap: u64,
    segment_bytes: u64,
    current: Option<Segment<D::File>>,
    /// Oldest first.
    finished: VecDeque<SegmentSize>,
    end: u64,
    /// How many lines have ended.
    lines: u64,
    last: Option<(Record, Instant)>,
    /// The stream of the line that the output ends in the middle of.
    open_line: Option<Stream>,
    /// The oldest byte that a reader still wants.
    hold: Option<u64>,
    /// Why the last write has failed.
    trouble: Option<io::Error>,
}

/// The name of a file that is written and removed to find out whether anything can be written, and its size in bytes: a page.
const PROBE: &str = "probe.new";
const PROBE_BYTES: usize = 4096;
/// How many of the newest segments are synced at the end. The kernel writes older ones out by itself within half a minute.
const SYNCED: usize = 2;

impl LogWriter {
    /// A log in an empty folder that keeps about `cap` bytes, indexes included.
    pub(crate) fn new(folder: PathBuf, cap: u64) -> Self {
        Self::on(FileSystem, folder, cap, (cap / 8).clamp(16 << 10, 32 << 20))
    }
}

impl<D: Disk> LogWriter<D> {
    /// A log on a given disk, with segments of a given size.
    pub(super) fn on(disk: D, folder: PathBuf, cap: u64, segment_bytes: u64) -> Self {
        Self {
            disk,
            folder,
            cap,
            segment_bytes,
            current: None,
            finished: VecDeque::new(),
            end: 0,
            lines: 0,
            last: None,
            open_line: None,
            hold: None,
            trouble: None,
        }
    }

    /// Which bytes there are.
    pub(crate) fn range(&self) -> OutputRange {
        OutputRange { start: self.segments().next().map_or(self.end, |oldest| oldest.base), end: self.end }
    }

    /// Keeps the bytes from this offset on, within a bound, even beyond the cap.
    pub(crate) fn hold_from(&mut self, offset: Option<u64>) {
        self.hold = offset;
    }

    /// The oldest byte that a reader still wants.
    pub(crate) fn held(&self) -> Option<u64> {
        self.hold
    }

    /// Whether [`finish`](Self::finish) would remove what a reader still wants.
    pub(crate) fn holds_excess(&self) -> bool {
        let mut excess = self.segments().map(SegmentSize::total).sum::<u64>().saturating_sub(self.cap);
        // The newest segment always stays.
        let mut removable = self.segments().collect::<VecDeque<_>>();
        removable.pop_back();
        removable.into_iter().any(|segment| {
            let removed = excess > 0;
            excess = excess.saturating_sub(segment.total());
            removed && self.hold.is_some_and(|offset| segment.end() > offset)
        })
    }

    /// Ends the log: trims it to its cap, whatever is held, and has what was printed last written out to the device.
    pub(crate) fn finish(&mut self) {
        self.close();
        self.hold = None;
        self.retain(0);
        for segment in self.finished.iter().rev().take(SYNCED) {
            self.disk.sync(&segment_path(&self.folder, segment.base, "log"));
            self.disk.sync(&segment_path(&self.folder, segment.base, "idx"));
        }
        self.disk.sync(&self.folder);
    }

    /// Why the last write has failed; none if it has not.
    pub(crate) fn trouble(&self) -> Option<&io::Error> {
        self.trouble.as_ref()
    }

    /// Finds out whether anything can be written now, although there is nothing to write.
    pub(crate) fn probe(&mut self) {
        let path = self.folder.join(PROBE);
        self.disk.remove(&path);
        let written = self.disk.create(&path).and_then(|mut file| file.write_all(&[0; PROBE_BYTES]));
        self.disk.remove(&path);
        self.trouble = written.err();
    }

    /// Whether what is appended next begins a line.
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.open_line.is_none()
    }

    /// Appends bytes of one stream.
    pub(crate) fn append(&mut self, stream: Stream, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.append_some(stream, bytes) {
                Ok(written) => {
                    self.trouble = None;
                    bytes = &bytes[written..];
                }
                Err(error) => {
                    // A gap: the rest of this piece is lost, and the next piece starts a new segment.
                    self.trouble = Some(error);
                    self.close();
                    self.end += bytes.len() as u64;
                    // What follows is a new line, even if it is the rest of one.
                    self.lines += line_feeds(bytes).max(u64::from(self.open_line.take().is_some()));
                    return;
                }
            }
        }
    }

    fn append_some(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        if self.current.as_ref().is_some_and(|segment| segment.size.total() >= self.segment_bytes) {
            self.close();
            self.retain(self.segment_bytes);
        }
        let mut segment = if let Some(segment) = self.current.take() {
            segment
        } else {
            self.last = None;
            self.open()?
        };
        let written = self.write(&mut segment, stream, bytes);
        self.current = Some(segment);
        written
    }

    fn write(&mut self, segment: &mut Segment<D::File>, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        if self.open_line.is_some_and(|open| open != stream) {
            self.open_line = None;
            self.lines += 1;
        }
        self.index(segment, stream)?;
        let room = self.segment_bytes.saturating_sub(segment.size.total()).clamp(1, bytes.len() as u64) as usize;
        let written = match segment.log.write(&bytes[..room]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        segment.size.log += written as u64;
        self.end += written as u64;
        self.lines += line_feeds(&bytes[..written]);
        if let Some(last) = bytes[..written].last() {
            self.open_line = (*last != b'\n').then_some(stream);
        }
        Ok(written)
    }

    /// Writes a record where the stream changes or the last one is far behind. It is written before the
    /// bytes that it describes, so that a reader of those bytes finds it.
    fn index(&mut self, segment: &mut Segment<D::File>, stream: Stream) -> io::Result<()> {
        let outgrown = segment.size.index > self.segment_bytes / FINE_INDEX + segment.size.log;
        let after = if outgrown { SPARSE_RECORD_AFTER } else { RECORD_AFTER };
        let due =
            self.last.is_none_or(|(last, at)| last.stream != stream || self.end - last.offset >= RECORD_EVERY || at.elapsed() >= after);
        if !due {
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let record = Record { offset: self.end, time_us: now.as_micros() as i64, lines: self.lines, stream };
        // Counted before it is written: what was written of a record that does not fit the disk takes up space too.
        segment.size.index += RECORD_BYTES as u64;
        segment.index.write_all(&record.encode())?;
        self.last = Some((record, Instant::now()));
        Ok(())
    }

    fn open(&self) -> io::Result<Segment<D::File>> {
        let index_path = segment_path(&self.folder, self.end, "idx");
        let index = self.disk.create(&index_path)?;
        match self.disk.create(&segment_path(&self.folder, self.end, "log")) {
            Ok(log) => Ok(Segment { size: SegmentSize { base: self.end, log: 0, index: 0 }, log, index }),
            Err(error) => {
                self.disk.remove(&index_path);
                Err(error)
            }
        }
    }

    fn close(&mut self) {
        let Some(segment) = self.current.take() else { return };
        if segment.size.log == 0 {
            self.unlink(segment.size.base);
        } else {
            self.finished.push_back(segment.size);
        }
    }

    /// Removes whole oldest segments until what is kept and `more` bytes fit the cap. Held output
    /// stays, up to a bound, and so does the newest segment.
    fn retain(&mut self, more: u64) {
        let mut kept: u64 = self.finished.iter().map(|segment| segment.total()).sum();
        while let Some(&oldest) = self.finished.front() {
            let held = self.hold.is_some_and(|offset| oldest.end() > offset);
            let cap = if held { self.cap.saturating_add(self.cap.max(HOLD_FLOOR)) } else { self.cap };
            if kept.saturating_add(more) <= cap || self.finished.len() == 1 {
                break;
            }
            kept -= oldest.total();
            self.finished.pop_front();
            self.unlink(oldest.base);
        }
    }

    /// All segments, oldest first.
    fn segments(&self) -> impl Iterator<Item = SegmentSize> {
        self.finished.iter().copied().chain(self.current.as_ref().map(|segment| segment.size))
    }

    /// Removes the log first, so that a reader that finds a log finds its index.
    fn unlink(&self, base: u64) {
        self.disk.remove(&segment_path(&self.folder, base, "log"));
        self.disk.remove(&segment_path(&self.folder, base, "idx"));
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

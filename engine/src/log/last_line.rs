//! What stands in the last line, where programs write how far they have come.

use super::{Chunk, blocks::Log, disk::OnCacheMiss, reader::LogReader, visible::visible};
use std::io;

/// What is shown last, from so many bytes before the end of the log; `start` is where that begins. Output of another stream is on a line
/// of its own, and so is what comes after a carriage return.
pub(crate) fn last_line(log: &Log, start: u64, most: usize) -> io::Result<String> {
    let from = log.end.saturating_sub(most as u64).max(start);
    let mut reader = LogReader::new(log.folder.clone(), from, log.default_stream);
    let (mut buffer, mut bytes, mut last) = (vec![0; most], Vec::new(), None);
    while let Some(chunk) = reader.read(log.end, &mut buffer, OnCacheMiss::Wait)? {
        match chunk {
            Chunk::Output { stream, length, .. } => {
                if last.replace(stream).is_some_and(|last| last != stream) {
                    bytes.push(b'\n');
                }
                bytes.extend_from_slice(&buffer[..length]);
            }
            Chunk::Gap { .. } => bytes.clear(),
        }
    }
    let mut room = Vec::new();
    let shown = visible(&bytes, &mut room);
    let line = shown.split(|byte| matches!(byte, b'\n' | b'\r')).rfind(|line| !line.trim_ascii().is_empty());
    Ok(String::from_utf8_lossy(line.unwrap_or_default()).into_owned())
}

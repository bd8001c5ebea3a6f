//! What server and keeper say to each other over `keeper.sock`.
//!
//! A message is one kind byte, a u32 length (little-endian) and that many bytes. The keeper greets each connection
//! with [`HELLO`]; an upgraded server must go on serving keepers of older versions, so kinds are only ever added.

use crate::folder::Status;
use execdeck_wire::{OutputRange, TerminalSize};
use serde::{Deserialize, Serialize};

/// The version in the keeper's greeting.
pub(crate) const VERSION: u32 = 1;
/// The most input in one request, in bytes, and also the most that a keeper queues.
pub(crate) const MAX_INPUT: usize = 2 << 20;
/// The longest body of a message to a keeper; a longer one ends the connection.
pub(crate) const MAX_MESSAGE: usize = MAX_INPUT + 1024;
/// Bytes before a message's body.
pub(crate) const HEADER: usize = 5;

/// Keeper to server: JSON of [`Hello`].
pub(crate) const HELLO: u8 = b'H';
/// Keeper to server: u64 start, u64 end of the output; only the newest counts, so the keeper skips some.
pub(crate) const EXTENT: u8 = b'E';
/// Keeper to server: JSON of the [`Status`], at each change.
pub(crate) const STATUS: u8 = b'S';
/// Keeper to server: answers one [`INPUT`], [`CLOSE_STDIN`] or [`KILL`]; empty when done, otherwise why not.
pub(crate) const ANSWER: u8 = b'A';

/// Server to keeper: bytes to type.
pub(crate) const INPUT: u8 = b'I';
/// Server to keeper: no more input will come.
pub(crate) const CLOSE_STDIN: u8 = b'C';
/// Server to keeper: JSON of [`Kill`].
pub(crate) const KILL: u8 = b'K';
/// Server to keeper: u16 columns, u16 rows.
pub(crate) const RESIZE: u8 = b'R';
/// Server to keeper: u64, the oldest offset that a viewer still wants; `u64::MAX` for none.
pub(crate) const HOLD: u8 = b'O';

/// The keeper's greeting.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub version: u32,
    pub status: Status,
}

/// A request to stop, or to send a signal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kill {
    /// Absent: stop as the spec says.
    pub signal: Option<String>,
}

/// A message as it goes over the socket.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.push(kind);
    message.extend_from_slice(&(body.len() as u32).to_le_bytes());
    message.extend_from_slice(body);
    message
}

/// A message with a JSON body.
pub(crate) fn json_message(kind: u8, body: &impl Serialize) -> Vec<u8> {
    message(kind, &serde_json::to_vec(body).expect("the protocol's types are always valid JSON"))
}

pub(crate) fn extent_message(range: OutputRange) -> Vec<u8> {
    let mut body = range.start.to_le_bytes().to_vec();
    body.extend_from_slice(&range.end.to_le_bytes());
    message(EXTENT, &body)
}

pub(crate) fn parse_extent(body: &[u8]) -> Option<OutputRange> {
    Some(OutputRange { start: parse_u64(body)?, end: parse_u64(body.get(8..)?)? })
}

pub(crate) fn resize_message(size: TerminalSize) -> Vec<u8> {
    let [a, b] = size.cols.to_le_bytes();
    let [c, d] = size.rows.to_le_bytes();
    message(RESIZE, &[a, b, c, d])
}

pub(crate) fn parse_resize(body: &[u8]) -> Option<TerminalSize> {
    let [a, b, c, d] = *body else { return None };
    Some(TerminalSize { cols: u16::from_le_bytes([a, b]), rows: u16::from_le_bytes([c, d]) })
}

pub(crate) fn parse_u64(body: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(body.get(..8)?.try_into().ok()?))
}

/// The header's kind and length.
pub(crate) fn parse_header(header: [u8; HEADER]) -> (u8, usize) {
    let [kind, a, b, c, d] = header;
    (kind, u32::from_le_bytes([a, b, c, d]) as usize)
}

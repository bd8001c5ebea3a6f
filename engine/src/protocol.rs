//! The protocol between server and keeper over `keeper.sock`.
//!
//! A message is one kind byte, a u32 length (little-endian) and that many bytes. Both sides ignore kinds that they do not
//! know. The keeper greets each connection with [`HELLO`], which has its version. An upgraded server serves keepers of
//! older versions, and a keeper serves older servers, so kinds are only ever added.
//!
//! - Version 1 has no [`REQUEST`]: [`INPUT`], [`CLOSE_STDIN`] and [`KILL`] are sent as they are and answered in their order by
//!   [`ANSWER`]. It does not greet the connection that it was started with.
//! - Version 2 adds [`REQUEST`] and [`REPLY`], which are matched by an id.

use crate::folder::Status;
use execdeck_wire::{OutputRange, TerminalSize};
use serde::{Deserialize, Serialize};

/// The version in the keeper's greeting.
pub(crate) const VERSION: u32 = 2;
/// The version before requests had ids.
pub(crate) const VERSION_WITHOUT_IDS: u32 = 1;
/// The most input in one request to a keeper of [`VERSION_WITHOUT_IDS`].
pub(crate) const MAX_INPUT_WITHOUT_IDS: usize = 1 << 20;
/// The most input in one request, in bytes, and also the most that a keeper queues.
pub(crate) const MAX_INPUT: usize = 2 << 20;
/// The longest body of a message to a keeper; a longer one ends the connection.
pub(crate) const MAX_MESSAGE: usize = MAX_INPUT + 1024;
/// Bytes before a message's body.
pub(crate) const HEADER: usize = 5;

/// Why a process has failed whose server ended before its keeper could start it.
pub(crate) const SERVER_ENDED: &str = "Its server ended before it was started. Start it again.";

/// Keeper to server: JSON of [`Hello`].
pub(crate) const HELLO: u8 = b'H';
/// Keeper to server: u64 start, u64 end of the output; only the newest counts, so the keeper skips some.
pub(crate) const EXTENT: u8 = b'E';
/// Keeper to server: JSON of the [`Status`], at each change.
pub(crate) const STATUS: u8 = b'S';
/// Keeper to server: JSON of the [`Usage`](execdeck_wire::Usage) at the latest sample; only the newest counts.
pub(crate) const USAGE: u8 = b'U';
/// Keeper to server: u64 id of the [`REQUEST`] that it answers, then nothing when that was done, otherwise why not.
pub(crate) const REPLY: u8 = b'B';
/// Keeper to server: answers one [`INPUT`], [`CLOSE_STDIN`] or [`KILL`] that came without an id, in their order.
pub(crate) const ANSWER: u8 = b'A';

/// Keeper to server: why output cannot be written, in UTF-8; nothing when it can be again. In [`Hello`] if that was so before.
pub(crate) const WRITING: u8 = b'W';

/// The text of a [`REPLY`] to input and signals while the process waits to be started again.
pub(crate) const RESTARTING: &str = "restarting";

/// Server to keeper: u64 id, the kind of the message within, and its body. Each gets a [`REPLY`], unknown kinds too.
pub(crate) const REQUEST: u8 = b'Q';
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

/// Server to keeper, first of all and only if the spec has secrets: JSON of `secret_env`, which is in no file.
pub(crate) const SECRETS: u8 = b'X';
/// Bytes of [`SECRETS`] at most.
pub(crate) const MAX_SECRETS: usize = 16 << 20;

/// The keeper's greeting.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub version: u32,
    pub status: Status,
    /// Why output cannot be written now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_error: Option<String>,
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
    message(kind, &json(body))
}

/// A JSON body.
pub(crate) fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("the protocol's types are always valid JSON")
}

/// A message that is to be answered, inside a [`REQUEST`].
pub(crate) fn request_message(id: u64, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut request = id.to_le_bytes().to_vec();
    request.push(kind);
    request.extend_from_slice(body);
    message(REQUEST, &request)
}

/// Id, kind and body of a [`REQUEST`].
pub(crate) fn parse_request(body: &[u8]) -> Option<(u64, u8, &[u8])> {
    Some((parse_u64(body)?, *body.get(8)?, body.get(9..)?))
}

pub(crate) fn reply_message(id: u64, text: &str) -> Vec<u8> {
    let mut reply = id.to_le_bytes().to_vec();
    reply.extend_from_slice(text.as_bytes());
    message(REPLY, &reply)
}

/// Id and text of a [`REPLY`].
pub(crate) fn parse_reply(body: &[u8]) -> Option<(u64, &[u8])> {
    Some((parse_u64(body)?, body.get(8..)?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(message: &[u8]) -> (u8, &[u8]) {
        let (header, body) = message.split_at(HEADER);
        let (kind, length) = parse_header(header.try_into().unwrap());
        assert_eq!(length, body.len());
        (kind, body)
    }

    proptest! {
        #[test]
        fn what_is_sent_is_what_is_received(id: u64, kind: u8, text: String, start: u64, end: u64, cols: u16, rows: u16) {
            let sent = request_message(id, kind, text.as_bytes());
            prop_assert_eq!(split(&sent).0, REQUEST);
            prop_assert_eq!(parse_request(split(&sent).1), Some((id, kind, text.as_bytes())));
            let sent = reply_message(id, &text);
            prop_assert_eq!(split(&sent).0, REPLY);
            prop_assert_eq!(parse_reply(split(&sent).1), Some((id, text.as_bytes())));
            let range = OutputRange { start, end };
            prop_assert_eq!(parse_extent(split(&extent_message(range)).1), Some(range));
            let size = TerminalSize { cols, rows };
            prop_assert_eq!(parse_resize(split(&resize_message(size)).1), Some(size));
        }

        #[test]
        fn no_body_is_too_strange_to_be_looked_at(body: Vec<u8>) {
            prop_assert_eq!(parse_request(&body).is_some(), body.len() >= 9);
            prop_assert_eq!(parse_reply(&body).is_some(), body.len() >= 8);
            prop_assert_eq!(parse_extent(&body).is_some(), body.len() >= 16);
            prop_assert_eq!(parse_resize(&body).is_some(), body.len() == 4);
        }
    }
}

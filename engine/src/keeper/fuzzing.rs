//! Fuzzing of what arrives at a keeper's socket, and of what a server hears from a keeper.

use super::{connection::Connection, input::InputQueue};
use crate::{
    folder::Status,
    protocol::{self, Hello, Kill},
};
use std::{io::Write, os::unix::net::UnixStream};

/// Messages as they go over the socket, after a byte that says into which pieces they are cut.
pub fn fuzz_protocol(bytes: &[u8]) {
    let [piece, sent @ ..] = bytes else { return };
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    let mut connection = Connection::new(ours).expect("a descriptor can be set");
    let (mut received, mut queue) = (Vec::new(), InputQueue::default());
    for piece in sent.chunks(usize::from(*piece) + 1) {
        theirs.write_all(piece).expect("it fits into the socket");
        connection.receive(&mut [0; 256]);
        while let Some((kind, body)) = connection.next_message() {
            received.extend(protocol::message(kind, &body));
            handle(kind, &body, &mut queue);
        }
    }
    assert!(sent.starts_with(&received), "messages come as they were sent, and in order");
    if !connection.broken {
        let rest = &sent[received.len()..];
        let header = rest.first_chunk().map(|header| protocol::parse_header(*header));
        assert!(header.is_none_or(|(_, length)| rest.len() - protocol::HEADER < length), "a whole message was not taken");
    }
    let mut typed = Vec::new();
    queue.write_to(&mut typed).expect("memory takes everything");
    assert!(queue.is_empty() && typed.len() <= protocol::MAX_INPUT);
}

/// Reads a message as either side would.
fn handle(kind: u8, body: &[u8], queue: &mut InputQueue) {
    match kind {
        protocol::INPUT => _ = queue.push(body),
        protocol::KILL => _ = serde_json::from_slice::<Kill>(body),
        protocol::HELLO => _ = serde_json::from_slice::<Hello>(body),
        protocol::STATUS => _ = serde_json::from_slice::<Status>(body),
        _ => {}
    }
    if let Some(size) = protocol::parse_resize(body) {
        assert_eq!(&protocol::resize_message(size)[protocol::HEADER..], body);
    }
    if let Some((id, kind, inner)) = protocol::parse_request(body) {
        assert_eq!(&protocol::request_message(id, kind, inner)[protocol::HEADER..], body);
    }
    if let Some(range) = protocol::parse_extent(body) {
        assert!(body.starts_with(&protocol::extent_message(range)[protocol::HEADER..]));
    }
    let _ = (protocol::parse_reply(body), protocol::parse_u64(body));
}

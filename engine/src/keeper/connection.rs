//! A server's connection to the keeper. The keeper never waits for it, and closes it when it cannot keep up.

use crate::protocol::{self, HEADER, MAX_MESSAGE};
use execdeck_wire::OutputRange;
use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
};

/// A connection with more than this unsent is closed: its server is stuck, and can connect again.
const MAX_UNSENT: usize = 4 << 20;

pub(crate) struct Connection {
    pub stream: UnixStream,
    received: Vec<u8>,
    unsent: Vec<u8>,
    announced: OutputRange,
    /// The oldest offset that its viewers still want.
    pub hold: Option<u64>,
    pub broken: bool,
}

impl Connection {
    pub(crate) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, received: Vec::new(), unsent: Vec::new(), announced: OutputRange::default(), hold: None, broken: false })
    }

    pub(crate) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    pub(crate) fn send(&mut self, message: &[u8]) {
        self.unsent.extend_from_slice(message);
        self.flush();
        self.broken |= self.unsent.len() > MAX_UNSENT;
    }

    /// Tells the server how far the output reaches, unless it has not read older messages yet: then only the newest extent
    /// follows them.
    pub(crate) fn announce_extent(&mut self, range: OutputRange) {
        if self.unsent.is_empty() && self.announced != range {
            self.announced = range;
            self.send(&protocol::extent_message(range));
        }
    }

    pub(crate) fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.broken = true;
                    self.unsent.clear();
                }
            }
        }
        self.unsent.shrink_to(4096);
    }

    /// Reads what has arrived, for [`next_message`](Self::next_message) to return.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) {
        match self.stream.read(buffer) {
            Ok(0) => self.broken = true,
            Ok(read) => self.received.extend_from_slice(&buffer[..read]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.broken = true,
        }
    }

    pub(crate) fn next_message(&mut self) -> Option<(u8, Vec<u8>)> {
        let header = self.received.get(..HEADER)?.try_into().ok()?;
        let (kind, length) = protocol::parse_header(header);
        if length > MAX_MESSAGE {
            self.broken = true;
            return None;
        }
        let body = self.received.get(HEADER..HEADER + length)?.to_vec();
        self.received.drain(..HEADER + length);
        self.received.shrink_to(4096);
        Some((kind, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> (Connection, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        (Connection::new(ours).unwrap(), theirs)
    }

    #[test]
    fn a_message_may_arrive_in_two_parts_split_anywhere() {
        let sent = [protocol::message(b'I', b"hello"), protocol::message(b'C', b""), protocol::message(b'I', b"x")].concat();
        for split in 0..=sent.len() {
            let (mut connection, mut server) = connection();
            let (mut received, mut buffer) = (Vec::new(), [0; 64]);
            for part in [&sent[..split], &sent[split..]] {
                server.write_all(part).unwrap();
                connection.receive(&mut buffer);
                received.extend(std::iter::from_fn(|| connection.next_message()));
            }
            assert_eq!(received, [(b'I', b"hello".to_vec()), (b'C', Vec::new()), (b'I', b"x".to_vec())], "{split}");
            assert!(!connection.broken);
        }
    }

    #[test]
    fn a_message_that_is_too_long_ends_the_connection_before_it_is_read() {
        let (mut connection, mut server) = connection();
        server.write_all(&[b'I', 0, 0, 0, 0xff]).unwrap();
        connection.receive(&mut [0; 64]);
        assert!(connection.next_message().is_none() && connection.broken);
    }

    #[test]
    fn a_server_that_hangs_up_ends_the_connection() {
        let (mut connection, server) = connection();
        drop(server);
        connection.receive(&mut [0; 64]);
        assert!(connection.broken);
    }

    #[test]
    fn a_server_that_reads_late_gets_the_newest_extent_and_one_that_never_reads_is_left() {
        let (mut connection, mut server) = connection();
        let message = protocol::message(b'S', &vec![7; 1 << 16]);
        while !connection.has_unsent() {
            connection.send(&message);
        }
        for end in 1..1000 {
            connection.announce_extent(OutputRange { start: 0, end });
        }
        let mut read = Vec::new();
        while connection.has_unsent() {
            let _ = server.read_to_end(&mut read);
            connection.flush();
        }
        connection.announce_extent(OutputRange { start: 0, end: 1000 });
        let _ = server.read_to_end(&mut read);
        assert_eq!(read.len() % message.len(), protocol::extent_message(OutputRange::default()).len());
        assert!(read.ends_with(&protocol::extent_message(OutputRange { start: 0, end: 1000 })));
        assert!(!connection.broken);
        for _ in 0..=(MAX_UNSENT >> 16) + 64 {
            connection.send(&message);
        }
        assert!(connection.broken);
    }
}

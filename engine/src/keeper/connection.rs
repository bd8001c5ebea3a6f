//! A server's connection to the keeper: never waited for, and closed when it cannot keep up.

use crate::protocol::{self, HEADER, MAX_MESSAGE};
use execdeck_wire::OutputRange;
use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
};

/// A connection with more than this unsent is closed: its server is stuck, and can connect again.
const MAX_UNSENT: usize = 4 << 20;

pub(crate) struct Connection {
    /// Never used twice.
    pub id: u64,
    pub stream: UnixStream,
    received: Vec<u8>,
    unsent: Vec<u8>,
    announced: OutputRange,
    /// The oldest offset that its viewers still want.
    pub hold: Option<u64>,
    pub broken: bool,
}

impl Connection {
    pub(crate) fn new(id: u64, stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { id, stream, received: Vec::new(), unsent: Vec::new(), announced: OutputRange::default(), hold: None, broken: false })
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

//! Input for the program, queued in the order of arrival.

use crate::protocol::MAX_INPUT;
use std::{
    collections::VecDeque,
    io::{self, Write},
};

/// Input that the program has not read yet, whoever sent it. Each request is taken whole or not at all. What was taken stays
/// when its connection ends: it was acknowledged. So all of it together is bounded.
#[derive(Default)]
pub(crate) struct InputQueue {
    requests: VecDeque<Request>,
    bytes: usize,
}

struct Request {
    bytes: Vec<u8>,
    written: usize,
}

impl InputQueue {
    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Queues input; false if there is no room for all of it, and then none of it is queued.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        if self.bytes + bytes.len() > MAX_INPUT {
            return false;
        }
        if !bytes.is_empty() {
            self.bytes += bytes.len();
            self.requests.push_back(Request { bytes: bytes.to_owned(), written: 0 });
        }
        true
    }

    /// Writes as much as the program takes now. Any error but "would block" is passed on.
    pub(crate) fn write_to(&mut self, input: &mut impl Write) -> io::Result<()> {
        while let Some(request) = self.requests.front_mut() {
            match input.write(&request.bytes[request.written..]) {
                Ok(written) => {
                    request.written += written;
                    self.bytes -= written;
                    if request.written == request.bytes.len() {
                        self.requests.pop_front();
                    } else if written == 0 {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.requests.shrink_to(16);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes at a time, and none when it is full.
    struct Slow {
        taken: Vec<u8>,
        room: usize,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.room).min(3);
            self.taken.extend_from_slice(&bytes[..taken]);
            self.room -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn input_arrives_in_order_however_slowly_it_is_read() {
        let mut queue = InputQueue::default();
        assert!(queue.push(b"hello ") && queue.push(b"") && queue.push(b"world"));
        let mut slow = Slow { taken: Vec::new(), room: 4 };
        queue.write_to(&mut slow).unwrap();
        assert_eq!((slow.taken.as_slice(), queue.bytes), (b"hell".as_slice(), 7));
        slow.room = 100;
        queue.write_to(&mut slow).unwrap();
        assert_eq!(slow.taken, b"hello world");
        assert!(queue.is_empty() && queue.bytes == 0);
    }

    #[test]
    fn what_does_not_fit_is_refused_whole() {
        let mut queue = InputQueue::default();
        assert!(queue.push(&vec![0; MAX_INPUT - 1]));
        assert!(!queue.push(b"ab"));
        assert!(queue.push(b"a"));
        assert_eq!((queue.bytes, queue.requests.len()), (MAX_INPUT, 2));
    }
}

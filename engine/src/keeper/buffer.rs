//! The buffer that output is read into: allocated while output flows and freed when it pauses, since most processes are
//! silent most of the time.

use super::sys;
use std::time::{Duration, Instant};

/// Output is read in pieces of this size. The memory is only touched as far as a piece reaches.
const READ_BYTES: usize = 256 * 1024;
/// The memory is freed after this long without output.
const RELEASE_AFTER: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct ReadBuffer {
    bytes: Vec<u8>,
    /// When it is to be freed, if it is allocated.
    release_at: Option<Instant>,
}

impl ReadBuffer {
    /// The whole buffer, allocated if need be.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        if self.bytes.is_empty() {
            self.bytes = vec![0; READ_BYTES];
        }
        self.release_at = Some(Instant::now() + RELEASE_AFTER);
        &mut self.bytes
    }

    /// When [`release_if_idle`](Self::release_if_idle) wants to be called.
    pub(super) fn release_at(&self) -> Option<Instant> {
        self.release_at
    }

    pub(super) fn release_if_idle(&mut self, now: Instant) {
        if self.release_at.is_some_and(|at| at <= now) {
            *self = Self::default();
            sys::return_free_memory();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_there_when_it_is_used_and_gone_when_it_has_rested() {
        let mut buffer = ReadBuffer::default();
        assert!(buffer.release_at().is_none());
        assert_eq!(buffer.bytes().len(), READ_BYTES);
        let at = buffer.release_at().unwrap();
        buffer.release_if_idle(at.checked_sub(Duration::from_millis(1)).unwrap());
        assert_eq!(buffer.bytes.len(), READ_BYTES);
        buffer.release_if_idle(at);
        assert_eq!((buffer.bytes.capacity(), buffer.release_at()), (0, None));
        assert_eq!(buffer.bytes().len(), READ_BYTES);
    }
}

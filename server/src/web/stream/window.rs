//! How much unacknowledged output may be in flight to the viewer.

use std::collections::VecDeque;

pub(super) struct Window {
    bytes: u64,
    in_flight: u64,
    /// The ends and lengths of the frames in flight, oldest first.
    frames: VecDeque<(u64, u64)>,
}

impl Window {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes, in_flight: 0, frames: VecDeque::new() }
    }

    /// How many bytes may be sent now.
    pub(super) fn room(&self) -> u64 {
        self.bytes.saturating_sub(self.in_flight)
    }

    /// Records that output up to an offset has been sent.
    pub(super) fn sent(&mut self, end: u64, length: u64) {
        self.in_flight += length;
        self.frames.push_back((end, length));
    }

    /// Records that the viewer has everything before an offset.
    pub(super) fn acknowledge(&mut self, offset: u64) {
        while let Some((_, length)) = self.frames.pop_front_if(|(end, _)| *end <= offset) {
            self.in_flight -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn room_comes_back_with_whole_frames_and_never_exceeds_the_window() {
        let mut window = Window::new(100);
        window.sent(60, 60);
        // A gap of 1000 bytes was skipped between the two.
        window.sent(1100, 40);
        assert_eq!(window.room(), 0);
        window.acknowledge(59);
        assert_eq!(window.room(), 0);
        window.acknowledge(60);
        assert_eq!(window.room(), 60);
        window.acknowledge(u64::MAX);
        window.acknowledge(0);
        assert_eq!(window.room(), 100);
    }
}

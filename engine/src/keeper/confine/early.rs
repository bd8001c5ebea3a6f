//! Signals for a program in a sandbox that bwrap is still making. As the kernel does, each waits once, however often it is sent.

use rustix::process::Signal;
use std::time::{Duration, Instant};

/// How often the program is looked for. There is no event for that.
const LOOK_EVERY: Duration = Duration::from_millis(10);

#[derive(Default)]
pub(in crate::keeper) struct EarlySignals {
    waiting: Vec<Signal>,
    /// When the program is looked for again.
    due: Option<Instant>,
}

impl EarlySignals {
    pub(in crate::keeper) fn push(&mut self, signal: Signal) {
        if !self.waiting.contains(&signal) {
            self.waiting.push(signal);
        }
    }

    /// When they are to be delivered; `None` if there are none.
    pub(in crate::keeper) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Hands them over in the order in which they came, if the program is there; otherwise they wait on.
    pub(in crate::keeper) fn deliver<P: Copy>(&mut self, program: Option<P>, send: impl Fn(P, Signal)) {
        match program {
            Some(program) => {
                self.waiting.drain(..).for_each(|signal| send(program, signal));
                self.due = None;
            }
            None => self.due = (!self.waiting.is_empty()).then(|| Instant::now() + LOOK_EVERY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn they_wait_for_the_program_and_arrive_once_each_in_order() {
        let (mut early, sent) = (EarlySignals::default(), RefCell::new(Vec::new()));
        let deliver = |program: i32, signal| sent.borrow_mut().push((program, signal));
        early.deliver(None, deliver);
        assert_eq!(early.due(), None, "there is nothing to look for the program for");
        for signal in [Signal::USR1, Signal::INT, Signal::USR1] {
            early.push(signal);
            early.deliver(None, deliver);
        }
        assert!(early.due().is_some() && sent.borrow().is_empty());
        early.deliver(Some(2), deliver);
        early.deliver(Some(2), deliver);
        assert_eq!((early.due(), sent.into_inner()), (None, vec![(2, Signal::USR1), (2, Signal::INT)]));
    }
}

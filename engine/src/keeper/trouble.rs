//! Output that cannot be written: the servers are told why, and when it can be again, even if nothing more is printed.

use super::Keeper;
use crate::{protocol, system_error};
use std::time::{Duration, Instant};

/// How often it is tried whether output can be written again.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// What the servers know of it.
#[derive(Default)]
pub(super) struct TroubleNotice {
    /// The number of the error that they were told of (`errno(3)`, 0 if it has none).
    told: Option<i32>,
    try_at: Option<Instant>,
}

impl TroubleNotice {
    /// When [`Keeper::report_trouble`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.try_at
    }
}

impl Keeper {
    /// Tells the servers if output can no longer be written, or can be again.
    pub(super) fn report_trouble(&mut self) {
        let now = Instant::now();
        if self.trouble.try_at.is_some_and(|at| at <= now) {
            self.log.probe();
            self.trouble.try_at = Some(now + TRY_EVERY);
        }
        let number = self.log.trouble().map(|error| error.raw_os_error().unwrap_or(0));
        if number == self.trouble.told {
            return;
        }
        self.trouble = TroubleNotice { told: number, try_at: number.map(|_| now + TRY_EVERY) };
        let text = self.trouble_text().unwrap_or_default();
        let message = protocol::message(protocol::WRITING, text.as_bytes());
        for connection in &mut self.connections {
            connection.send(&message);
        }
    }

    /// Why output cannot be written.
    pub(super) fn trouble_text(&self) -> Option<String> {
        self.log.trouble().map(system_error::message)
    }
}

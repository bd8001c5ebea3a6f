//! What is kept of ended processes, as the engine takes it.

use crate::config::History;
use execdeck_engine::Keep;
use std::time::Duration;

/// The limits of `[history]`, where 0 is no limit.
pub(super) fn keep(history: &History) -> Keep {
    let limit = |most| Some(most).filter(|most| *most > 0);
    Keep {
        age: limit(history.keep_days).map(|days| Duration::from_hours(days * 24)),
        processes: limit(history.keep_processes),
        bytes: limit(history.keep_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_no_limit_and_the_defaults_are_those_of_the_engine() {
        let none = History { keep_days: 0, keep_processes: 0, keep_bytes: 0 };
        assert_eq!(keep(&none), Keep { age: None, processes: None, bytes: None });
        let days = History { keep_days: 2, ..none };
        assert_eq!(keep(&days).age, Some(Duration::from_hours(48)));
        assert_eq!(keep(&History::default()), Keep::default());
    }
}

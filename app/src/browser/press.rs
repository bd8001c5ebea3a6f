//! Tells a second press of the buttons of a process from a first one.

use std::cell::Cell;
use uuid::Uuid;

/// Presses that are not further apart than this, in milliseconds, are one: a double click, or somebody who clicks in vain. Whoever
/// presses another button on purpose, such as Run again after Stop, takes longer.
const ONE_PRESS: f64 = 400.0;

thread_local! {
    static LAST: Cell<Option<(Uuid, f64)>> = const { Cell::new(None) };
}

/// Whether a button of this process was pressed just before. Each call counts as a press.
pub(crate) fn is_second_press(id: Uuid) -> bool {
    let now = js_sys::Date::now();
    // The clock may have been set back meanwhile.
    LAST.replace(Some((id, now))).is_some_and(|(last, then)| last == id && (0.0..ONE_PRESS).contains(&(now - then)))
}

/// The next press is a first one again.
#[cfg(feature = "admin")]
pub(crate) fn forget_press() {
    LAST.set(None);
}

//! Tells a second press of the buttons of a process from a first one.

use std::cell::Cell;
use uuid::Uuid;

/// Presses within this time, in milliseconds, are one: a double click, or a key that is held.
const ONE_PRESS: f64 = 1000.0;

thread_local! {
    static LAST: Cell<Option<(Uuid, f64)>> = const { Cell::new(None) };
}

/// Whether a button of this process was pressed just before. Each call counts as a press.
pub(crate) fn is_second_press(id: Uuid) -> bool {
    let now = js_sys::Date::now();
    LAST.replace(Some((id, now))).is_some_and(|(last, then)| last == id && now - then < ONE_PRESS)
}

/// The next press is a first one again.
pub(crate) fn forget_press() {
    LAST.set(None);
}

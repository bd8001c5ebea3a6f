//! How somebody wants to see output, kept in the browser: one choice for pipes, one for terminals.

use leptos::prelude::window;
use web_sys::Storage;

/// Whether the output is shown as a log: as chosen last, otherwise for pipes.
pub(crate) fn shows_log(is_terminal: bool) -> bool {
    let kept = storage().and_then(|storage| storage.get_item(key(is_terminal)).ok().flatten());
    kept.map_or(!is_terminal, |kept| kept == "log")
}

/// Keeps the choice.
pub(crate) fn keep_shows_log(is_terminal: bool, log: bool) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key(is_terminal), if log { "log" } else { "terminal" });
    }
}

const fn key(is_terminal: bool) -> &'static str {
    if is_terminal { "execdeck.view.terminal" } else { "execdeck.view.pipes" }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

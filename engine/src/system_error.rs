//! Errors of the system: how people read them, and which of them pass.

use std::io;

/// The system's message for an error, without the number that Rust appends.
pub(crate) fn message(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// What says that something is scarce now, or does not answer, and nothing of whether it is there.
#[cfg(feature = "host")]
const PASSING: [i32; 7] = [libc::EAGAIN, libc::EINTR, libc::EIO, libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ETIMEDOUT];

/// Whether the same may well work later.
#[cfg(feature = "host")]
pub(crate) fn may_pass(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| PASSING.contains(&number))
}

/// The same of an error that another program has met, by the end of what it says in English (`strerror(3)`).
#[cfg(feature = "host")]
pub(crate) fn says_may_pass(text: &str) -> bool {
    PASSING.iter().any(|number| text.ends_with(&message(&io::Error::from_raw_os_error(*number))))
}

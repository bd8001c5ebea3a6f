//! Files of the engine and its keepers are private to their user; the programs that they run create files as usual.

use rustix::{fs::Mode, process::umask};
use std::sync::OnceLock;

/// Passes the umask of the program to its keeper, in octal.
const VARIABLE: &str = "EXECDECK_UMASK";
const PRIVATE: Mode = Mode::from_raw_mode(0o077);

static INHERITED: OnceLock<Mode> = OnceLock::new();

/// Sets this program's umask to 077. The processes that it starts get the one it had before. Call it once, at the start
/// of `main`, before there are threads.
pub fn restrict_umask() {
    let before = umask(PRIVATE);
    let passed_on = std::env::var(VARIABLE).ok().and_then(|text| u32::from_str_radix(&text, 8).ok()).map(Mode::from_bits_truncate);
    let _ = INHERITED.set(passed_on.unwrap_or(before));
}

/// The variable for a keeper's environment, if `restrict_umask` was called.
#[cfg(feature = "host")]
pub(crate) fn variable() -> Option<(&'static str, String)> {
    INHERITED.get().map(|mode| (VARIABLE, format!("{:o}", mode.bits())))
}

/// Starts a program with its own umask. Only for keepers, which have one thread: a umask belongs to the whole process.
pub(crate) fn spawn(command: &mut std::process::Command) -> std::io::Result<std::process::Child> {
    command.env_remove(VARIABLE);
    let inherited = *INHERITED.get().unwrap_or(&PRIVATE);
    let own = umask(inherited);
    let child = command.spawn();
    umask(own);
    child
}

//! The end of a server that was told to stop, whatever still holds it up.

use std::{io, process, thread, time::Duration};

/// How long stopping takes at most, from the signal on. Half of the last second is for the machine.
const AT_MOST: Duration = Duration::from_millis(4500);

/// Ends this program after that time, unless it has ended by then: a disk or a peer that does not answer can hold up a thread
/// for longer than any timeout of a task. What is cut off then was told to stop, too, so the exit code is that of a proper stop.
pub(crate) fn end_in_time() -> io::Result<()> {
    let end = || {
        thread::sleep(AT_MOST);
        tracing::warn!("the server was stopped although something still held it up");
        process::exit(0);
    };
    thread::Builder::new().name("deadline".into()).spawn(end).map(drop)
}

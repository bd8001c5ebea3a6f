//! The ticket of a queued process, a file: its keeper takes it before it does anything else, so that the process is started once,
//! whatever servers and keepers are killed meanwhile.

use super::Folder;
use std::{fs, io};

/// While the process waits, the ticket has this name,
pub(super) const HELD: &str = "queued";
/// and this one when a keeper may take it.
const ISSUED: &str = "start";

impl Folder {
    /// Lets a keeper start the process, the first one that asks. Fails with [`io::ErrorKind::NotFound`] if there is no ticket.
    pub(crate) fn issue_ticket(&self) -> io::Result<()> {
        match fs::rename(self.0.join(HELD), self.0.join(ISSUED)) {
            // An earlier attempt may have left it issued.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.0.join(ISSUED).try_exists()? => Ok(()),
            issued => issued,
        }
    }

    /// Lets no keeper start the process from now on. Returns false if one has started it or may yet, or it was cancelled.
    pub(crate) fn hold_ticket(&self) -> io::Result<bool> {
        match fs::rename(self.0.join(ISSUED), self.0.join(HELD)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.0.join(HELD).try_exists(),
            held => held.map(|()| true),
        }
    }

    /// Makes sure that no keeper ever starts the process, also on a full disk.
    pub(crate) fn cancel_ticket(&self) -> io::Result<()> {
        match fs::remove_file(self.0.join(HELD)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes the ticket, in a keeper. Fails if another one has, or the server has withdrawn it.
    pub(crate) fn take_ticket(&self) -> io::Result<()> {
        fs::remove_file(self.0.join(ISSUED))
    }
}

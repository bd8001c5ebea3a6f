//! `boot.json`: what is to be started again after a reboot.

use super::{Finding, history::History};
use crate::boot::{self, BOOT_FILE};
use std::{io, path::Path};

/// Verifies the file. There is none in a folder that no server of this version has used, or where the system does not name its boots.
pub(super) fn check(data: &Path) -> Vec<Finding> {
    let path = data.join(BOOT_FILE);
    let mut findings = Vec::new();
    match boot::pending_in(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let repair = "the server writes it anew when it starts; what ran before a reboot is not started again then";
            findings.push(Finding::new(&path, format!("it cannot be read: {error}"), repair));
        }
        Ok(pending) => {
            let known = History::open(data).and_then(|history| history.ids());
            let unknown = pending.iter().filter(|id| known.as_ref().is_ok_and(|known| !known.contains(id)));
            let repair = "the server leaves it out when it starts";
            let finding = |id| Finding::new(&path, format!("{id} is to be started again, and the history does not have it"), repair);
            findings.extend(unknown.map(finding));
        }
    }
    let unfinished = data.join("boot.json.new");
    if unfinished.exists() {
        findings.push(Finding::new(
            &unfinished,
            "a server was ended while it wrote this",
            "the server replaces it when it writes the next one",
        ));
    }
    findings
}

//! Verifies a data folder without changing it, beside a running server or without one.
//!
//! # Layout
//! - [`check`]: all of it. `history`: the database and its rows. `process`: the folder of one process. `output`: its log.
//!   `boot`: what is to be started again.
//! - `modes`: who else could read it. `finding`: what is told.

mod boot;
mod finding;
mod history;
mod modes;
mod output;
mod process;

use crate::folder::Folder;
pub use finding::Finding;
use history::History;
use process::Known;
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use uuid::Uuid;

/// How often what looks wrong is looked at again: while a server runs, it may have been in between. And the pause before that.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(400);

/// What a check has found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What is wrong, by file.
    pub findings: Vec<Finding>,
    /// How many processes were looked at.
    pub processes: usize,
}

/// Verifies the history, the folders of all processes, their output and samples, and what is to be started again at boot.
///
/// # Errors
/// If the folder cannot be listed.
pub fn check(folder: &Path) -> io::Result<Checked> {
    let checker = Checker { data: folder.to_owned(), processes: folder.join("processes") };
    let (entries, processes) = checker.entries()?;
    let parts = [Part::History, Part::Boot].into_iter().chain(entries.into_iter().map(Part::Entry));
    let mut findings = settled(parts, |part| checker.look_at(part));
    findings.extend(modes::check(folder));
    findings.sort();
    Ok(Checked { findings, processes })
}

/// What is looked at by itself.
enum Part {
    History,
    Boot,
    /// What has this name below `processes/`, or in the history.
    Entry(String),
}

struct Checker {
    data: PathBuf,
    processes: PathBuf,
}

impl Checker {
    /// The names below `processes/` and in the history, and how many of them are processes.
    fn entries(&self) -> io::Result<(BTreeSet<String>, usize)> {
        let mut names: BTreeSet<String> =
            std::fs::read_dir(&self.processes)?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        if let Ok(history) = History::open(&self.data) {
            names.extend(history.ids().unwrap_or_default().iter().map(Uuid::to_string));
        }
        let processes = names.iter().filter(|name| name.parse::<Uuid>().is_ok()).count();
        Ok((names, processes))
    }

    fn look_at(&self, part: &Part) -> Vec<Finding> {
        match part {
            Part::History => history::check(&self.data),
            Part::Boot => boot::check(&self.data),
            Part::Entry(name) => match name.parse() {
                Ok(id) => self.check_process(id),
                Err(_) => self.check_stray(name),
            },
        }
    }

    fn check_process(&self, id: Uuid) -> Vec<Finding> {
        // The row first: a folder is there before its row, and set aside before the row goes.
        let known = match History::open(&self.data).and_then(|history| history.row(id)) {
            Ok(Some(row)) => Known::Row(row),
            Ok(None) => Known::Nothing,
            Err(_) => Known::Unclear,
        };
        process::check(&Folder::of(&self.processes, id), &known)
    }

    /// What is no folder of a process.
    fn check_stray(&self, name: &str) -> Vec<Finding> {
        let path = self.processes.join(name);
        if !path.exists() {
            return Vec::new();
        }
        let removed = name.strip_suffix(".removed").is_some_and(|id| id.parse::<Uuid>().is_ok());
        vec![if removed {
            Finding::new(&path, "it was being removed when the server ended", "the server finishes that when it starts")
        } else {
            Finding::new(&path, "it is not a folder of Execdeck's", "remove it if you do not know it")
        }]
    }
}

/// What is found at every look: whatever passes was under way. All parts share the pauses.
fn settled(parts: impl Iterator<Item = Part>, look: impl Fn(&Part) -> Vec<Finding>) -> Vec<Finding> {
    let looked = parts.map(|part| (look(&part), part));
    let mut suspects: Vec<_> = looked.filter(|(found, _)| !found.is_empty()).collect();
    for _ in 1..LOOKS {
        if suspects.is_empty() {
            break;
        }
        thread::sleep(PAUSE);
        suspects.retain_mut(|(found, part)| {
            let again = look(part);
            found.retain(|finding| again.contains(finding));
            !found.is_empty()
        });
    }
    suspects.into_iter().flat_map(|(found, _)| found).collect()
}

//! What a check tells.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What would repair it, or what becomes of it.
    pub repair: String,
}

impl Finding {
    /// A finding about a file or folder.
    pub fn new(path: &Path, what: impl Into<String>, repair: impl Into<String>) -> Self {
        Self { path: path.to_owned(), what: what.into(), repair: repair.into() }
    }
}

/// One line.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}; {}", self.path.display(), self.what, self.repair);
        f.write_str(&line.replace(['\n', '\r'], " "))
    }
}

//! `[audit]`: how long entries are kept, and a file to ship them from.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[audit]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Entries that are older than this many days are removed; 0: never.
    pub keep_days: u64,
    /// A file to which each entry is added as a line of JSON; empty for none.
    pub file: PathBuf,
}

/// The longest time that can be asked for: a century.
const MAX_DAYS: u64 = 36_500;

impl Audit {
    /// Rejects values that could not work; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        if self.keep_days > MAX_DAYS {
            return Err(format!("audit.keep_days must be at most {MAX_DAYS} (got {}); 0 keeps entries for ever", self.keep_days));
        }
        if self.file.as_os_str().is_empty() || self.file.is_absolute() {
            return Ok(());
        }
        Err(format!("audit.file must be an absolute path, since commands add to it, too (got {})", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused_by_the_name_of_its_key() {
        Audit::default().check().unwrap();
        Audit { keep_days: 365, file: "/var/log/execdeck.jsonl".into() }.check().unwrap();
        assert!(Audit { keep_days: 36_501, ..Audit::default() }.check().unwrap_err().contains("audit.keep_days"));
        assert!(Audit { file: "audit.jsonl".into(), ..Audit::default() }.check().unwrap_err().contains("audit.file"));
    }
}

//! `[history]`: what is kept of processes that have ended.

use serde::{Deserialize, Serialize};

/// `[history]`; what ended first is removed within seconds, and 0 is no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct History {
    /// How many days after its end a process is removed.
    pub keep_days: u64,
    /// How many ended processes are kept.
    pub keep_processes: u64,
    /// What the files of all ended processes may take up together, in bytes.
    pub keep_bytes: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { keep_days: 0, keep_processes: 100_000, keep_bytes: 50 << 30 }
    }
}

/// The longest time that can be asked for: a century.
const MAX_DAYS: u64 = 36_500;
/// The least that can be kept: what the smallest output of one process takes up.
const MIN_BYTES: u64 = 64 << 10;

impl History {
    /// Rejects values that could not work; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        if self.keep_days > MAX_DAYS {
            return Err(format!("history.keep_days must be at most {MAX_DAYS} (got {}); 0 keeps processes for ever", self.keep_days));
        }
        if self.keep_bytes != 0 && self.keep_bytes < MIN_BYTES {
            let got = self.keep_bytes;
            return Err(format!("history.keep_bytes must be at least {MIN_BYTES} (got {got}), or 0 for no limit"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused_by_the_name_of_its_key() {
        let none = History { keep_days: 0, keep_processes: 0, keep_bytes: 0 };
        none.check().unwrap();
        for (history, key) in [
            (History { keep_days: 36_501, ..none.clone() }, "history.keep_days"),
            (History { keep_bytes: 65_535, ..none }, "history.keep_bytes"),
        ] {
            let error = history.check().unwrap_err();
            assert!(error.contains(key) && error.contains("got"), "{error}");
        }
        History::default().check().unwrap();
    }
}

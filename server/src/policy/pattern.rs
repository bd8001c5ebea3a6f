//! Paths in rules.

use glob::{MatchOptions, Pattern};
use std::fs;

/// No wildcard stands for a slash.
const OPTIONS: MatchOptions = MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
/// What makes a part of a path a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

/// An absolute path, in which `*`, `?` and `[…]` stand for characters of one name, and `**` for any number of folders.
pub(super) struct PathPattern {
    pattern: Pattern,
    /// The part before the first wildcard, which may be or contain a link.
    start: String,
}

impl PathPattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err("give an absolute path, such as /usr/bin/rsync or /srv/jobs/*".into());
        };
        if text.contains(['\\', '{', '}']) {
            return Err("only *, **, ? and [...] have a meaning; list other paths one by one".into());
        }
        if !rest.is_empty() && rest.split('/').any(|name| matches!(name, "" | "." | "..")) {
            return Err("no path looks like this once it is resolved; leave out empty names, . and ..".into());
        }
        let pattern = Pattern::new(text).map_err(|error| format!("at character {}: {}", error.pos + 1, error.msg))?;
        let fixed = rest.split('/').take_while(|name| !name.contains(WILDCARDS));
        let start = fixed.fold(String::new(), |path, name| format!("{path}/{name}"));
        Ok(Self { pattern, start })
    }

    /// Whether it stands for a path to which all links lead. Links in its own beginning are followed, too: on most systems
    /// `/bin` is one.
    pub(super) fn matches(&self, path: &str) -> bool {
        if self.pattern.matches_with(path, OPTIONS) {
            return true;
        }
        let Some(start) = fs::canonicalize(&self.start).ok().and_then(|start| start.into_os_string().into_string().ok()) else {
            return false;
        };
        let rest = path.strip_prefix(start.trim_end_matches('/')).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        rest.is_some_and(|rest| self.pattern.matches_with(&format!("{}{rest}", self.start), OPTIONS))
    }
}

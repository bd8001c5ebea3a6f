//! Which segments there are, in either form.

use super::{segment_path, stored::Stored};
use execdeck_wire::OutputRange;
use std::{fs, io, path::Path};

/// The file beside the segments that holds the state of a terminal; while one is written its name has a suffix.
pub(crate) const SCREEN: &str = "screen";

/// Whether this is the name of such a file.
pub(super) fn is_screen(name: &str) -> bool {
    name.strip_prefix(SCREEN).is_some_and(|suffix| suffix.is_empty() || suffix.starts_with('.'))
}

/// The bases of the segments on disk, oldest first. A folder that is gone has none: its process was removed.
pub(super) fn segment_bases(folder: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut bases = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let base = name.to_str().and_then(|name| name.strip_suffix(".log").or_else(|| name.strip_suffix(".log.zst")));
        // Only names of exactly our form; other files are not ours.
        let base = base.filter(|base| base.len() == 20 && base.bytes().all(|byte| byte.is_ascii_digit()));
        bases.extend(base.and_then(|base| base.parse::<u64>().ok()));
    }
    bases.sort_unstable();
    // While a segment is being compressed, it is there in both forms for a moment.
    bases.dedup();
    Ok(bases)
}

/// Which bytes the files hold, for when there is no keeper to ask.
pub(crate) fn range_on_disk(folder: &Path) -> OutputRange {
    let bases = segment_bases(folder).unwrap_or_default();
    let length = |base| Stored::open(&segment_path(folder, base, "log")).and_then(|log| log.len()).unwrap_or(0);
    let end = bases.last().map(|base| base.saturating_add(length(*base)));
    OutputRange { start: bases.first().copied().unwrap_or(0), end: end.unwrap_or(0) }
}

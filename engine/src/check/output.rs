//! The output of one process: its segments, their indexes, and what is missing between them.

use super::Finding;
use crate::log::{SegmentFiles, check_compressed, check_index, segment_files};
use execdeck_wire::OutputRange;
use std::{collections::BTreeMap, path::Path};

/// Verifies the segments. `known`: which bytes there are said to be, if that is certain.
pub(super) fn check(folder: &Path, known: Option<OutputRange>) -> Vec<Finding> {
    let listed = match segment_files(folder) {
        Ok(listed) => listed,
        Err(error) => return vec![Finding::new(folder, format!("the output cannot be read: {error}"), "nothing does; readers see a gap")],
    };
    let mut findings: Vec<_> =
        listed.strays.iter().map(|path| Finding::new(path, "it is no part of the output", "remove it; nobody reads it")).collect();
    findings.extend(listed.segments.values().filter_map(|segment| check_segment(folder, segment)));
    findings.extend(check_order(folder, &listed.segments, known));
    findings
}

fn check_segment(folder: &Path, segment: &SegmentFiles) -> Option<Finding> {
    let finding = |path: &Path, what: String, repair: &str| Some(Finding::new(path, what, repair));
    if segment.log.is_none() {
        return finding(&segment.index, "its log is gone".into(), "remove it; nobody reads it");
    }
    let log = segment.index.with_extension("log.zst");
    match check_compressed(folder, segment.base) {
        Err(error) => return finding(&log, format!("it cannot be read: {error}"), "nothing does; readers see a gap"),
        Ok(Some(what)) => return finding(&log, what, "nothing does; readers see a gap"),
        Ok(None) => {}
    }
    let guessed =
        "nothing needs to: all bytes can be read, and those that it does not describe count as standard output, or the terminal's";
    match check_index(folder, segment.base) {
        Err(error) => finding(&segment.index, format!("it cannot be read: {error}"), guessed),
        Ok(Some(what)) => finding(&segment.index, what, guessed),
        Ok(None) => None,
    }
}

/// Segments must not overlap. What is missing between them, or at the end, is a gap.
fn check_order(folder: &Path, segments: &BTreeMap<u64, SegmentFiles>, known: Option<OutputRange>) -> Vec<Finding> {
    let gap = |from: u64, to: u64| {
        let what = format!("{} bytes are missing, {from} to {to}: they could not be written at the time, or were lost since", to - from);
        Finding::new(folder, what, "nothing does; readers see a gap")
    };
    let mut findings = Vec::new();
    let mut end = None;
    for (base, length) in segments.values().filter_map(|segment| Some((segment.base, segment.log.as_ref()?.length))) {
        match end {
            Some(end) if base > end => findings.push(gap(end, base)),
            Some(end) if base < end => {
                let what = format!("the bytes {base} to {end} are there twice, in two segments");
                findings.push(Finding::new(folder, what, "nothing needs to: readers take those of the later segment"));
            }
            _ => {}
        }
        end = Some(base.saturating_add(length));
    }
    if let Some(known) = known {
        let end = end.unwrap_or(known.start);
        if end < known.end {
            findings.push(gap(end, known.end));
        }
    }
    findings
}

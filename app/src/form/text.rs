//! Fields that hold more than one value or a unit, as people type them.

use crate::{texts::t, wire::RestartPolicy};
use std::collections::BTreeMap;

/// The restart policies that one can choose, with their names on the wire.
pub const POLICIES: [(RestartPolicy, &str); 3] =
    [(RestartPolicy::Never, "never"), (RestartPolicy::OnFailure, "on_failure"), (RestartPolicy::Always, "always")];

/// The policy in words.
pub fn policy_label(policy: RestartPolicy) -> &'static str {
    match policy {
        RestartPolicy::Never | RestartPolicy::Unknown => t!("Never"),
        RestartPolicy::OnFailure => t!("After a failure"),
        RestartPolicy::Always => t!("Always"),
    }
}

/// The name of a policy; empty for one that this version does not recognize.
pub(super) fn policy_name(policy: RestartPolicy) -> &'static str {
    POLICIES.into_iter().find(|(known, _)| *known == policy).map_or("", |(_, name)| name)
}

/// The policy of this name.
pub(super) fn policy_of(name: &str) -> RestartPolicy {
    POLICIES.into_iter().find(|(_, known)| *known == name).map_or(RestartPolicy::Unknown, |(policy, _)| policy)
}

/// Arguments, one per line; none if one of them holds a line break.
pub(super) fn lines_of(args: &[String]) -> Option<String> {
    if args.iter().any(|arg| arg.contains(['\n', '\r'])) {
        return None;
    }
    // An empty last argument is a line too, and needs a line end of its own.
    let ends_empty = args.last().is_some_and(String::is_empty);
    Some(args.join("\n") + if ends_empty { "\n" } else { "" })
}

/// The arguments, one per line. A line end after the last one adds none.
pub(super) fn args_of(lines: &str) -> Vec<String> {
    lines.strip_suffix('\n').unwrap_or(lines).split('\n').map(str::to_owned).filter(|_| !lines.is_empty()).collect()
}

/// Folders, one per line; empty lines are left out.
pub(super) fn folders_of(lines: &str) -> Vec<String> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Labels as `team=ops env=prod`.
pub(super) fn write_labels(labels: &BTreeMap<String, String>) -> String {
    let write = |(key, value): (&String, &String)| {
        let label = format!("{key}={value}");
        // A comma at the end would be read as the end of the label.
        let is_plain = label.chars().all(|c| c.is_alphanumeric() || "=._-/:@+%,".contains(c)) && !label.ends_with(',');
        if is_plain { Some(label) } else { shlex::try_quote(&label).ok().map(std::borrow::Cow::into_owned) }
    };
    labels.iter().filter_map(write).collect::<Vec<_>>().join(" ")
}

pub(super) fn read_labels(text: &str) -> Result<BTreeMap<String, String>, String> {
    let words = shlex::split(text).ok_or_else(|| t!("A quote is not closed. Close it, or put a backslash before it."))?;
    let label = |word: String| match word.trim_end_matches(',').split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(t!("“{word}” isn't a label; write them as team=ops env=prod.", word)),
    };
    let mut labels = BTreeMap::new();
    for word in words {
        let (key, value) = label(word)?;
        if let Some(other) = labels.insert(key.clone(), value.clone()).filter(|other| *other != value) {
            return Err(t!("The label “{key}” is given twice, with “{other}” and “{value}”. Remove one of them.", key, other, value));
        }
    }
    Ok(labels)
}

const UNITS: [(&str, u64); 7] =
    [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1)];

/// A size as text that reads back as the same number.
pub(super) fn write_size(bytes: u64) -> String {
    let (unit, factor) = UNITS.into_iter().find(|(_, factor)| bytes.is_multiple_of(*factor)).unwrap_or(("B", 1));
    format!("{} {unit}", bytes / factor)
}

/// Bytes, or a whole number with a unit; 0 if empty.
pub(super) fn read_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = unit.trim();
    let factor = UNITS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, factor)| factor);
    let factor = if unit.is_empty() { Some(1) } else { factor };
    let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    bytes.ok_or_else(|| t!("“{text}” isn't a size; write it as 64 MiB or 500 kB.", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_their_lines() {
        for args in [&[] as &[&str], &["a"], &["a b", "'c'"], &["", "x"], &["x", ""], &[""]] {
            let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(args_of(&lines_of(&args).unwrap()), args);
        }
        assert_eq!(args_of("-c\n"), ["-c"]);
        assert_eq!(lines_of(&["a\nb".to_owned()]), None);
    }

    #[test]
    fn sizes_and_labels_are_read_as_they_are_written() {
        for bytes in [1, 1000, 1024, 1_500_000, 256 << 20, (1 << 30) + 1] {
            assert_eq!(read_size(&write_size(bytes)), Ok(bytes));
        }
        assert_eq!((read_size(" 64mib"), read_size("12")), (Ok(64 << 20), Ok(12)));
        assert!(read_size("much").is_err() && read_size("1.5 MB").is_err() && read_size("99999999999 GB").is_err());
        let labels = read_labels("team=ops, note='two words'").unwrap();
        assert_eq!(labels["note"], "two words");
        assert_eq!(read_labels(&write_labels(&labels)).unwrap(), labels);
        assert!(read_labels("team").is_err());
        assert!(read_labels("team=ops env=a team=dev").unwrap_err().contains("“team” is given twice"));
        assert_eq!(read_labels("team=ops, team=ops").unwrap().len(), 1);
        assert_eq!(write_labels(&read_labels("team=ops env=prod").unwrap()), "env=prod team=ops");
    }
}

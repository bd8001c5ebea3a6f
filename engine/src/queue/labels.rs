//! How many processes with a label may be active.

use std::collections::BTreeMap;

/// The configured limits, each for one label or for each value of a key.
pub(super) struct PerLabel(Vec<Rule>);

struct Rule {
    key: String,
    /// `None`: each value of the key is counted by itself.
    value: Option<String>,
    most: usize,
}

/// Processes that are counted together: which rule they fall under, and with which value of its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    rule: usize,
    value: String,
}

impl PerLabel {
    pub(super) fn new(per_label: &BTreeMap<String, usize>) -> Self {
        let rule = |(label, most): (&String, &usize)| {
            let (key, value) = label.split_once('=').map_or((label.as_str(), None), |(key, value)| (key, Some(value.to_owned())));
            Rule { key: key.to_owned(), value, most: *most }
        };
        Self(per_label.iter().map(rule).collect())
    }

    /// The groups that a process with these labels belongs to.
    pub(super) fn groups(&self, labels: &BTreeMap<String, String>) -> Vec<Group> {
        let group = |(rule, Rule { key, value, .. }): (usize, &Rule)| {
            let has = labels.get(key)?;
            value.as_ref().is_none_or(|value| value == has).then(|| Group { rule, value: has.clone() })
        };
        self.0.iter().enumerate().filter_map(group).collect()
    }

    /// How many of a group may be active.
    pub(super) fn most(&self, group: &Group) -> usize {
        self.0[group.rule].most
    }

    /// The label that a group shares.
    pub(super) fn name(&self, group: &Group) -> String {
        format!("{}={}", self.0[group.rule].key, group.value)
    }
}

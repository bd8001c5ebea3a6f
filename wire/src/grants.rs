//! What rights are narrowed to.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a person's rights are narrowed to. Every condition that is present has to hold; without any, the rights hold for
/// everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Grants {
    /// Only these templates, and the processes started from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templates: Option<BTreeSet<Uuid>>,
    /// Only processes and templates that carry all of these labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
}

impl Grants {
    /// Whether nothing is narrowed.
    pub fn is_unlimited(&self) -> bool {
        self.templates.is_none() && self.labels.is_none()
    }

    /// Whether they cover a process with these labels that was started from this template, or a template with these labels.
    pub fn cover(&self, labels: &BTreeMap<String, String>, template: Option<Uuid>) -> bool {
        self.templates.as_ref().is_none_or(|granted| template.is_some_and(|template| granted.contains(&template)))
            && self.labels.as_ref().is_none_or(|granted| granted.iter().all(|(key, value)| labels.get(key) == Some(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_of_a_grant_has_to_hold() {
        let (template, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let ops: BTreeMap<String, String> = labels(&[("team", "ops"), ("host", "a")]);
        assert!(Grants::default().cover(&ops, None) && Grants::default().is_unlimited());
        let narrowed = Grants { templates: Some([template].into()), labels: Some(labels(&[("team", "ops")])) };
        for (labels, template, covered) in [
            (&ops, Some(template), true),
            (&ops, Some(other), false),
            (&ops, None, false),
            (&labels(&[("team", "dev")]), Some(template), false),
            (&labels(&[]), Some(template), false),
        ] {
            assert_eq!(narrowed.cover(labels, template), covered, "{labels:?} {template:?}");
        }
        assert!(!Grants { templates: Some(BTreeSet::new()), labels: None }.cover(&ops, Some(template)));
    }
}

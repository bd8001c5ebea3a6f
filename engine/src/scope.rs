//! Which processes exist for a caller.

use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Which processes exist for a caller: the others are neither listed nor counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// Those that carry all of these labels and, unless it is `None`, were started from one of these templates.
    Narrowed {
        /// Each key with its value.
        labels: BTreeMap<String, String>,
        /// Their ids.
        templates: Option<BTreeSet<Uuid>>,
    },
    /// None of them.
    Nothing,
}

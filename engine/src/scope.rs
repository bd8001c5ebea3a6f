//! Which processes exist for a caller.

use std::collections::BTreeMap;

/// Which processes exist for a caller: the others are neither listed nor counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// Those that carry all of these labels.
    Labels(BTreeMap<String, String>),
    /// None of them.
    Nothing,
}

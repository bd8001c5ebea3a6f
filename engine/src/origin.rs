//! What a process was started from, for whoever keeps templates.

use serde_json::Value;
use uuid::Uuid;

/// What a process was started from. The engine keeps it and does not look into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The template.
    pub template: Uuid,
    /// The values that were given. They are stored encrypted, since there may be secrets among them.
    pub values: Value,
}

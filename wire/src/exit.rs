//! How a process ended.

use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", from = "ExitFields")]
pub enum Exit {
    /// It exited with this code, 0 to 255.
    Code(i32),
    /// This signal ended it; named without `SIG`.
    Signal(String),
    /// It never started, or nothing is known of its end; this says why.
    Error(String),
}

/// An [`Exit`] as it is read: a newer server may know more ways to end.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ExitFields {
    code: Option<i32>,
    signal: Option<String>,
    error: Option<String>,
}

impl From<ExitFields> for Exit {
    fn from(fields: ExitFields) -> Self {
        match fields {
            ExitFields { code: Some(code), .. } => Self::Code(code),
            ExitFields { signal: Some(signal), .. } => Self::Signal(signal),
            ExitFields { error, .. } => Self::Error(error.unwrap_or_else(|| "It ended in a way this version doesn't recognize.".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_reads_back_as_it_was_written() {
        for exit in [Exit::Code(3), Exit::Signal("TERM".into()), Exit::Error("e".into())] {
            assert_eq!(serde_json::from_str::<Exit>(&serde_json::to_string(&exit).unwrap()).unwrap(), exit);
        }
    }
}

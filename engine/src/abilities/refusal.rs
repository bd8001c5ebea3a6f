//! Why a process cannot be confined as its spec says.

use crate::{error::Error, system_error::may_pass};
use std::{io, path::Path};

/// Whether there is any use in trying again.
#[derive(Debug)]
pub(super) enum Refusal {
    /// This machine lacks something; what, and what to do about it.
    Lacking(String),
    /// It could not be found out, or not be done, for a reason that may pass.
    ForNow(Error),
}

impl Refusal {
    /// Judges an error of the system that was met in doing this with this file. `lacking`: what it means unless it may pass.
    pub(super) fn judge(what: &'static str, path: &Path, error: io::Error, lacking: impl FnOnce(&io::Error) -> String) -> Self {
        if may_pass(&error) { Self::ForNow(Error::io(what, path)(error)) } else { Self::Lacking(lacking(&error)) }
    }

    /// The error of whoever asks for it in this field of a spec.
    pub(super) fn of_field(self, field: &'static str) -> Error {
        match self {
            Self::Lacking(reason) => Error::Field(field, reason),
            Self::ForNow(error) => error,
        }
    }
}

#[cfg(test)]
impl Refusal {
    /// What is lacking.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Lacking(reason) => reason,
            Self::ForNow(error) => panic!("{error}"),
        }
    }
}

//! How a process is confined: what the server has found out about this machine, and its keeper needs in order to do it.

use crate::bubblewrap::Bubblewrap;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The environment variable with which a server hands it to a keeper, as JSON.
pub(crate) const VARIABLE: &str = "EXECDECK_CONFINEMENT";

/// What a spec asks for, in terms of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Confinement {
    /// Whom the spec's `run_as` names.
    pub account: Option<Account>,
    /// What makes the spec's `sandbox`.
    pub bubblewrap: Option<Bubblewrap>,
    /// The control group to make for the spec's `limits`, if they need one.
    pub cgroup: Option<PathBuf>,
}

/// A user of this machine, and the group to run with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub uid: u32,
    pub gid: u32,
    /// The number, if the user has no name.
    pub name: String,
    pub home: String,
    pub shell: String,
}

//! Confining the process: as another user, in a sandbox, within limits.
//!
//! # Layout
//! - `user`: another user's environment, pipes and terminal. `sandbox`: a sandbox made by bubblewrap. `early`: signals for a
//!   program that is not there yet. `cgroup`: limits.

pub(super) mod cgroup;
pub(super) mod early;
pub(super) mod sandbox;
pub(super) mod user;

use crate::confinement::{Confinement, VARIABLE};
use execdeck_wire::{Limits, ProcessSpec};

/// What the server has handed over. What the spec asks for and the server has not found is an error: the process must not
/// run with more rights than it was meant to.
pub(super) fn received(spec: &ProcessSpec) -> Result<Confinement, String> {
    parse(spec, std::env::var(VARIABLE).ok().as_deref())
}

fn parse(spec: &ProcessSpec, text: Option<&str>) -> Result<Confinement, String> {
    let confinement: Confinement = match text {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("How it is to be confined did not arrive: {error}"))?,
        None => Confinement::default(),
    };
    if spec.run_as.is_some() && confinement.account.is_none() {
        return Err("Its server has not said whom it is to run as.".into());
    }
    if spec.sandbox.is_some() && confinement.bubblewrap.is_none() {
        return Err("Its server has not said what to make its sandbox with.".into());
    }
    let Limits { memory_bytes, cpu_percent, processes, .. } = spec.limits;
    if (memory_bytes != 0 || cpu_percent != 0 || processes != 0) && confinement.cgroup.is_none() {
        return Err("Its server has not said where to set its limits.".into());
    }
    Ok(confinement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::Sandbox;

    #[test]
    fn nothing_is_run_unconfined_because_the_server_did_not_say_how() {
        let spec = ProcessSpec { run_as: Some("nobody".into()), ..ProcessSpec::new("true", [""; 0]) };
        assert!(parse(&spec, None).is_err() && parse(&spec, Some("{}")).is_err() && parse(&spec, Some("{")).is_err());
        let none = ProcessSpec { run_as: None, ..spec };
        assert!(parse(&none, None).is_ok());
        assert!(parse(&ProcessSpec { sandbox: Some(Sandbox::default()), ..none.clone() }, None).is_err());
        for limits in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] {
            let limits = Limits { memory_bytes: limits.0, cpu_percent: limits.1, processes: limits.2, ..Limits::default() };
            assert!(parse(&ProcessSpec { limits, ..none.clone() }, None).is_err());
        }
    }
}

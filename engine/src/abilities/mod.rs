//! What this machine lets a server do to confine processes. What a spec asks for and cannot be had is refused, with the reason.
//!
//! # Layout
//! - `users`: whom `run_as` names. `sandbox`: whether there can be sandboxes. `cgroups`: where limits can be set.
//!   `refusal`: why something cannot be had.

mod cgroups;
mod refusal;
mod sandbox;
mod users;

pub use users::{RunAs, resolve_run_as};

#[cfg(doc)]
use crate::config::EngineConfig;
use crate::{bubblewrap::Bubblewrap, confinement::Confinement, error::Error, folder::Folder};
use cgroups::{Cgroups, Limited};
use execdeck_wire::{ProcessSpec, Sandbox};
use rustix::process::geteuid;
use sandbox::Sandboxes;
use std::path::PathBuf;
use users::may_change_user;
use uuid::Uuid;

/// What can be enforced here.
#[derive(Debug)]
pub(crate) struct Abilities {
    /// The data folder, without links in its path.
    data: PathBuf,
    sandboxes: Sandboxes,
    cgroups: Cgroups,
}

impl Abilities {
    /// Looks at the machine when that is needed. `data`: the data folder, without links in its path; `cgroup`: [`EngineConfig::cgroup`].
    pub(crate) fn find(data: PathBuf, cgroup: Option<PathBuf>) -> Self {
        let (cgroups, sandboxes) = (Cgroups::new(cgroup, &data), Sandboxes::default());
        Self { data, sandboxes, cgroups }
    }

    /// Gives the processes that still run their limits back, if they have lost them; see [`Cgroups::resume`].
    pub(crate) fn resume(&self) {
        let processes = self.data.join("processes");
        self.cgroups.resume(|id| {
            let folder = Folder::of(&processes, id);
            let (spec, status) = (folder.read_spec().ok()?, folder.read_status().ok()?);
            Some(Limited { limits: spec.limits, sandboxed: spec.sandbox.is_some(), active: status.state.is_active() })
        });
    }

    /// Kills what a dead keeper has left, as far as its process had a control group.
    pub(crate) fn kill_group(&self, id: Uuid) {
        self.cgroups.kill(id);
    }

    /// What a keeper needs in order to confine a process as its spec says. An [`Error::Field`] says which part of it cannot be had,
    /// and why; any other error may pass. Looks users up and may run a program, which may take a while.
    pub(crate) fn confine(&self, id: Uuid, spec: &ProcessSpec) -> Result<Confinement, Error> {
        let mut confinement = Confinement::default();
        if let Some(run_as) = &spec.run_as {
            may_change_user().map_err(|refusal| refusal.of_field("run_as"))?;
            confinement.account = Some(users::account(run_as)?);
        }
        if let Some(sandbox) = &spec.sandbox {
            let other_user = confinement.account.as_ref().is_some_and(|account| account.uid != geteuid().as_raw());
            confinement.bubblewrap = Some(self.bubblewrap(sandbox, spec.cwd.as_deref(), other_user)?);
        }
        confinement.cgroup = self.cgroups.group(id, &spec.limits)?;
        Ok(confinement)
    }

    fn bubblewrap(&self, sandbox: &Sandbox, cwd: Option<&str>, other_user: bool) -> Result<Bubblewrap, Error> {
        let bubblewrap = self.sandboxes.find(&self.data, other_user).map_err(|refusal| refusal.of_field("sandbox"))?;
        for path in &sandbox.writable {
            bubblewrap.writable(path).map_err(|reason| Error::Field("sandbox.writable", reason))?;
        }
        cwd.map_or(Ok(()), |cwd| bubblewrap.has_folder(cwd, sandbox)).map_err(|reason| Error::Field("cwd", reason))?;
        Ok(bubblewrap)
    }
}

//! What whoever runs an engine is told of before a process is started again after a reboot.

use execdeck_wire::ProcessSpec;
use tokio::sync::oneshot;
use uuid::Uuid;

/// A start at boot that is about to happen. It waits until this is dropped, for example until it is on record.
#[derive(Debug)]
pub struct BootStart {
    /// The process that ran when the machine went down.
    pub old: Uuid,
    /// The process that is started instead.
    pub new: Uuid,
    /// Who had started the old one.
    pub started_by: String,
    /// The template that it was made from.
    pub template: Option<Uuid>,
    /// What it ran, with masked secrets.
    pub spec: ProcessSpec,
    /// Dropped with the rest.
    pub(crate) _waits: oneshot::Sender<()>,
}

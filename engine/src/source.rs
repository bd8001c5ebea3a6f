//! What a viewer reads from: a folder of output, and how far it reaches.

use crate::{
    error::Error,
    folder::Folder,
    live::{Demand, Live, OutputExtent},
};
use execdeck_wire::Process;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::watch;

/// The output of one process, running or ended. A running process counts its viewers until their sources are dropped.
pub(crate) struct Source {
    pub folder: PathBuf,
    pub process: watch::Receiver<Process>,
    pub extent: watch::Receiver<OutputExtent>,
    live: Option<(Arc<Live>, u64)>,
}

impl Source {
    /// A running process, which at most `viewers` may watch.
    pub(crate) fn live(folder: Folder, live: Arc<Live>, viewers: usize) -> Result<Self, Error> {
        let Some(viewer) = live.add_viewer(viewers) else {
            return Err(Error::LimitReached(format!("This process already has {viewers} viewers, the maximum.")));
        };
        let (process, extent) = (live.process.subscribe(), live.extent.subscribe());
        Ok(Self { folder: folder.output(), process, extent, live: Some((live, viewer)) })
    }

    /// An ended process.
    pub(crate) fn ended(folder: Folder, process: Process) -> Self {
        let extent = OutputExtent { range: process.output, ended: true };
        let (process, extent) = (watch::Sender::new(process).subscribe(), watch::Sender::new(extent).subscribe());
        Self { folder: folder.output(), process, extent, live: None }
    }

    /// Changes what this viewer asks of a running process.
    pub(crate) fn update_demand(&self, change: impl FnOnce(&mut Demand)) {
        if let Some((live, viewer)) = &self.live {
            live.update_demand(*viewer, |demand| demand.map(change).is_some());
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Some((live, viewer)) = &self.live {
            live.update_demand(*viewer, |_| false);
        }
    }
}

//! What a viewer reads from: a folder of output, and how far it reaches.

use crate::{
    error::Error,
    folder::Folder,
    live::{Demand, Live, OutputExtent},
    readings::Reading,
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
    reading: Reading,
}

impl Source {
    /// A running process, which at most `viewers` may watch.
    pub(crate) fn live(folder: Folder, reading: Reading, live: Arc<Live>, viewers: usize) -> Result<Self, Error> {
        let Some(viewer) = live.add_viewer(viewers) else {
            return Err(Error::LimitReached(format!("This process already has {viewers} viewers, the maximum.")));
        };
        let (process, extent) = (live.process.subscribe(), live.extent.subscribe());
        Ok(Self { folder: folder.output(), process, extent, live: Some((live, viewer)), reading })
    }

    /// An ended process.
    pub(crate) fn ended(folder: Folder, reading: Reading, process: Process) -> Self {
        let extent = OutputExtent { range: process.output, ended: true };
        let (process, extent) = (watch::Sender::new(process).subscribe(), watch::Sender::new(extent).subscribe());
        Self { folder: folder.output(), process, extent, live: None, reading }
    }

    /// Says how far this viewer has read: the janitor spares a process whose output is not read yet.
    pub(crate) fn read_to(&mut self, offset: u64) {
        let end = self.extent.borrow().range.end;
        self.reading.set(offset < end);
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

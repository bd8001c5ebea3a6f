//! What the viewers of a process want of it together.

use execdeck_wire::TerminalSize;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tokio::sync::watch;

/// What a viewer wants of the process, or what all of them want together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Output from this offset on is still to be read.
    pub hold: Option<u64>,
    /// The terminal's size.
    pub size: Option<TerminalSize>,
}

#[derive(Default)]
pub(super) struct Viewers {
    demands: Mutex<Demands>,
    wanted: watch::Sender<Demand>,
}

#[derive(Default)]
struct Demands {
    next: u64,
    by_viewer: HashMap<u64, Demand>,
}

impl Viewers {
    /// Adds a viewer, unless there are `most` already.
    pub(super) fn add(&self, most: usize) -> Option<u64> {
        let mut demands = self.demands.lock().unwrap_or_else(PoisonError::into_inner);
        if demands.by_viewer.len() >= most {
            return None;
        }
        demands.next += 1;
        let viewer = demands.next;
        demands.by_viewer.insert(viewer, Demand::default());
        Some(viewer)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.demands.lock().unwrap_or_else(PoisonError::into_inner).by_viewer.is_empty()
    }

    /// Changes what a viewer wants, or removes it if `change` returns false.
    pub(super) fn update(&self, viewer: u64, change: impl FnOnce(Option<&mut Demand>) -> bool) {
        let mut demands = self.demands.lock().unwrap_or_else(PoisonError::into_inner);
        if !change(demands.by_viewer.get_mut(&viewer)) {
            demands.by_viewer.remove(&viewer);
        }
        let wanted = combined(demands.by_viewer.values());
        self.wanted.send_if_modified(|before| {
            // The terminal keeps its size when the last viewer leaves.
            let wanted = Demand { size: wanted.size.or(before.size), ..wanted };
            std::mem::replace(before, wanted) != wanted
        });
    }

    /// What all viewers want together, now and whenever it changes.
    pub(super) fn wanted(&self) -> watch::Receiver<Demand> {
        self.wanted.subscribe()
    }
}

/// Output is held for the slowest viewer, and the terminal fits the smallest.
fn combined<'a>(demands: impl Iterator<Item = &'a Demand> + Clone) -> Demand {
    let sizes = demands.clone().filter_map(|demand| demand.size);
    let size = sizes.clone().map(|size| size.cols).min().zip(sizes.map(|size| size.rows).min());
    Demand { hold: demands.filter_map(|demand| demand.hold).min(), size: size.map(|(cols, rows)| TerminalSize { cols, rows }) }
}

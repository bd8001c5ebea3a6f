//! What the list shows: all active processes, then the ended ones page by page.

use crate::{
    api::{CallError, list_processes},
    browser,
    wire::{Counts, Process, ProcessFilter, StateFilter},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many active processes are shown above the ended ones.
const MOST_ACTIVE: u32 = 500;
/// How many ended processes are shown at first, and added each time.
pub(crate) const PAGE: usize = 50;

/// The processes of a list, and where the next page begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub processes: Vec<Process>,
    pub next: Option<Uuid>,
    pub counts: Counts,
}

/// Loads what the filter selects, from the newest on or what is older than `before`, with up to `history` ended processes.
pub(crate) async fn load(filter: ProcessFilter, before: Option<Uuid>, history: usize) -> Result<Listing, CallError> {
    let limit = u32::try_from(history).ok();
    // A list of one state is in plain order; otherwise active processes come first, however old they are.
    let mut listing = Listing::default();
    let history = if filter.state.is_none() {
        if before.is_none() {
            let active = ProcessFilter { state: Some(StateFilter::Active), limit: Some(MOST_ACTIVE), ..filter.clone() };
            listing.processes = list_processes(active).await?.processes;
        }
        ProcessFilter { state: Some(StateFilter::Ended), before, limit, ..filter }
    } else {
        ProcessFilter { before, limit, ..filter }
    };
    let page = list_processes(history).await?;
    // A process that ended between the two answers is in both; the later answer is right.
    listing.processes.retain(|process| page.processes.iter().all(|later| later.id != process.id));
    listing.processes.extend(page.processes);
    listing.next = page.next;
    listing.counts = page.counts;
    Ok(listing)
}

/// Whether a process that is new or has changed belongs in the list with this filter, or on its page of what is older than
/// `before`. The server has the last word whenever the list is loaded again.
pub(crate) fn belongs(process: &Process, filter: &ProcessFilter, before: Option<Uuid>) -> bool {
    if before.is_some_and(|before| process.id >= before || (filter.state.is_none() && process.state.is_active())) {
        return false;
    }
    let in_state = match filter.state {
        None => true,
        Some(StateFilter::Is(state)) => process.state == state,
        Some(StateFilter::Active) => process.state.is_active(),
        Some(StateFilter::Ended) => !process.state.is_active(),
        Some(StateFilter::Unsuccessful) => process.is_unsuccessful(),
    };
    let text = browser::lowercase(&format!("{}\n{}", process.name, process.spec.command_line()));
    let in_words = filter.name.iter().flat_map(|name| name.split_whitespace()).all(|word| text.contains(&browser::lowercase(word)));
    let in_label = filter.label.as_ref().is_none_or(|label| match label.split_once('=') {
        Some((key, value)) => process.spec.labels.get(key).is_some_and(|has| has == value),
        None => process.spec.labels.contains_key(label),
    });
    in_state && in_words && in_label && filter.started_by.as_ref().is_none_or(|by| *by == process.started_by)
}

//! What the list shows: everything active first, then the history by pages.

use crate::{
    api::{CallError, list_processes},
    query,
    wire::{ApiError, Counts, ErrorCode, Process, ProcessFilter, StateFilter},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Active processes that are shown before the history begins.
const MOST_ACTIVE: u32 = 500;

/// The processes of a list, and how it goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Listing {
    pub processes: Vec<Process>,
    pub next: Option<Uuid>,
    pub counts: Counts,
}

/// Loads what the search field asks for, from the beginning or behind a process.
pub(super) async fn load(text: String, before: Option<Uuid>) -> Result<Listing, CallError> {
    let filter = query::parse(&text).map_err(|message| ApiError::new(ErrorCode::BadRequest, message))?;
    // A state that is asked for is listed as it is; otherwise what is active comes first, however old it is.
    let mut listing = Listing::default();
    let history = if filter.state.is_none() {
        if before.is_none() {
            let active = ProcessFilter { state: Some(StateFilter::Active), limit: Some(MOST_ACTIVE), ..filter.clone() };
            listing.processes = list_processes(active).await?.processes;
        }
        ProcessFilter { state: Some(StateFilter::Ended), before, ..filter }
    } else {
        ProcessFilter { before, ..filter }
    };
    let page = list_processes(history).await?;
    // What ended between the two answers is in both; the later one has it as it is.
    listing.processes.retain(|process| page.processes.iter().all(|later| later.id != process.id));
    listing.processes.extend(page.processes);
    listing.next = page.next;
    listing.counts = page.counts;
    Ok(listing)
}

/// Whether a process that has just appeared or changed belongs into a list of this filter. What only the server can
/// tell, such as words in a long history, it is asked for when the list is loaded anew.
pub(super) fn belongs(process: &Process, filter: &ProcessFilter) -> bool {
    let in_state = match filter.state {
        None => true,
        Some(StateFilter::Is(state)) => process.state == state,
        Some(StateFilter::Active) => process.state.is_active(),
        Some(StateFilter::Ended) => !process.state.is_active(),
        Some(StateFilter::Unsuccessful) => process.is_unsuccessful(),
    };
    let text = format!("{}\n{}", process.name, process.spec.command_line()).to_lowercase();
    let in_words = filter.name.iter().flat_map(|name| name.split_whitespace()).all(|word| text.contains(&word.to_lowercase()));
    let in_label = filter.label.as_ref().is_none_or(|label| match label.split_once('=') {
        Some((key, value)) => process.spec.labels.get(key).is_some_and(|has| has == value),
        None => process.spec.labels.contains_key(label),
    });
    in_state && in_words && in_label && filter.started_by.as_ref().is_none_or(|by| *by == process.started_by)
}

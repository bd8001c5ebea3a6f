//! Searching output: what is asked for, and who may. [`Searching`] (`searching`) is a search while it goes on.

use super::{
    Deck, answer, rights,
    rights::require,
    searching::{Limits, Searching},
};
use execdeck_app::service::Caller;
use execdeck_engine::{Pattern, PatternOptions};
use execdeck_wire::{ApiError, ErrorCode, ProcessFilter, Right, Stream};
use uuid::Uuid;

/// When it is not said how many hits.
const DEFAULT_LIMIT: usize = 1000;
const MAX_LIMIT: usize = 10_000;

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    /// The text, or a regular expression.
    pub text: String,
    /// It is a regular expression.
    pub regex: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// Only this stream.
    pub stream: Option<Stream>,
    /// The number of the first line to search, from 1; negative, it counts from the end.
    pub from: Option<i64>,
    /// How many hits.
    pub limit: Option<usize>,
    /// How many hits of each process.
    pub per_process: Option<usize>,
    /// Whether to tell how far the search has come.
    pub progress: bool,
}

impl Deck {
    /// Searches the output of a process.
    pub async fn search(&self, caller: &Caller, id: Uuid, query: SearchQuery) -> Result<Searching, ApiError> {
        let act = self.act(caller, "read_output").on(id);
        self.require_covered(&act, id).await?;
        act.check(require(caller, Right::ReadOutput, "Searching the output of a process")).await?;
        self.searching(caller, query)?.of_one(id).await.map_err(answer)
    }

    /// Searches the output of all processes that the caller may see and that the filter lets through, whatever its limit is.
    pub async fn search_all(&self, caller: &Caller, filter: ProcessFilter, query: SearchQuery) -> Result<Searching, ApiError> {
        self.require_search(caller).await?;
        self.searching(caller, query)?.of_many(rights::scope(caller), filter).await
    }

    /// Refuses a caller who may not search the output of processes.
    pub async fn require_search(&self, caller: &Caller) -> Result<(), ApiError> {
        let act = self.act(caller, "search");
        act.check(require(caller, Right::View, "Seeing processes")).await?;
        act.check(require(caller, Right::ReadOutput, "Searching the output of processes")).await
    }

    fn searching(&self, caller: &Caller, query: SearchQuery) -> Result<Searching, ApiError> {
        let SearchQuery { text, regex, ignore_case, stream, from, limit, per_process, progress } = query;
        let bad = |field: &str, message: String| ApiError { field: Some(field.into()), ..ApiError::new(ErrorCode::BadRequest, message) };
        if text.is_empty() {
            return Err(bad("q", "Say what to search for: q is empty.".into()));
        }
        if text.contains(['\n', '\r']) {
            return Err(bad("q", "A line has no line breaks, so q can't have any.".into()));
        }
        let left = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&left) {
            return Err(bad("limit", format!("limit must be between 1 and {MAX_LIMIT}.")));
        }
        let per_process = per_process.unwrap_or(left);
        if !(1..=MAX_LIMIT).contains(&per_process) {
            return Err(bad("per_process", format!("per_process must be between 1 and {MAX_LIMIT}.")));
        }
        let pattern = Pattern::new(&text, PatternOptions { regex, ignore_case, stream });
        let pattern = pattern.map_err(|error| bad("q", error))?;
        let turns = self.searches.of(&caller.name);
        let limits = Limits { all: left, per_process };
        Ok(Searching::new(self.engine.clone(), turns, pattern, from.unwrap_or(1), limits, progress))
    }
}

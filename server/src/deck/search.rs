//! Searching output.

use super::{Deck, answer, rights, rights::require, turns::Turns};
use execdeck_app::service::Caller;
use execdeck_engine::{Engine, Error as EngineError, Hit, Pattern, PatternOptions, Scope, Search};
use execdeck_wire::{
    ApiError, ErrorCode, Process, ProcessFilter, Right, SearchEnd, SearchHit, SearchLine, SearchProgress, Stream, Timestamp,
};
use std::collections::VecDeque;
use uuid::Uuid;

/// When it is not said how many hits.
const DEFAULT_LIMIT: usize = 1000;
const MAX_LIMIT: usize = 10_000;
/// The longest text of a hit, in bytes.
const LINE_BYTES: usize = 64 << 10;
/// So many processes are listed at a time.
const LISTED: u32 = 100;

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
    /// Whether to tell how far the search has come.
    pub progress: bool,
}

/// A search, of one process or of many, the newest first.
pub struct Searching {
    engine: Engine,
    turns: Turns,
    pattern: Pattern,
    from: i64,
    left: usize,
    tells_progress: bool,
    /// The one that is being searched.
    current: Option<(Uuid, Search)>,
    next: VecDeque<Process>,
    /// Where to find more processes.
    more: Option<(Scope, ProcessFilter)>,
    /// Only one process is searched.
    is_single: bool,
    end: SearchEnd,
    is_over: bool,
}

impl Deck {
    /// Searches the output of a process.
    pub async fn search(&self, caller: &Caller, id: Uuid, query: SearchQuery) -> Result<Searching, ApiError> {
        let act = self.act(caller, "read_output").on(id);
        self.require_covered(&act, id).await?;
        act.check(require(caller, Right::ReadOutput, "Searching the output of a process")).await?;
        let mut searching = self.searching(caller, query)?;
        let search = self.engine.search(id, searching.pattern.clone(), searching.from, LINE_BYTES).await.map_err(answer)?;
        searching.end.processes = 1;
        searching.current = Some((id, search));
        Ok(searching)
    }

    /// Searches the output of all processes that the caller may see and that the filter lets through, whatever its limit is.
    pub async fn search_all(&self, caller: &Caller, filter: ProcessFilter, query: SearchQuery) -> Result<Searching, ApiError> {
        let act = self.act(caller, "search");
        act.check(require(caller, Right::View, "Seeing processes")).await?;
        act.check(require(caller, Right::ReadOutput, "Searching the output of processes")).await?;
        let mut searching = self.searching(caller, query)?;
        searching.is_single = false;
        searching.more = Some((rights::scope(caller), ProcessFilter { limit: Some(LISTED), ..filter }));
        searching.list_more().await?;
        Ok(searching)
    }

    fn searching(&self, caller: &Caller, query: SearchQuery) -> Result<Searching, ApiError> {
        let SearchQuery { text, regex, ignore_case, stream, from, limit, progress } = query;
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
        let pattern = Pattern::new(&text, PatternOptions { regex, ignore_case, stream });
        Ok(Searching {
            engine: self.engine.clone(),
            turns: self.searches.of(&caller.name),
            pattern: pattern.map_err(|error| bad("q", error))?,
            from: from.unwrap_or(1),
            left,
            tells_progress: progress,
            current: None,
            next: VecDeque::new(),
            more: None,
            is_single: true,
            end: SearchEnd { done: true, ..SearchEnd::default() },
            is_over: false,
        })
    }
}

impl Searching {
    /// The next lines of the answer, perhaps none; `None` after the last one. Cannot be cancelled: an error follows then.
    pub async fn next(&mut self) -> Result<Option<Vec<SearchLine>>, ApiError> {
        if self.is_over {
            return Ok(None);
        }
        if self.left == 0 || !self.has_more().await? {
            self.is_over = true;
            self.end.limited = self.left == 0;
            self.end.searched += self.current.as_ref().map_or(0, |(_, search)| searched(search));
            return Ok(Some(vec![SearchLine::End(self.end.clone())]));
        }
        let Some((id, search)) = &mut self.current else { return self.open_next().await.map(|()| Some(Vec::new())) };
        let turn = self.turns.next().await;
        let found = search.next(self.left).await.map_err(answer)?;
        drop(turn);
        let Some(hits) = found else {
            self.end.searched += searched(search);
            self.current = None;
            return Ok(Some(Vec::new()));
        };
        self.left -= hits.len();
        self.end.hits += hits.len() as u64;
        let total = self.is_single.then(|| search.range().end - search.range().start);
        let progress =
            SearchProgress { progress: true, searched: self.end.searched + searched(search), total, processes: self.end.processes };
        let hits = hits.into_iter().map(|hit| SearchLine::Hit(answer_hit(*id, hit)));
        Ok(Some(hits.chain(self.tells_progress.then_some(SearchLine::Progress(progress))).collect()))
    }

    /// Whether there is something left to search.
    async fn has_more(&mut self) -> Result<bool, ApiError> {
        if self.current.is_none() && self.next.is_empty() {
            self.list_more().await?;
        }
        Ok(self.current.is_some() || !self.next.is_empty())
    }

    /// Lists the next processes, if there are more.
    async fn list_more(&mut self) -> Result<(), ApiError> {
        if let Some((scope, filter)) = self.more.take() {
            let page = self.engine.list_within(scope.clone(), filter.clone()).await.map_err(answer)?;
            self.next.extend(page.processes);
            self.more = page.next.map(|next| (scope, ProcessFilter { before: Some(next), ..filter }));
        }
        Ok(())
    }

    /// Begins with the next process. One that was removed meanwhile, or that has printed nothing, is passed over.
    async fn open_next(&mut self) -> Result<(), ApiError> {
        let Some(process) = self.next.pop_front() else { return Ok(()) };
        if !process.state.is_active() && process.output.start == process.output.end {
            return Ok(());
        }
        match self.engine.search(process.id, self.pattern.clone(), self.from, LINE_BYTES).await {
            Ok(search) => {
                self.end.processes += 1;
                self.current = Some((process.id, search));
                Ok(())
            }
            Err(EngineError::NotFound(_)) => Ok(()),
            Err(error) => Err(answer(error)),
        }
    }
}

/// Bytes of output that were searched.
fn searched(search: &Search) -> u64 {
    search.position().saturating_sub(search.range().start)
}

fn answer_hit(id: Uuid, hit: Hit) -> SearchHit {
    SearchHit {
        id,
        line: hit.line,
        offset: hit.offset,
        time: hit.time_us.and_then(|time| u64::try_from(time).ok()).map(Timestamp::from_micros),
        stream: hit.stream,
        text: hit.text,
        ranges: hit.ranges,
        cut: hit.is_cut,
    }
}

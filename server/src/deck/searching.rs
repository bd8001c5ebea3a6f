//! A search while it goes on.

use super::{answer, turns::Turns};
use execdeck_engine::{Engine, Error as EngineError, Hit, Pattern, Scope, Search};
use execdeck_wire::{
    ApiError, Counts, Process, ProcessFilter, SearchEnd, SearchHit, SearchLine, SearchProgress, SearchedProcess, StateFilter, Timestamp,
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The longest text of a hit, in bytes.
const LINE_BYTES: usize = 64 << 10;
/// So many processes are listed at a time.
const LISTED: u32 = 100;
/// While nothing is found, it is said this often how far the search has come.
const PROGRESS: Duration = Duration::from_millis(100);

/// A search, of one process or of many, the newest first.
pub struct Searching {
    engine: Engine,
    turns: Turns,
    pattern: Pattern,
    from: i64,
    left: usize,
    per_process: usize,
    tells_progress: bool,
    /// The one that is being searched.
    current: Option<Current>,
    /// Whether many are searched.
    is_of_many: bool,
    next: VecDeque<Process>,
    /// How many there are that were not listed yet, if that is known.
    unlisted: Option<u64>,
    /// Where to find more processes.
    more: Option<(Scope, ProcessFilter)>,
    end: SearchEnd,
    /// When it was last said how far it has come.
    told: Instant,
    is_over: bool,
}

/// How many hits are wanted.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub all: usize,
    pub per_process: usize,
}

/// The process that is being searched.
struct Current {
    id: Uuid,
    /// So many of its hits are still wanted.
    left: usize,
    /// What hits say of it.
    process: Option<SearchedProcess>,
    search: Search,
}

impl Searching {
    /// A search of nothing yet. `from`: the number of the first line; negative, it counts from the end.
    pub(super) fn new(engine: Engine, turns: Turns, pattern: Pattern, from: i64, limits: Limits, tells_progress: bool) -> Self {
        Self {
            engine,
            turns,
            pattern,
            from,
            left: limits.all,
            per_process: limits.per_process,
            tells_progress,
            current: None,
            is_of_many: false,
            next: VecDeque::new(),
            unlisted: None,
            more: None,
            end: SearchEnd { done: true, ..SearchEnd::default() },
            told: Instant::now(),
            is_over: false,
        }
    }

    /// Of the output of one process.
    pub(super) async fn of_one(mut self, id: Uuid) -> Result<Self, EngineError> {
        let search = self.engine.search(id, self.pattern.clone(), self.from, LINE_BYTES).await?;
        self.end.processes = 1;
        self.current = Some(Current { id, left: self.left, process: None, search });
        Ok(self)
    }

    /// Of the output of all processes that the scope and the filter let through.
    pub(super) async fn of_many(mut self, scope: Scope, filter: ProcessFilter) -> Result<Self, ApiError> {
        self.is_of_many = true;
        self.more = Some((scope, ProcessFilter { limit: Some(LISTED), ..filter }));
        self.list_more().await?;
        Ok(self)
    }

    /// The next lines of the answer, perhaps none; `None` after the last one. Cannot be cancelled: an error follows then.
    pub async fn next(&mut self) -> Result<Option<Vec<SearchLine>>, ApiError> {
        if self.is_over {
            return Ok(None);
        }
        if self.left == 0 || !self.has_more().await? {
            self.is_over = true;
            self.end.limited = self.left == 0;
            self.end.searched += self.current.as_ref().map_or(0, |current| searched(&current.search));
            return Ok(Some(vec![SearchLine::End(self.end.clone())]));
        }
        let Some(Current { id, left, process, search }) = &mut self.current else {
            return self.open_next().await.map(|()| Some(Vec::new()));
        };
        let turn = self.turns.next().await;
        // One more than are wanted of it tells that there are more.
        let found = search.next(self.left.min(*left + 1), turn).await.map_err(answer)?;
        let Some(mut hits) = found else {
            self.end.searched += searched(search);
            self.current = None;
            let progress = (self.tells_progress && self.told.elapsed() >= PROGRESS).then(|| self.progress());
            return Ok(Some(progress.into_iter().collect()));
        };
        let is_cut = *left < hits.len();
        hits.truncate(*left);
        *left -= hits.len();
        self.left -= hits.len();
        self.end.hits += hits.len() as u64;
        let mut lines: Vec<_> = hits.into_iter().map(|hit| SearchLine::Hit(answer_hit(*id, process.clone(), hit))).collect();
        if is_cut {
            self.end.cut.push(*id);
            self.end.searched += searched(search);
            self.current = None;
        }
        if self.tells_progress {
            lines.push(self.progress());
        }
        Ok(Some(lines))
    }

    /// How far it has come.
    fn progress(&mut self) -> SearchLine {
        self.told = Instant::now();
        let search = self.current.as_ref().map(|current| &current.search);
        let total = search.filter(|_| !self.is_of_many).map(|search| search.range().end - search.range().start);
        let processes = self.end.processes;
        let of = self.unlisted.filter(|_| self.is_of_many).map(|unlisted| processes + self.next.len() as u64 + unlisted);
        let searched = self.end.searched + search.map_or(0, searched);
        SearchLine::Progress(SearchProgress { progress: true, searched, total, processes, of })
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
            let listed = page.processes.len() as u64;
            let unlisted = if filter.before.is_none() { counted(&filter, page.counts) } else { self.unlisted };
            self.unlisted = if page.next.is_none() { Some(0) } else { unlisted.map(|number| number.saturating_sub(listed)) };
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
                self.current = Some(Current { id: process.id, left: self.per_process, process: Some((&process).into()), search });
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

/// How many processes a filter lets through, if the numbers of all of them say so.
fn counted(filter: &ProcessFilter, counts: Counts) -> Option<u64> {
    if filter.name.is_some() || filter.label.is_some() || filter.started_by.is_some() {
        return None;
    }
    match filter.state {
        None => Some(counts.active + counts.ended),
        Some(StateFilter::Active) => Some(counts.active),
        Some(StateFilter::Ended) => Some(counts.ended),
        Some(StateFilter::Unsuccessful) => Some(counts.unsuccessful),
        Some(StateFilter::Is(_)) => None,
    }
}

fn answer_hit(id: Uuid, process: Option<SearchedProcess>, hit: Hit) -> SearchHit {
    SearchHit {
        id,
        line: hit.line,
        offset: hit.offset,
        time: hit.time_us.and_then(|time| u64::try_from(time).ok()).map(Timestamp::from_micros),
        stream: hit.stream,
        text: hit.text,
        ranges: hit.ranges,
        cut: hit.is_cut,
        process,
    }
}

//! Output by lines.

use super::{Deck, answer, rights::require};
use execdeck_app::service::Caller;
use execdeck_engine::{LineLimits, LogLine};
use execdeck_wire::{ApiError, ErrorCode, Line, Lines, Right, Stream, Timestamp};
use uuid::Uuid;

/// When it is not said how many.
const DEFAULT_COUNT: usize = 1000;
const MAX_COUNT: usize = 10_000;
/// The longest text of a line, in bytes.
const LINE_BYTES: usize = 64 << 10;
/// No more lines in one answer once they have this many bytes.
const BYTES: usize = 4 << 20;

/// Which lines are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinesQuery {
    /// The number of the first one, from 1; negative, it counts from the end.
    pub from: Option<i64>,
    /// How many.
    pub count: Option<usize>,
    /// Only those of this stream.
    pub stream: Option<Stream>,
    /// Only those before the one of this number.
    pub before: Option<u64>,
}

impl Deck {
    /// Lines of the output of a process.
    pub async fn lines(&self, caller: &Caller, id: Uuid, query: LinesQuery) -> Result<Lines, ApiError> {
        let LinesQuery { from, count, stream, before } = query;
        let count = count.unwrap_or(DEFAULT_COUNT);
        if !(1..=MAX_COUNT).contains(&count) {
            let message = format!("count must be between 1 and {MAX_COUNT}.");
            return Err(ApiError { field: Some("count".into()), ..ApiError::new(ErrorCode::BadRequest, message) });
        }
        let act = self.act(caller, "read_output").on(id);
        self.require_covered(&act, id).await?;
        act.check(require(caller, Right::ReadOutput, "Reading the output of a process")).await?;
        let limits = LineLimits { stream, before: before.unwrap_or(u64::MAX), lines: count, line_bytes: LINE_BYTES, bytes: BYTES };
        let (found, total) = self.engine.lines(id, from.unwrap_or(1), limits).await.map_err(answer)?;
        Ok(Lines { lines: found.lines.into_iter().map(line).collect(), gaps: found.gaps, next: found.next, total })
    }
}

fn line(line: LogLine) -> Line {
    let text = line.bytes.strip_suffix(b"\r").filter(|_| !line.is_cut).unwrap_or(&line.bytes);
    Line {
        number: line.number,
        offset: line.offset,
        time: line.time_us.and_then(|time| u64::try_from(time).ok()).map(Timestamp::from_micros),
        stream: line.stream,
        text: String::from_utf8_lossy(text).into_owned(),
        cut: line.is_cut,
    }
}

//! Whether what Execdeck says of a process is what has happened to it.

use crate::load::{Kind, Order, RESTARTS};
use execdeck_wire::{Exit, Process, ProcessState};
use std::{collections::BTreeMap, fs, path::Path};
use uuid::Uuid;

/// What a process has noted of itself, outside of Execdeck.
pub struct Notes<'a> {
    folder: &'a Path,
    id: Uuid,
}

impl<'a> Notes<'a> {
    pub fn of(folder: &'a Path, id: Uuid) -> Self {
        Self { folder, id }
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(format!("{}.{name}", self.id))).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The process ids of its leaders.
    pub fn began(&self) -> Vec<String> {
        self.lines("began")
    }

    /// How it was about to end, such as `code 3`.
    fn end(&self) -> Option<String> {
        self.lines("end").pop()
    }

    /// The number of the last line that it has printed of a series for certain.
    fn printed(&self, series: &str) -> u64 {
        self.lines(series).pop().map_or(0, |last| last.parse().unwrap())
    }

    /// All processes that have begun.
    pub fn all(folder: &Path) -> Vec<Uuid> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter_map(|name| name.to_str()?.strip_suffix(".began")?.parse().ok()).collect()
    }
}

/// Compares a process that has ended, and its output, with its notes. `harmed`: its keeper was killed.
pub fn check(process: &Process, output: &[u8], notes: &Path, harmed: bool) -> Result<(), String> {
    let order = Order::of(&process.spec);
    let notes = Notes::of(notes, process.id);
    let text = std::str::from_utf8(output).map_err(|error| error.to_string())?;
    // The server may have been killed before it could start the keeper, or just as it did.
    let never_began = process.pid.is_none() && notes.began().is_empty() && order.kind != Kind::Missing;
    if order.kind == Kind::Restarted && !never_began {
        return check_attempts(process, text, &order, &notes, harmed);
    }
    let printed = read(text, process, &order)?;
    let interrupted = match process.state {
        ProcessState::Interrupted => harmed,
        ProcessState::Failed => never_began,
        _ => false,
    };
    if interrupted {
        if !matches!(process.exit, Some(Exit::Error(_))) {
            return Err(format!("nobody knows how it ended, and it says {:?}", process.exit));
        }
    } else {
        check_end(process, &order, &notes)?;
    }
    for (series, last) in &printed {
        if *last > notes.printed(series) + 1 {
            return Err(format!("line {last} of {series} was never printed"));
        }
    }
    if interrupted {
        return Ok(());
    }
    for series in ["out", "err", "a", "b", "c", "in"] {
        let (on_disk, certain) = (printed.get(series).copied().unwrap_or(0), notes.printed(series));
        if on_disk < certain {
            return Err(format!("line {certain} of {series} was printed, and the last one stored is {on_disk}"));
        }
    }
    let whole: &[(&str, u64)] = match order.kind {
        Kind::Pipes => &[("out", order.lines), ("err", order.lines / 2)],
        Kind::Terminal | Kind::Signal => &[("out", order.lines)],
        Kind::Quick => &[("out", 1)],
        Kind::Tree => &[("a", order.lines), ("b", order.lines), ("c", order.lines)],
        _ => &[],
    };
    match whole.iter().find(|(series, lines)| printed.get(series) != Some(lines)) {
        Some((series, lines)) => Err(format!("it printed {lines} lines of {series}, and {:?} are stored", printed.get(series))),
        None => Ok(()),
    }
}

/// The same for a process that was started again: each attempt has its process id, its exit and its part of the output, and what is
/// between them are marks.
fn check_attempts(process: &Process, text: &str, order: &Order, notes: &Notes, harmed: bool) -> Result<(), String> {
    let began = notes.began();
    let pids: Vec<_> = process.attempts.iter().map(|attempt| attempt.pid.unwrap_or_default().to_string()).collect();
    let interrupted = process.state == ProcessState::Interrupted && harmed;
    if !began.starts_with(&pids) || (!interrupted && began != pids) {
        return Err(format!("it began as {began:?}, and has the attempts {pids:?}"));
    }
    let whole = process.attempts.len() - usize::from(interrupted && !pids.is_empty());
    let mut between = 0;
    for attempt in &process.attempts[..whole] {
        let (start, end) = (attempt.output.start as usize, attempt.output.end as usize);
        let (Some(mark), Some(part)) = (text.get(between..start), text.get(start..end)) else {
            return Err(format!("an attempt has {start}..{end} of {} bytes", text.len()));
        };
        if !mark.lines().all(|line| line.starts_with("[execdeck] ")) {
            return Err(format!("between two attempts: {mark:?}"));
        }
        let printed = read(part, process, order)?;
        if printed.get("out") != Some(&order.lines) || attempt.exit != Some(Exit::Code(order.code)) {
            return Err(format!("an attempt printed {printed:?} and ended by {:?}", attempt.exit));
        }
        between = end;
    }
    let (restarts, ended) = (process.restarts as usize, (process.state, process.exit.as_ref()));
    let gave_up = process.gave_up && restarts == RESTARTS as usize && ended == (ProcessState::Exited, Some(&Exit::Code(order.code)));
    if interrupted || (gave_up && pids.len() == restarts + 1) { Ok(()) } else { Err(format!("it ended after {restarts} restarts")) }
}

/// The number of the last line of each series in an output, in which no line may be missing, changed or cut.
fn read<'a>(text: &'a str, process: &Process, order: &Order) -> Result<BTreeMap<&'a str, u64>, String> {
    let end = if order.kind == Kind::Terminal { "\r\n" } else { "\n" };
    let mut printed: BTreeMap<&str, u64> = BTreeMap::new();
    for line in text.split_inclusive('\n') {
        let words: Vec<&str> = line.strip_suffix(end).unwrap_or_default().split(' ').collect();
        let [id, series, number, sum] = *words.as_slice() else { return Err(format!("no whole line: {line:?}")) };
        let last = printed.entry(series).or_default();
        let number: u64 = number.parse().map_err(|_| format!("no number: {line:?}"))?;
        // What was typed may have got lost with the server that was to pass it on.
        let follows = if order.kind == Kind::Input { number > *last } else { number == *last + 1 };
        let right = ((number * 7919 + order.salt) % 65521).to_string();
        if id != process.id.to_string() || !follows || sum != right {
            return Err(format!("{line:?} after line {last}"));
        }
        *last = number;
    }
    Ok(printed)
}

/// Compares state, exit and process id with what the process has noted.
fn check_end(process: &Process, order: &Order, notes: &Notes) -> Result<(), String> {
    let began = notes.began();
    if order.kind == Kind::Missing {
        let told = process.state == ProcessState::Failed && matches!(process.exit, Some(Exit::Error(_))) && began.is_empty();
        return if told { Ok(()) } else { Err(format!("it cannot have been started: {began:?}")) };
    }
    if began != [process.pid.unwrap_or_default().to_string()] {
        return Err(format!("it began as {began:?}"));
    }
    // What is stopped before it has noted anything, or before its trap, ends by the signal.
    let end = notes.end().unwrap_or_else(|| "signal TERM".into());
    let expected = match end.split_once(' ') {
        Some(("code", code)) => (ProcessState::Exited, Exit::Code(code.parse().unwrap())),
        Some(("timeout", signal)) => (ProcessState::TimedOut, Exit::Signal(signal.into())),
        Some((_, signal)) => (ProcessState::Killed, Exit::Signal(signal.into())),
        None => return Err(format!("a note that nobody understands: {end}")),
    };
    if (process.state, process.exit.as_ref()) == (expected.0, Some(&expected.1)) { Ok(()) } else { Err(format!("it ended by {end}")) }
}

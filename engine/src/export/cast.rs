//! Output as a recording: [asciicast v3](https://docs.asciinema.org/manual/asciicast/v3/), a line of JSON for each event.

use super::gap_text;
use crate::{
    log::Piece,
    signal,
    sizes::{SizeChange, Sizes},
};
use execdeck_wire::{Exit, Process, Stream, TerminalSize};
use serde_json::{Value, json};

/// The terminal that output of pipes is shown in.
const COLS: u16 = 100;
const ROWS: u16 = 30;

/// What a shell exits with if it cannot start a command.
const NOT_STARTED: i32 = 126;

/// Writes events with their distances in time. What was read in the same moment is one event.
pub(super) struct CastWriter {
    header: Option<Value>,
    /// When the last event was, in microseconds since 1970.
    time_us: i64,
    /// The end of the last piece, of a character that has more bytes, for each stream.
    rests: [Vec<u8>; 3],
    exit: Option<String>,
    /// When the process ended, in microseconds since 1970.
    ended_us: Option<i64>,
    /// The sizes of the terminal that are yet to come.
    sizes: Sizes,
}

impl CastWriter {
    pub(super) fn new(process: &Process, mut sizes: Sizes) -> Self {
        let begin = process.started_at.unwrap_or(process.created_at).as_micros();
        let first = sizes.skip_to(0).or(process.terminal);
        let (cols, rows) = first.map_or((COLS, ROWS), |size| (size.cols, size.rows));
        let header = json!({
            "version": 3,
            "term": { "cols": cols, "rows": rows },
            "timestamp": begin / 1_000_000,
            "title": process.name,
        });
        let exit = process.exit.as_ref().map(|exit| match exit {
            Exit::Code(code) => code.to_string(),
            // As a shell would say it.
            Exit::Signal(signal) => signal::by_name(signal).map_or_else(|| signal.clone(), |signal| (128 + signal.as_raw()).to_string()),
            Exit::Error(_) => NOT_STARTED.to_string(),
        });
        let ended_us = process.ended_at.map(|end| end.as_micros() as i64);
        Self { header: Some(header), time_us: begin as i64, rests: Default::default(), exit, ended_us, sizes }
    }

    pub(super) fn write(&mut self, piece: Piece<'_>, out: &mut Vec<u8>) {
        match piece {
            Piece::Output { stream, offset, time_us, bytes } => {
                let (mut at, mut rest) = (offset, bytes);
                while let Some(change) = self.sizes.next_before(offset + bytes.len() as u64) {
                    let (before, after) = rest.split_at(change.offset.saturating_sub(at) as usize);
                    self.output(stream, time_us, before, out);
                    self.resize(change, out);
                    (at, rest) = (at.max(change.offset), after);
                }
                self.output(stream, time_us, rest, out);
            }
            Piece::Gap(gap) => self.event(None, "m", &gap_text(gap), out),
        }
    }

    fn output(&mut self, stream: Stream, time_us: Option<i64>, bytes: &[u8], out: &mut Vec<u8>) {
        let rest = &mut self.rests[stream as usize - 1];
        rest.extend_from_slice(bytes);
        let whole = whole_characters(rest);
        let mut text = String::from_utf8_lossy(&rest[..whole]).into_owned();
        rest.drain(..whole);
        // Pipes print line feeds alone.
        if stream != Stream::Terminal {
            text = text.replace('\n', "\r\n");
        }
        if !text.is_empty() {
            self.event(time_us, "o", &text, out);
        }
    }

    fn resize(&mut self, change: SizeChange, out: &mut Vec<u8>) {
        let TerminalSize { cols, rows } = change.size;
        self.event(Some(change.time_us), "r", &format!("{cols}x{rows}"), out);
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        while let Some(change) = self.sizes.next_before(u64::MAX) {
            self.resize(change, out);
        }
        for rest in std::mem::take(&mut self.rests) {
            if !rest.is_empty() {
                self.event(None, "o", &String::from_utf8_lossy(&rest), out);
            }
        }
        match self.exit.take() {
            Some(exit) => self.event(self.ended_us, "x", &exit, out),
            None => self.begin(out),
        }
    }

    fn event(&mut self, time_us: Option<i64>, kind: &str, data: &str, out: &mut Vec<u8>) {
        self.begin(out);
        // A clock that was set back takes nothing back.
        let time_us = time_us.unwrap_or(self.time_us).max(self.time_us);
        let passed = (time_us - self.time_us) as f64 / 1e6;
        self.time_us = time_us;
        push(&json!([passed, kind, data]), out);
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(header) = self.header.take() {
            push(&header, out);
        }
    }
}

fn push(line: &Value, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, line).expect("values are always valid JSON");
    out.push(b'\n');
}

/// How many bytes there are without a character at the end that has more bytes.
fn whole_characters(bytes: &[u8]) -> usize {
    let last = bytes.len() - bytes.len().min(3);
    match bytes[last..].utf8_chunks().last() {
        Some(chunk) if !chunk.invalid().is_empty() && may_continue(chunk.invalid()) => bytes.len() - chunk.invalid().len(),
        _ => bytes.len(),
    }
}

/// Whether bytes are the beginning of a character.
fn may_continue(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::new_process;
    use execdeck_wire::{GapReason, LineGap, ProcessSpec, Timestamp};
    use uuid::Uuid;

    const BEGIN: i64 = 1_790_000_000_000_000;

    fn process() -> Process {
        let spec = ProcessSpec { program: "top".into(), terminal: Some(TerminalSize { cols: 80, rows: 24 }), ..ProcessSpec::default() };
        Process {
            started_at: Some(Timestamp::from_micros(BEGIN as u64)),
            ended_at: Some(Timestamp::from_micros(BEGIN as u64 + 9_000_000)),
            exit: Some(Exit::Code(3)),
            ..new_process(Uuid::nil(), spec, "ada", None)
        }
    }

    fn lines(process: &Process, pieces: &[(Stream, i64, &[u8])]) -> Vec<Value> {
        let (mut writer, mut out) = (CastWriter::new(process, Sizes::default()), Vec::new());
        for (stream, after, bytes) in pieces {
            writer.write(Piece::Output { stream: *stream, offset: 0, time_us: Some(BEGIN + after), bytes }, &mut out);
        }
        writer.finish(&mut out);
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn events_have_the_time_since_the_last_one_and_whole_characters() {
        let pieces: [(Stream, i64, &[u8]); 4] = [
            (Stream::Terminal, 500_000, b"\x1b[1mgr\xc3"),
            (Stream::Terminal, 1_500_000, b"\xb6\xc3\x9fe\xff\n"),
            (Stream::Terminal, 1_000_000, b"back"),
            (Stream::Terminal, 2_000_000, b"\xf0\x9f"),
        ];
        let lines = lines(&process(), &pieces);
        let header = json!({ "version": 3, "term": { "cols": 80, "rows": 24 }, "timestamp": 1_790_000_000, "title": "top" });
        let events = [
            json!([0.5, "o", "\u{1b}[1mgr"]),
            json!([1.0, "o", "\u{f6}\u{df}e\u{fffd}\n"]),
            json!([0.0, "o", "back"]),
            json!([0.0, "o", "\u{fffd}"]),
            json!([7.5, "x", "3"]),
        ];
        assert_eq!((&lines[0], &lines[1..]), (&header, &events[..]));
    }

    #[test]
    fn a_new_size_is_an_event_before_what_was_printed_for_it() {
        let change = |offset, after, cols| SizeChange { offset, time_us: BEGIN + after, size: TerminalSize { cols, rows: 30 } };
        let sizes = Sizes::from([change(0, 0, 80), change(3, 500_000, 100), change(50, 5_000_000, 132)]);
        let (mut writer, mut out) = (CastWriter::new(&process(), sizes), Vec::new());
        writer.write(Piece::Output { stream: Stream::Terminal, offset: 0, time_us: Some(BEGIN + 250_000), bytes: b"onetwo" }, &mut out);
        writer.finish(&mut out);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert!(text.contains(r#""term":{"cols":80,"rows":30}"#), "{text}");
        let expected = [r#"[0.25,"o","one"]"#, r#"[0.25,"r","100x30"]"#, r#"[0.0,"o","two"]"#, r#"[4.5,"r","132x30"]"#, r#"[4.0,"x","3"]"#];
        assert_eq!(lines, expected);
    }

    #[test]
    fn pipes_get_a_terminal_and_carriage_returns() {
        let piped = Process { terminal: None, exit: None, ..process() };
        let lines = lines(&piped, &[(Stream::Stdout, 0, b"one\n"), (Stream::Stderr, 0, b"two\n")]);
        assert_eq!(lines[0]["term"], json!({ "cols": 100, "rows": 30 }));
        assert_eq!(lines[1..], [json!([0.0, "o", "one\r\n"]), json!([0.0, "o", "two\r\n"])]);
    }

    #[test]
    fn nothing_is_still_a_recording_and_gaps_are_marks() {
        assert_eq!(lines(&Process { exit: None, ..process() }, &[]).len(), 1);
        let (mut writer, mut out) = (CastWriter::new(&process(), Sizes::default()), Vec::new());
        writer.write(Piece::Gap(LineGap { from: 0, to: 12, reason: GapReason::Retention }), &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().next_back(), Some(r#"[0.0,"m","12 bytes no longer stored"]"#));
    }
}

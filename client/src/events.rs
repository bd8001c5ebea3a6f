//! What happens to all processes: server-sent events.

use crate::{Client, ClientError, error::causes};
use execdeck_wire::{Health, Ping, Process};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{collections::VecDeque, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;

/// The server sends a ping after 20 seconds of silence. A connection that is silent for this long is dead.
const SILENCE: Duration = Duration::from_mins(1);
/// The longest line, in bytes.
const MAX_LINE: usize = 64 << 20;

/// Something has happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A process is new or has changed; long texts in its spec are cut short. Of two copies, the one with the higher `revision`
    /// is newer.
    Process(Box<Process>),
    /// A process was removed.
    Removed(Uuid),
    /// What is wrong with the server now: soon after the first event, and whenever it changes. Without `disk`.
    Health(Health),
    /// The first event, and one after 20 s of silence.
    Ping(Ping),
}

/// Events as they come.
pub struct Events {
    body: Incoming,
    parser: Parser,
    address: String,
}

impl Client {
    /// What happens from now on to the processes that the token may see. To know all of them, list them after this.
    pub async fn events(&self) -> Result<Events, ClientError> {
        let (address, response) = self.fetch("/api/events", &[("accept", "text/event-stream")]).await?;
        Ok(Events { body: response.into_body(), parser: Parser::default(), address })
    }
}

impl Events {
    /// The next event. `None` when the server ends them, because it stops, because the rights of the token have changed, or because
    /// events were lost: whoever goes on connects again, and lists the processes anew. Cancel-safe.
    pub async fn next(&mut self) -> Result<Option<Event>, ClientError> {
        let unreachable = |reason| ClientError::Unreachable { address: self.address.clone(), reason };
        loop {
            while let Some((name, data)) = self.parser.next() {
                let event = read(&name, &data);
                let nonsense =
                    |reason| ClientError::Protocol { address: self.address.clone(), reason: format!("an event cannot be read: {reason}") };
                if let Some(event) = event.map_err(nonsense)? {
                    return Ok(Some(event));
                }
            }
            let frame = match timeout(SILENCE, self.body.frame()).await {
                Ok(Some(frame)) => frame.map_err(|error| unreachable(causes(&error)))?,
                Ok(None) => return Ok(None),
                Err(_) => return Err(unreachable(format!("nothing was heard for {} seconds", SILENCE.as_secs()))),
            };
            if let Ok(bytes) = frame.into_data()
                && !self.parser.push(&bytes)
            {
                let reason = format!("an event is larger than {} MiB", MAX_LINE >> 20);
                return Err(ClientError::Protocol { address: self.address.clone(), reason });
            }
        }
    }
}

/// An event by its name and data; `None` for one of a newer server.
fn read(name: &str, data: &str) -> Result<Option<Event>, String> {
    let json = |error: serde_json::Error| error.to_string();
    match name {
        "process" => serde_json::from_str(data).map(|process| Some(Event::Process(process))).map_err(json),
        "ping" => serde_json::from_str(data).map(|ping| Some(Event::Ping(ping))).map_err(json),
        "health" => serde_json::from_str(data).map(|health| Some(Event::Health(health))).map_err(json),
        "removed" => data.parse().map(|id| Some(Event::Removed(id))).map_err(|error: uuid::Error| error.to_string()),
        _ => Ok(None),
    }
}

/// Reads the format of server-sent events, as far as Execdeck uses it (HTML Standard, section 9.2.6).
#[derive(Default)]
struct Parser {
    line: Vec<u8>,
    name: String,
    data: String,
    ready: VecDeque<(String, String)>,
}

impl Parser {
    /// Takes in bytes, wherever they are cut. Returns whether what is not complete yet is still small enough.
    fn push(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            self.take_line();
            rest = &rest[end + 1..];
        }
        self.line.extend_from_slice(rest);
        self.line.len() + self.data.len() <= MAX_LINE
    }

    fn take_line(&mut self) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let line = line.strip_suffix('\r').unwrap_or(&line);
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
                if !data.is_empty() {
                    self.ready.push_back((name, data));
                }
            }
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            _ => {}
        }
    }

    fn next(&mut self) -> Option<(String, String)> {
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_wherever_they_are_cut() {
        let text = ": comment\nevent: ping\ndata: {\ndata: é}\n\nevent: removed\r\ndata:x\r\n\r\nevent: none\n\ndata: unnamed\n\ndata: cut";
        for size in 1..text.len() {
            let mut parser = Parser::default();
            assert!(text.as_bytes().chunks(size).all(|part| parser.push(part)));
            let found: Vec<_> = std::iter::from_fn(|| parser.next()).collect();
            let expected = [("ping", "{\né}"), ("removed", "x"), ("", "unnamed")];
            assert_eq!(found, expected.map(|(name, data)| (name.to_owned(), data.to_owned())), "in parts of {size}");
        }
    }

    #[test]
    fn unknown_events_are_skipped_and_broken_ones_are_errors() {
        assert_eq!(read("usage", "{}"), Ok(None));
        assert_eq!(read("removed", &Uuid::nil().to_string()), Ok(Some(Event::Removed(Uuid::nil()))));
        assert!(read("removed", "x").is_err() && read("process", "{}").is_err());
    }
}

//! Searching output.

use crate::{Client, ClientError, error::causes};
use execdeck_wire::{SearchLine, Stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::Duration;
use tokio::time::timeout;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

/// The server says how far it has come much more often than this. A connection that is silent for this long is dead.
const SILENCE: Duration = Duration::from_mins(1);
/// The longest line, in bytes.
const MAX_LINE: usize = 4 << 20;

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    /// A text, or a regular expression in the syntax of Rust's `regex`.
    pub text: String,
    /// It is a regular expression.
    pub regex: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// Only lines of this stream.
    pub stream: Option<Stream>,
    /// The number of the first line, from 1; negative, it counts from the end.
    pub from: Option<i64>,
    /// How many hits; 1000 when absent, 10,000 at most.
    pub limit: Option<usize>,
    /// How many hits of each process, in a search of many; [`SearchEnd::cut`](execdeck_wire::SearchEnd::cut) names those that have more.
    pub per_process: Option<usize>,
}

/// What a search finds, as it is found. Dropping it ends the search.
pub struct Search {
    body: Incoming,
    received: Vec<u8>,
    is_over: bool,
    address: String,
}

impl Client {
    /// Searches the output of a process.
    pub async fn search(&self, id: Uuid, query: &SearchQuery) -> Result<Search, ClientError> {
        self.search_at(&format!("/api/processes/{id}/search"), query).await
    }

    /// Searches the output of all processes that the token may read, the newest process first.
    pub async fn search_all(&self, query: &SearchQuery) -> Result<Search, ClientError> {
        self.search_at("/api/search", query).await
    }

    async fn search_at(&self, path: &str, query: &SearchQuery) -> Result<Search, ClientError> {
        let (address, response) = self.fetch(&format!("{path}?{}", query.encode()), &[]).await?;
        Ok(Search { body: response.into_body(), received: Vec::new(), is_over: false, address })
    }
}

impl SearchQuery {
    fn encode(&self) -> String {
        let mut text = Serializer::new(String::new());
        text.append_pair("q", &self.text).append_pair("progress", "true");
        for (name, is_on) in [("regex", self.regex), ("ignore_case", self.ignore_case)] {
            if is_on {
                text.append_pair(name, "true");
            }
        }
        if let Some(stream) = self.stream {
            text.append_pair("stream", stream.as_str());
        }
        let number = |limit: Option<usize>| limit.map(|limit| limit.to_string());
        let numbers =
            [("from", self.from.map(|from| from.to_string())), ("limit", number(self.limit)), ("per_process", number(self.per_process))];
        for (name, number) in numbers {
            if let Some(number) = number {
                text.append_pair(name, &number);
            }
        }
        text.finish()
    }
}

impl Search {
    /// The next hit, how far the search has come, or its end; `None` after that. Fails with [`ClientError::Unreachable`] if the answer
    /// breaks off before. Cancel-safe.
    pub async fn next(&mut self) -> Result<Option<SearchLine>, ClientError> {
        let unreachable = |reason| ClientError::Unreachable { address: self.address.clone(), reason };
        let nonsense = |reason| ClientError::Protocol { address: self.address.clone(), reason };
        loop {
            if self.is_over {
                return Ok(None);
            }
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line = serde_json::from_slice(&self.received[..end]);
                self.received.drain(..=end);
                let line = line.map_err(|error| nonsense(format!("a line of the answer cannot be read: {error}")))?;
                self.is_over = matches!(line, SearchLine::End(_));
                return Ok(Some(line));
            }
            if self.received.len() > MAX_LINE {
                return Err(nonsense(format!("a line of the answer is larger than {} MiB", MAX_LINE >> 20)));
            }
            let frame = match timeout(SILENCE, self.body.frame()).await {
                Ok(Some(frame)) => frame.map_err(|error| unreachable(causes(&error)))?,
                Ok(None) => return Err(unreachable("the answer ended before the search".into())),
                Err(_) => return Err(unreachable(format!("nothing was heard for {} seconds", SILENCE.as_secs()))),
            };
            if let Ok(bytes) = frame.into_data() {
                self.received.extend_from_slice(&bytes);
            }
        }
    }
}

//! Stored output, as plain bytes.

use crate::{Client, ClientError, error::causes};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{
    ops::{Bound, RangeBounds},
    time::Duration,
};
use tokio::time::timeout;
use uuid::Uuid;

/// The server sends what is stored and waits for nothing. A connection that is silent for this long is dead.
const SILENCE: Duration = Duration::from_mins(1);

/// Output on its way from the server.
pub struct Output {
    body: Incoming,
    start: u64,
    address: String,
}

impl Client {
    /// The output that a process has printed so far: all that is stored (`..`), from an absolute offset on (`100..`), or a range
    /// (`100..200`).
    ///
    /// What was removed at the beginning is skipped, and [`Output::start`] says so. A range that does not begin within what is
    /// stored is refused with [`ErrorCode::BadRequest`](crate::wire::ErrorCode::BadRequest); one that ends beyond it is cut.
    pub async fn output(&self, id: Uuid, range: impl RangeBounds<u64>) -> Result<Output, ClientError> {
        let (query, header) = request(range.start_bound(), range.end_bound())?;
        let headers: Vec<_> = header.as_deref().map(|range| ("range", range)).into_iter().collect();
        let (address, response) = self.fetch(&format!("/api/processes/{id}/output{query}"), &headers).await?;
        let start = response.headers().get("execdeck-output-start").and_then(|start| start.to_str().ok()?.parse().ok());
        match start {
            Some(start) => Ok(Output { body: response.into_body(), start, address }),
            None => Err(ClientError::Protocol { address, reason: "the answer does not say where the output begins".into() }),
        }
    }
}

impl Output {
    /// The absolute offset of the first byte.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The next bytes; `None` at the end. Fails with [`ClientError::Unreachable`] if the answer breaks off, as it does at a gap,
    /// or if nothing comes for a minute. Cancel-safe.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        let unreachable = |reason| ClientError::Unreachable { address: self.address.clone(), reason };
        loop {
            let frame = match timeout(SILENCE, self.body.frame()).await {
                Ok(Some(frame)) => frame.map_err(|error| unreachable(causes(&error)))?,
                Ok(None) => return Ok(None),
                Err(_) => return Err(unreachable(format!("nothing was heard for {} seconds", SILENCE.as_secs()))),
            };
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
    }

    /// All of the bytes that are left, in memory.
    pub async fn read_to_end(mut self) -> Result<Vec<u8>, ClientError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole)
    }
}

/// The query and the `Range` header that ask for a range.
fn request(start: Bound<&u64>, end: Bound<&u64>) -> Result<(String, Option<String>), ClientError> {
    let start = match start {
        Bound::Included(start) => Some(*start),
        Bound::Excluded(before) => Some(before.saturating_add(1)),
        Bound::Unbounded => None,
    };
    let end = match end {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => return Ok((start.map_or_else(String::new, |start| format!("?from={start}")), None)),
    };
    let start = start.unwrap_or(0);
    if start >= end {
        return Err(ClientError::Invalid(format!("there are no bytes in {start}..{end}")));
    }
    Ok((String::new(), Some(format!("bytes={start}-{}", end - 1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: impl RangeBounds<u64>) -> Result<(String, Option<String>), ClientError> {
        request(range.start_bound(), range.end_bound())
    }

    #[test]
    fn ranges_are_absolute_offsets() {
        assert_eq!(asked(..).unwrap(), (String::new(), None));
        assert_eq!(asked(7..).unwrap(), ("?from=7".into(), None));
        assert_eq!(asked(7..10).unwrap(), (String::new(), Some("bytes=7-9".into())));
        assert_eq!(asked(..=10).unwrap(), (String::new(), Some("bytes=0-10".into())));
        assert!(matches!(asked(7..7), Err(ClientError::Invalid(_))), "the server would ignore it and send everything");
    }
}

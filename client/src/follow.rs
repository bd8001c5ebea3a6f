//! A process's output to its end, whatever happens to the connection.

use crate::{Client, ClientError, Mode, ProcessStream, StartAt, stream::Received};
use bytes::Bytes;
use execdeck_wire::Frame;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// The pause before the first attempt to connect again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Follows a process until it has ended. When the connection breaks, because the server restarts for example, it connects
/// again and goes on at the byte that it has reached: every byte comes once and in order, or as part of a gap.
pub struct Follow {
    client: Client,
    id: Uuid,
    start: StartAt,
    stream: Option<ProcessStream>,
    /// Attempts since the last frame.
    attempts: u32,
    retry_at: Instant,
    /// Since when there is no connection.
    down_since: Option<Instant>,
    give_up_after: Option<Duration>,
    bytes: Bytes,
}

impl Client {
    /// Follows a process from there to its end. Fails if the server cannot be reached now; later it tries for as long as it takes,
    /// see [`Follow::give_up_after`].
    pub async fn follow(&self, id: Uuid, start: StartAt) -> Result<Follow, ClientError> {
        let stream = Some(self.stream(id, start, Mode::Full).await?);
        let client = self.clone();
        let retry_at = Instant::now();
        Ok(Follow { client, id, start, stream, attempts: 0, retry_at, down_since: None, give_up_after: None, bytes: Bytes::new() })
    }
}

impl Follow {
    /// Sets how long the server may be unreachable. Then [`next`](Self::next) fails with what went wrong last.
    #[must_use]
    pub fn give_up_after(mut self, time: Duration) -> Self {
        self.give_up_after = Some(time);
        self
    }

    /// The next frame, as [`ProcessStream::next`] returns it; after each new connection the process comes again. `None` after
    /// the end.
    ///
    /// Fails if trying again is of no use: the process was removed, the token is not valid any more. Cancel-safe.
    pub async fn next(&mut self) -> Result<Option<Frame<'_>>, ClientError> {
        let received = self.advance().await?;
        Ok(received.map(|received| received.lend(&mut self.bytes)))
    }

    /// Where the next output begins, for a [`StartAt::Offset`] of another time. `None` as long as there was no output after
    /// [`StartAt::Tail`].
    pub fn position(&self) -> Option<u64> {
        match self.start {
            StartAt::Offset(offset) => Some(offset),
            StartAt::Tail => None,
        }
    }

    async fn advance(&mut self) -> Result<Option<Received>, ClientError> {
        loop {
            let received = match &mut self.stream {
                Some(stream) => stream.advance().await,
                None => match self.connect().await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
            };
            match received {
                Ok(received) => {
                    (self.attempts, self.down_since) = (0, None);
                    if let Some(position) = self.stream.as_ref().and_then(ProcessStream::position) {
                        self.start = StartAt::Offset(position);
                    }
                    return Ok(received);
                }
                Err(error) => self.wait_after(error)?,
            }
        }
    }

    async fn connect(&mut self) -> Result<(), ClientError> {
        sleep_until(self.retry_at).await;
        self.stream = Some(self.client.stream(self.id, self.start, Mode::Full).await?);
        Ok(())
    }

    /// Says when to try again, if that is of any use.
    fn wait_after(&mut self, error: ClientError) -> Result<(), ClientError> {
        self.stream = None;
        let now = Instant::now();
        let down_for = now - *self.down_since.get_or_insert(now);
        if !error.is_temporary() || self.give_up_after.is_some_and(|most| down_for >= most) {
            return Err(error);
        }
        self.retry_at = now + pause(self.attempts);
        self.attempts += 1;
        Ok(())
    }
}

fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempts)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let pauses: Vec<_> = [0, 1, 2, 6, 7, 99].map(|attempts| pause(attempts).as_millis()).into();
        assert_eq!(pauses, [100, 200, 400, 6400, 10_000, 10_000]);
    }
}

//! What is asked of the outbox.

use super::{Store, StoreError, TellOf, writer::Write};
use execdeck_wire::{Process, Timestamp};
use rusqlite::{OptionalExtension, Row};
use tokio::sync::watch;

/// An end that somebody is yet to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Its place in the order in which ends were recorded. Never used twice.
    pub number: i64,
    /// When it was recorded.
    pub since: Timestamp,
}

impl Store {
    /// Sets which ends are entered from now on, also by those who open the database later and do not say.
    pub(crate) async fn tell_of(&self, tell_of: TellOf) -> Result<(), StoreError> {
        self.writer.write(Write::TellOf(tell_of)).await
    }

    /// Changes whenever an end was entered.
    pub(crate) fn untold_changes(&self) -> watch::Receiver<()> {
        self.writer.entered()
    }

    /// The ends after a number, oldest first.
    pub(crate) async fn untold(&self, after: i64) -> Result<Vec<Untold>, StoreError> {
        self.readers
            .run(move |connection| {
                let read = |row: &Row<'_>| {
                    let since = Timestamp::from_micros(row.get::<_, i64>(1)?.max(0) as u64);
                    Ok(Untold { number: row.get(0)?, since })
                };
                let mut statement = connection.prepare_cached("SELECT number, entered_at FROM outbox WHERE number > ? ORDER BY number")?;
                Ok(statement.query_map([after], read)?.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// A process as it had ended; `None` if its end does not wait any more.
    pub(crate) async fn untold_process(&self, number: i64) -> Result<Option<Process>, StoreError> {
        self.readers
            .run(move |connection| {
                let mut statement = connection.prepare_cached("SELECT process FROM outbox WHERE number = ?")?;
                let json: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
                Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
            })
            .await
    }

    /// Takes an end out, which somebody was told of.
    pub(crate) async fn told(&self, number: i64) -> Result<(), StoreError> {
        self.writer.write(Write::Told(number)).await
    }
}

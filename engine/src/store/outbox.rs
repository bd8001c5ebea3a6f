//! Ends of processes that somebody is yet to be told of. Each is entered in the transaction that records it, so that none is forgotten,
//! whatever happens next.

use super::StoreError;
use execdeck_wire::{Process, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// At most about so many wait. Of more, the oldest are given up.
const MAX_WAITING: i64 = 10_000;
/// After so many more that is looked at.
const LOOK_EVERY: i64 = 100;

/// Which ends are entered in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TellOf {
    /// None. Those that wait are forgotten.
    #[default]
    Nothing,
    /// All.
    Ends,
    /// Those that somebody should look at.
    Failures,
}

impl TellOf {
    const ALL: [Self; 3] = [Self::Nothing, Self::Ends, Self::Failures];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Ends => "ends",
            Self::Failures => "failures",
        }
    }

    fn includes(self, process: &Process) -> bool {
        match self {
            Self::Nothing => false,
            Self::Ends => true,
            Self::Failures => process.is_unsuccessful(),
        }
    }
}

/// Which ends are entered, as it was set last.
pub(super) fn tell_of(connection: &Connection) -> Result<TellOf, StoreError> {
    let set: Option<String> = connection.query_row("SELECT tell_of FROM outbox_of", [], |row| row.get(0)).optional()?;
    Ok(TellOf::ALL.into_iter().find(|tell_of| Some(tell_of.as_str()) == set.as_deref()).unwrap_or_default())
}

/// Sets which ends are entered.
pub(super) fn set_tell_of(connection: &Connection, tell_of: TellOf) -> Result<(), StoreError> {
    connection.execute("UPDATE outbox_of SET tell_of = ?1 WHERE tell_of <> ?1", [tell_of.as_str()])?;
    if tell_of == TellOf::Nothing {
        let forgotten = connection.execute("DELETE FROM outbox", [])?;
        if forgotten > 0 {
            tracing::warn!(forgotten, "nobody is to be told of ends of processes any more, so those that waited are forgotten");
        }
    }
    Ok(())
}

/// Enters the end of a process, if it is one of those. Returns whether it is.
pub(super) fn enter(connection: &Connection, tell_of: TellOf, process: &Process) -> Result<bool, StoreError> {
    if !tell_of.includes(process) {
        return Ok(false);
    }
    let mut shortened = process.clone();
    shortened.shorten();
    let sql = "INSERT INTO outbox (entered_at, process) VALUES (?, ?)";
    let values = params![Timestamp::now().as_micros() as i64, serde_json::to_string(&shortened)?];
    connection.prepare_cached(sql)?.execute(values)?;
    if connection.last_insert_rowid() % LOOK_EVERY == 0 {
        let sql = "DELETE FROM outbox WHERE number <= (SELECT number FROM outbox ORDER BY number DESC LIMIT 1 OFFSET ?)";
        let given_up = connection.execute(sql, [MAX_WAITING])?;
        if given_up > 0 {
            tracing::error!(given_up, "too many ends of processes wait until somebody is told of them; the oldest are given up");
        }
    }
    Ok(true)
}

/// Takes an end out.
pub(super) fn remove(connection: &Connection, number: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM outbox WHERE number = ?")?.execute([number])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::new_process;
    use execdeck_wire::{ProcessSpec, ProcessState};
    use uuid::Uuid;

    fn outbox() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("009_outbox.sql")).unwrap();
        connection
    }

    fn ended(state: ProcessState) -> Process {
        Process { state, ..new_process(Uuid::now_v7(), ProcessSpec::default(), "tester", None) }
    }

    fn count(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn only_the_ends_that_were_asked_for_are_entered() {
        let connection = outbox();
        assert_eq!(tell_of(&connection).unwrap(), TellOf::Nothing);
        for (asked, entered) in [(TellOf::Nothing, 0), (TellOf::Failures, 1), (TellOf::Ends, 3), (TellOf::Nothing, 0)] {
            set_tell_of(&connection, asked).unwrap();
            assert_eq!(tell_of(&connection).unwrap(), asked);
            for state in [ProcessState::Failed, ProcessState::Killed] {
                enter(&connection, asked, &ended(state)).unwrap();
            }
            assert_eq!(count(&connection), entered, "{asked:?}");
        }
    }

    #[test]
    fn the_oldest_are_given_up_before_they_are_too_many() {
        let connection = outbox();
        connection.execute_batch("BEGIN").unwrap();
        let process = ended(ProcessState::Failed);
        for _ in 0..MAX_WAITING + 2 * LOOK_EVERY {
            enter(&connection, TellOf::Ends, &process).unwrap();
        }
        let oldest: i64 = connection.query_row("SELECT min(number) FROM outbox", [], |row| row.get(0)).unwrap();
        assert_eq!((oldest, count(&connection)), (2 * LOOK_EVERY + 1, MAX_WAITING));
        // A number that is free again is not used for another end.
        connection.execute("DELETE FROM outbox", []).unwrap();
        enter(&connection, TellOf::Ends, &process).unwrap();
        assert_eq!(connection.last_insert_rowid(), MAX_WAITING + 2 * LOOK_EVERY + 1);
    }
}

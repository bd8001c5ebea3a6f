//! The chain: entries are added at its end, each in the transaction of whoever adds it.

use super::{
    draft::Draft,
    hash::{self, Hash},
    row::Row,
};
use rusqlite::{Connection, Transaction, params};

/// The last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Its number; 0 if there is none yet.
    pub seq: i64,
    pub hash: Hash,
}

/// The last entry, as the database says.
pub(super) fn head(connection: &Connection) -> Result<Head, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT seq, hash FROM audit_head")?;
    statement.query_row([], |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)? }))
}

/// Adds entries at the end; returns the number of the first one. The transaction has to be an immediate one, so that no other
/// program adds some meanwhile.
pub(super) fn append(transaction: &Transaction<'_>, drafts: impl IntoIterator<Item = Draft>) -> Result<i64, rusqlite::Error> {
    let mut head = head(transaction)?;
    let first = head.seq + 1;
    for draft in drafts {
        let mut row = Row::of(draft, head.seq + 1);
        let hash = hash::hash(&head.hash, &row);
        row.hash = hash.to_vec();
        row.insert(transaction)?;
        head = Head { seq: row.seq, hash };
        // After each row, which has to come after this one.
        let sql = "UPDATE audit_head SET seq = ?, hash = ?";
        transaction.prepare_cached(sql)?.execute(params![head.seq, head.hash])?;
    }
    Ok(first)
}

//! Removes the oldest entries. What remains begins with a cut, which says how many there were and what the last of them was; an
//! entry of the chain says the same, so that a cut is known to be the server's own.

use super::{Draft, chain::append, hash::Hash, hex::hex};
use execdeck_wire::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

/// The action of the entry that tells of a cut.
pub(super) const ACTION: &str = "remove_old_entries";
/// A day, in microseconds.
const DAY: u64 = 24 * 3600 * 1_000_000;
/// How many entries go at once, so that nobody has to wait for long.
const AT_ONCE: i64 = 5000;
/// The time of the last entry.
pub(super) fn newest(connection: &Connection) -> Option<Timestamp> {
    let time: Result<i64, _> = connection.query_row("SELECT time FROM audit ORDER BY seq DESC LIMIT 1", [], |row| row.get(0));
    time.ok().and_then(|time| u64::try_from(time).ok()).map(Timestamp::from_micros)
}

/// Removes entries that are older than so many days (0: none), some at a time. Returns whether there may be more of them.
pub(super) fn cut(transaction: &Transaction<'_>, keep_days: u64, now: Timestamp) -> Result<bool, rusqlite::Error> {
    if keep_days == 0 {
        return Ok(false);
    }
    let oldest = now.as_micros().saturating_sub(keep_days.saturating_mul(DAY)) as i64;
    // Only from the start: clocks are set, and the chain has to remain whole.
    let sql = "SELECT seq, hash FROM audit
               WHERE seq < ifnull((SELECT min(seq) FROM audit WHERE time >= ?1), (SELECT seq + 1 FROM audit_head))
                 AND seq < (SELECT min(seq) FROM audit) + ?2
               ORDER BY seq DESC LIMIT 1";
    let last: Option<(i64, Hash)> =
        transaction.query_row(sql, params![oldest, AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((seq, hash)) = last else { return Ok(false) };
    let entries: i64 = transaction.query_row("SELECT count(*) FROM audit WHERE seq <= ?", [seq], |row| row.get(0))?;
    let details = json!({ "up_to": seq, "hash": hex(&hash), "entries": entries, "keep_days": keep_days });
    append(transaction, [Draft::by_server(ACTION).with(details)])?;
    let sql = "INSERT INTO audit_cuts (seq, hash, time, entries) VALUES (?, ?, ?, ?)";
    transaction.execute(sql, params![seq, hash, now.as_micros() as i64, entries])?;
    transaction.execute("DELETE FROM audit WHERE seq <= ?", [seq])?;
    Ok(entries == AT_ONCE)
}

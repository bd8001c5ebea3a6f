//! What an entry's hash covers.

use super::row::Row;
use sha2::{Digest, Sha256};

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// The hash before the first entry.
pub(super) const NONE: Hash = [0; 32];

/// The hash of an entry: over that of the entry before, and the name, length and bytes of each column that is not NULL, in
/// this order. No two rows can be written as the same bytes, and a column that comes later changes no hash of old entries.
pub(super) fn hash(before: &Hash, row: &Row) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"execdeck audit 1\0");
    digest.update(before);
    let mut column = |name: &str, value: Option<&[u8]>| {
        if let Some(value) = value {
            digest.update(name.as_bytes());
            digest.update([0]);
            digest.update((value.len() as u64).to_le_bytes());
            digest.update(value);
        }
    };
    let number = |number: i64| number.to_string();
    let (count, of) = (row.count.map(number), row.of.map(number));
    let text = |text: &'_ Option<String>| text.clone().map(String::into_bytes);
    column("seq", Some(number(row.seq).as_bytes()));
    column("time", Some(number(row.time).as_bytes()));
    column("person", text(&row.person).as_deref());
    column("via", Some(row.via.as_bytes()));
    column("token", text(&row.token).as_deref());
    column("address", text(&row.address).as_deref());
    column("action", Some(row.action.as_bytes()));
    column("target", text(&row.target).as_deref());
    column("target_name", text(&row.target_name).as_deref());
    column("template", text(&row.template).as_deref());
    column("details", text(&row.details).as_deref());
    column("reason", text(&row.reason).as_deref());
    column("outcome", Some(row.outcome.as_bytes()));
    column("error", text(&row.error).as_deref());
    column("count", count.as_deref().map(str::as_bytes));
    column("of", of.as_deref().map(str::as_bytes));
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{super::hex::hex, *};

    fn row() -> Row {
        let text = |text: &str| Some(text.to_owned());
        Row {
            seq: 7,
            time: 1_795_532_400_000_042,
            person: text("ada"),
            via: "token".into(),
            token: text("ci"),
            address: text("192.0.2.1"),
            action: "kill_process".into(),
            target: text("id"),
            target_name: text("backup"),
            template: text("t"),
            details: text("{}"),
            reason: text("stuck"),
            outcome: "allowed".into(),
            error: text("none"),
            count: Some(2),
            of: Some(3),
            hash: vec![],
        }
    }

    /// Entries that are stored must stay valid in all versions to come.
    #[test]
    fn the_hash_of_an_entry_never_changes() {
        assert_eq!(hex(&hash(&NONE, &row())), "66d401c0455e63672adbea9470491fbf9374ab4022560daea618118d97fec4de");
        let bare = Row { seq: 1, time: 2, via: "server".into(), action: "start".into(), outcome: "allowed".into(), ..Row::default() };
        assert_eq!(hex(&hash(&NONE, &bare)), "c05ffc239ae7f0bdccd68afbc5bdee554f4d847f7e99e7fcb999d7db4b5b220d");
    }

    #[test]
    fn the_hash_covers_every_column_and_the_entry_before() {
        let original = hash(&NONE, &row());
        assert_ne!(hash(&[1; 32], &row()), original);
        let changes: [fn(&mut Row); 16] = [
            |row| row.seq = 8,
            |row| row.time += 1,
            |row| row.person = None,
            |row| row.via = "session".into(),
            |row| row.token = None,
            |row| row.address = Some("192.0.2.2".into()),
            |row| row.action.push('x'),
            |row| row.target = None,
            |row| row.target_name = Some(String::new()),
            |row| row.template = None,
            |row| row.details = Some("{ }".into()),
            |row| row.reason = None,
            |row| row.outcome = "refused".into(),
            |row| row.error = None,
            |row| row.count = None,
            |row| row.of = Some(2),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut other = row();
            change(&mut other);
            assert_ne!(hash(&NONE, &other), original, "{number}");
        }
        // What moves from one column to the next is a change, too.
        let moved = Row { target: Some("idbackup".into()), target_name: Some(String::new()), ..row() };
        assert_ne!(hash(&NONE, &moved), original);
    }
}

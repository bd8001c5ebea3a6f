//! Finding words in a long history: by an index of all sequences of three characters (FTS5, "trigram").

use super::StoreError;
use execdeck_wire::ProcessFilter;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Narrows a list to what the index has. The parameter is an [`expression`].
pub(super) const INDEXED: &str = "id IN (SELECT id FROM search_rows WHERE number IN (SELECT rowid FROM search WHERE search MATCH ? \
    UNION ALL SELECT number FROM search_new))";
/// So many of the newest processes are looked through first: a word that many have is found among them.
const NEWEST: u32 = 500;
/// A sequence that fewer have is rare.
const RARE: u32 = 2000;
/// The index is asked for so many sequences at most: few are left after these, and all of them are compared.
const MAX_SEQUENCES: usize = 60;
/// So many processes are entered into the index, or taken out of it, at a time.
const AT_A_TIME: u32 = 256;

/// What is looked for, as it is in the search text.
pub(super) fn words(filter: &ProcessFilter) -> impl Iterator<Item = String> {
    filter.name.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase)
}

/// What the index is asked for; `None` if it knows none of the words, which are too short.
pub(super) fn expression(filter: &ProcessFilter) -> Option<String> {
    let mut sequences = BTreeSet::new();
    for word in words(filter).filter(|word| !word.contains('\0')) {
        let letters: Vec<char> = word.chars().take(MAX_SEQUENCES).collect();
        sequences.extend(letters.windows(3).map(|three| three.iter().collect::<String>()));
    }
    let quoted: Vec<_> = sequences.iter().take(MAX_SEQUENCES).map(|three| format!("\"{}\"", three.replace('"', "\"\""))).collect();
    Some(quoted.join(" AND ")).filter(|expression| !expression.is_empty())
}

/// The id behind which the index is worth asking; `None` in a short history.
pub(super) fn newest(connection: &Connection, before: Option<Uuid>) -> Result<Option<String>, StoreError> {
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let mut statement = connection.prepare_cached("SELECT id FROM processes WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?")?;
    Ok(statement.query_row(params![before, NEWEST], |row| row.get(0)).optional()?)
}

/// Whether so few processes have these sequences that looking at each of them is quicker than going through the history, in which those
/// that many have are soon found.
pub(super) fn is_rare(connection: &Connection, expression: &str) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM (SELECT rowid FROM search WHERE search MATCH ? LIMIT ?)";
    Ok(connection.prepare_cached(sql)?.query_row(params![expression, RARE], |row| row.get::<_, u32>(0))? < RARE)
}

/// Enters some new processes into the index and takes some removed ones out. Returns whether there are more. If it fails, such as on
/// a full disk, it is done later, and nobody misses it: what is not in the index yet is compared.
pub(super) fn update(connection: &Connection) -> bool {
    try_update(connection).unwrap_or_else(|error| {
        tracing::debug!(%error, "the search index could not be brought up to date yet");
        false
    })
}

fn try_update(connection: &Connection) -> Result<bool, StoreError> {
    let waiting = "SELECT 1 FROM search_new UNION ALL SELECT 1 FROM search_gone";
    if !connection.prepare_cached(waiting)?.exists([])? {
        return Ok(false);
    }
    // Nothing here must survive a power cut: it is made up for.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let some = |table: &str| format!("SELECT number FROM {table} ORDER BY number LIMIT {AT_A_TIME}");
    let (new, gone) = (some("search_new"), some("search_gone"));
    transaction.execute_batch(&format!(
        "INSERT INTO search (rowid, search_text) SELECT number, search_text FROM search_rows JOIN processes USING (id) WHERE number IN ({new});
         DELETE FROM search_new WHERE number IN ({new});
         DELETE FROM search WHERE rowid IN ({gone});
         DELETE FROM search_gone WHERE number IN ({gone});"
    ))?;
    transaction.commit()?;
    Ok(connection.prepare_cached(waiting)?.exists([])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_three_characters_or_more_are_asked_of_the_index() {
        let of = |name: &str| expression(&ProcessFilter { name: Some(name.to_owned()), ..ProcessFilter::default() });
        assert_eq!(of("ab  ü "), None);
        assert_eq!(of("ab ABCD").as_deref(), Some("\"abc\" AND \"bcd\""));
        assert_eq!(of("a\"b").as_deref(), Some("\"a\"\"b\""));
        assert_eq!(of("Ünï").as_deref(), Some("\"ünï\""));
        assert_eq!(of(&"0123456789".repeat(1000)).unwrap().matches("AND").count(), 9);
    }
}

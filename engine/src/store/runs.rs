//! The latest processes of one name.

use super::{StoreError, list::scope_condition};
use crate::scope::Scope;
use execdeck_wire::Run;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

/// Of a name that many processes have, so many are looked through at most for those that exist for a caller.
const LOOKED_THROUGH: usize = 200;

/// The processes with the name of each of these, itself and those before it, newest first, at most so many. What does not exist
/// for the caller is not among them; if that holds for the process itself, there are none.
pub(super) fn last_runs(connection: &Connection, scope: &Scope, ids: &[Uuid], most: usize) -> Result<Vec<(Uuid, Vec<Run>)>, StoreError> {
    let (condition, values) = scope_condition(scope);
    let looked_through = if *scope == Scope::All { most } else { LOOKED_THROUGH };
    let sql = format!(
        "SELECT id, process, outcome FROM processes WHERE id IN (
           SELECT id FROM processes WHERE name = (SELECT name FROM processes WHERE id = ?) AND id <= ? ORDER BY id DESC LIMIT {looked_through}
         ) AND {condition} ORDER BY id DESC LIMIT {most}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut of = |id: &Uuid| {
        let values = [id.to_string(), id.to_string()].into_iter().chain(values.iter().cloned());
        let mut rows = statement.query(params_from_iter(values))?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            // What cannot be read is in the list, and says so there.
            if let Ok(run) = serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default()) {
                runs.push(Run { unsuccessful: row.get_ref(2)?.as_str() == Ok("unsuccessful"), ..run });
            }
        }
        let exists = runs.first().is_some_and(|run| run.id == *id);
        Ok((*id, if exists { runs } else { Vec::new() }))
    };
    ids.iter().map(&mut of).collect()
}

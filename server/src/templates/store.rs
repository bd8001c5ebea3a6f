//! Templates as rows.

use super::{
    check::{Checked, masked, tidy},
    error::{TemplateError, wrong},
    sealing::{Resealed, Sealing, SealingError},
};
use execdeck_wire::{ApiError, ErrorCode, MASK, Template, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most templates that are kept.
const MAX_TEMPLATES: i64 = 1000;

/// What a save does if there is no template with its id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It fails: the template was removed meanwhile.
    Fail,
    /// It creates the template with that id.
    Create,
}

/// Ties what is sealed to its row.
fn context(id: Uuid) -> String {
    format!("template {id} secret_env")
}

fn read(row: &Row<'_>) -> Result<Template, rusqlite::Error> {
    let json: String = row.get("template")?;
    let read: Result<Template, _> = serde_json::from_str(&json);
    let mut template = read.map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?;
    template.spec.limits.raise_output();
    Ok(template)
}

/// All of them, by name, their secrets masked. One that cannot be read is left out.
pub(super) fn all(connection: &Connection) -> Result<Vec<Template>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT id, template FROM templates ORDER BY name_key")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>("id")?, read(row))))?;
    let mut templates = Vec::new();
    for row in rows {
        match row? {
            (_, Ok(template)) => templates.push(template),
            (id, Err(error)) => tracing::error!(id, %error, "a template cannot be read"),
        }
    }
    Ok(templates)
}

/// One of them, its secrets masked.
pub(super) fn find(connection: &Connection, id: Uuid) -> Result<Option<Template>, rusqlite::Error> {
    connection.prepare_cached("SELECT template FROM templates WHERE id = ?")?.query_row([id.to_string()], read).optional()
}

/// The values of `secret_env` of a template.
pub(super) fn secrets(connection: &Connection, sealing: &dyn Sealing, id: Uuid) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut statement = connection.prepare_cached("SELECT sealed FROM templates WHERE id = ?")?;
    let sealed = statement.query_row([id.to_string()], |row| row.get::<_, Option<Vec<u8>>>(0)).optional()?.flatten();
    let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
    let json = match sealing.unseal(&sealed, &context(id)) {
        Err(SealingError::Unreadable(error)) => {
            tracing::error!(%id, error, "the secrets of a template cannot be read");
            let message = "The secrets of this template cannot be read: they were stored under another key, or changed. Put the earlier \
                secret.key back, or enter them again.";
            return Err(ApiError::new(ErrorCode::Conflict, message).into());
        }
        json => json?,
    };
    serde_json::from_slice(&json).map_err(|error| SealingError::Failed(error.to_string()).into())
}

/// Saves a template that is valid; returns it with its secrets masked.
pub(super) fn save(
    transaction: &Transaction<'_>,
    sealing: &dyn Sealing,
    by: Option<&str>,
    mut template: Template,
    missing: Missing,
) -> Result<Template, TemplateError> {
    tidy(&mut template);
    let old = template.id.map(|id| find(transaction, id)).transpose()?.flatten();
    match (&old, template.id) {
        (None, Some(id)) if missing == Missing::Fail => return Err(not_found(id).into()),
        (Some(old), _) if template.revision.is_some_and(|revision| Some(revision) != old.revision) => return Err(changed(old).into()),
        _ => {}
    }
    unmask(transaction, sealing, &mut template, old.is_some())?;
    Checked::new(&template)?;
    let id = template.id.unwrap_or_else(Uuid::now_v7);
    let key = template.name.to_lowercase();
    let taken = "SELECT count(*) FROM templates WHERE name_key = ? AND id <> ?";
    if transaction.prepare_cached(taken)?.query_row(params![key, id.to_string()], |row| row.get::<_, i64>(0))? > 0 {
        let message = format!("There is already a template named “{}”.", template.name);
        return Err(ApiError { field: Some("name".into()), ..ApiError::new(ErrorCode::Conflict, message) }.into());
    }
    let number = transaction.query_row("SELECT count(*) FROM templates", [], |row| row.get::<_, i64>(0))?;
    if old.is_none() && number >= MAX_TEMPLATES {
        return Err(ApiError::new(ErrorCode::LimitReached, format!("There can be at most {MAX_TEMPLATES} templates.")).into());
    }
    template.id = Some(id);
    template.revision = Some(old.and_then(|old| old.revision).unwrap_or_default() + 1);
    template.saved_at = Some(Timestamp::now());
    template.saved_by = by.map(str::to_owned);
    write(transaction, sealing, id, &key, &template)
}

fn write(
    transaction: &Transaction<'_>,
    sealing: &dyn Sealing,
    id: Uuid,
    key: &str,
    template: &Template,
) -> Result<Template, TemplateError> {
    let secrets = &template.spec.secret_env;
    let json = serde_json::to_vec(secrets).expect("texts are JSON");
    let sealed = if secrets.is_empty() { None } else { Some(sealing.seal(&json, &context(id))?) };
    let masked = masked(template);
    let sql = "INSERT INTO templates (id, name_key, revision, template, sealed) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET name_key = excluded.name_key, revision = excluded.revision,
               template = excluded.template, sealed = excluded.sealed";
    let json = serde_json::to_string(&masked).expect("wire types are JSON");
    let revision = template.revision.unwrap_or_default() as i64;
    transaction.prepare_cached(sql)?.execute(params![id.to_string(), key, revision, json, sealed])?;
    Ok(masked)
}

/// Puts stored secrets in the place of their masks.
fn unmask(connection: &Connection, sealing: &dyn Sealing, template: &mut Template, is_stored: bool) -> Result<(), TemplateError> {
    if !template.spec.has_masked_secrets() {
        return Ok(());
    }
    let stored = match template.id {
        Some(id) if is_stored => secrets(connection, sealing, id)?,
        _ => BTreeMap::new(),
    };
    for (name, value) in template.spec.secret_env.iter_mut().filter(|(_, value)| *value == MASK) {
        let Some(secret) = stored.get(name) else {
            return Err(wrong("spec.secret_env", format!("Enter the value of {name}: it is not stored here.")).into());
        };
        value.clone_from(secret);
    }
    Ok(())
}

/// Removes a template; whether there was one.
pub(super) fn remove(connection: &Connection, id: Uuid) -> Result<bool, rusqlite::Error> {
    Ok(connection.prepare_cached("DELETE FROM templates WHERE id = ?")?.execute([id.to_string()])? > 0)
}

/// Brings all secrets under the newest key.
pub(super) fn reseal(transaction: &Transaction<'_>, sealing: &dyn Sealing) -> Result<Resealed, TemplateError> {
    let mut done = Resealed::default();
    let mut statement = transaction.prepare("SELECT id, sealed FROM templates WHERE sealed IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    for row in rows.collect::<Result<Vec<_>, _>>()? {
        let (id, sealed) = row;
        match sealing.reseal(&sealed, &context(id.parse().unwrap_or_default())) {
            Ok(None) => {}
            Ok(Some(sealed)) => {
                transaction.execute("UPDATE templates SET sealed = ? WHERE id = ?", params![sealed, id])?;
                done.resealed += 1;
            }
            Err(SealingError::Unreadable(error)) => {
                tracing::warn!(id, error, "the secrets of a template cannot be read, and were left as they are");
                done.unreadable += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(done)
}

/// The same answer for a template that does not exist and for one that somebody may not see.
pub(super) fn not_found(id: Uuid) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("There is no template {id}. It may have been removed."))
}

fn changed(old: &Template) -> ApiError {
    let by = old.saved_by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    ApiError::new(ErrorCode::Conflict, format!("The template was changed meanwhile{by}. Load it again, and then make your changes."))
}

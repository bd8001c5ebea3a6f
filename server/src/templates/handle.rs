//! The handle on the stored templates.

use super::{
    error::TemplateError,
    sealing::{Resealed, Sealing},
    store::{self, Missing},
};
use crate::database::Database;
use execdeck_wire::{ApiError, Template};
use std::sync::Arc;
use uuid::Uuid;

/// The stored templates. Cheap to clone. Nothing is remembered between calls, so that changes by other programs count at once.
#[derive(Clone)]
pub struct Templates {
    database: Database,
    sealing: Arc<dyn Sealing>,
}

impl Templates {
    /// Uses the templates of this database.
    pub fn new(database: Database, sealing: Arc<dyn Sealing>) -> Self {
        Self { database, sealing }
    }

    /// All of them, by name, their secrets masked.
    pub async fn list(&self) -> Result<Vec<Template>, TemplateError> {
        self.database.read(|connection| store::all(connection).map_err(Into::into)).await
    }

    /// One of them, its secrets masked. An error if there is none.
    pub async fn get(&self, id: Uuid) -> Result<Template, TemplateError> {
        self.database.read(move |connection| store::find(connection, id)?.ok_or_else(|| store::not_found(id).into())).await
    }

    /// The same with its secrets, to start it.
    pub async fn get_with_secrets(&self, id: Uuid) -> Result<Template, TemplateError> {
        let sealing = self.sealing.clone();
        let read = self.database.read(move |connection| {
            // A change between the two reads must not mix two versions.
            let connection = connection.unchecked_transaction()?;
            let mut template = store::find(&connection, id)?.ok_or_else(|| store::not_found(id))?;
            template.spec.secret_env = store::secrets(&connection, &*sealing, id)?;
            Ok(template)
        });
        read.await
    }

    /// Creates a template, or replaces the one with its id; returns it with its secrets masked. `by`: who is on record.
    pub async fn save(&self, by: &str, template: Template) -> Result<Template, TemplateError> {
        let (sealing, by) = (self.sealing.clone(), by.to_owned());
        self.database.write(move |transaction| store::save(transaction, &*sealing, Some(&by), template, Missing::Fail)).await
    }

    /// Saves all of these templates or, if one of them cannot be saved, none. One with the id of a stored template replaces
    /// it. `by`: who is on record; `None` on the command line.
    pub async fn import(&self, by: Option<&str>, templates: Vec<Template>) -> Result<Vec<Template>, TemplateError> {
        let (sealing, by) = (self.sealing.clone(), by.map(str::to_owned));
        let write = self.database.write(move |transaction| {
            let saved = templates.into_iter().enumerate().map(|(at, template)| {
                let name = template.name.clone();
                let saved = store::save(transaction, &*sealing, by.as_deref(), template, Missing::Create);
                saved.map_err(|error| match error {
                    TemplateError::Refused(error) => in_file(error, at, &name).into(),
                    error => error,
                })
            });
            saved.collect()
        });
        write.await
    }

    /// Removes a template. An error if there is none.
    pub async fn remove(&self, id: Uuid) -> Result<(), TemplateError> {
        let write =
            self.database.write(move |transaction| if store::remove(transaction, id)? { Ok(()) } else { Err(store::not_found(id).into()) });
        write.await
    }

    /// Brings all secrets under the newest key.
    pub async fn reseal(&self) -> Result<Resealed, TemplateError> {
        let sealing = self.sealing.clone();
        self.database.write(move |transaction| store::reseal(transaction, &*sealing)).await
    }

    /// The answer for a template that does not exist, also to whoever may not see it.
    pub fn not_found(id: Uuid) -> ApiError {
        store::not_found(id)
    }
}

/// Says which template of a file is wrong.
fn in_file(error: ApiError, at: usize, name: &str) -> ApiError {
    let field = error.field.map_or_else(|| format!("templates.{at}"), |field| format!("templates.{at}.{field}"));
    ApiError { message: format!("Template {name:?}: {}", error.message), field: Some(field), ..error }
}

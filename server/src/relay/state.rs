//! What all handlers share.

use crate::{
    config::Server,
    listen::Shutdown,
    web::{Authenticate, OpenSocket, PerPerson, Signed},
};
use execdeck_client::Client;
use execdeck_wire::ApiError;
use std::sync::Arc;

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Remote {
    pub server: Arc<Server>,
    pub client: Client,
    pub application: Arc<dyn Authenticate>,
    pub per_person: Arc<PerPerson>,
    pub shutdown: Shutdown,
}

impl Remote {
    /// A place for one more stream of somebody.
    pub(super) fn open_socket(&self, signed: &Signed) -> Result<OpenSocket, ApiError> {
        self.per_person.socket(signed.0.person)
    }
}

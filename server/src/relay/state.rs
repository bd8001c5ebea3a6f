//! What all handlers share, and what they know of a request.

use crate::{access::Identity, config::Server, web::Authenticate};
use execdeck_client::Client;
use std::sync::Arc;

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Remote {
    pub server: Arc<Server>,
    pub client: Client,
    pub application: Arc<dyn Authenticate>,
}

/// Who has sent a request. Every handler but those of files has it.
#[derive(Clone)]
pub(super) struct Sender(pub Arc<Identity>);

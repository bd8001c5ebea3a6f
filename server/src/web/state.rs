//! The state shared by all handlers.

use super::{site, version};
use crate::{
    config::Config,
    deck::{Caller, Deck},
    listen::Shutdown,
};
use execdeck_app::{BasePath, LazyModules, ServerVersion, service::SharedService};
use leptos::{config::LeptosOptions, context::provide_context};
use std::sync::{Arc, atomic::AtomicU64};

/// The state shared by all handlers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AppState {
    pub deck: Deck,
    pub config: Arc<Config>,
    pub options: LeptosOptions,
    pub viewers: Arc<AtomicU64>,
    pub shutdown: Shutdown,
    lazy_modules: LazyModules,
    /// The only caller as long as there is no sign-in: the user who runs the server.
    operator: Caller,
}

impl axum::extract::FromRef<AppState> for LeptosOptions {
    fn from_ref(app: &AppState) -> Self {
        app.options.clone()
    }
}

impl AppState {
    pub(super) fn new(deck: Deck, config: Config, shutdown: Shutdown) -> Self {
        Self {
            deck,
            options: LeptosOptions::builder().output_name("execdeck").site_addr(config.server.address).build(),
            config: Arc::new(config),
            viewers: Arc::default(),
            shutdown,
            lazy_modules: site::lazy_modules(),
            operator: Caller { name: std::env::var("USER").unwrap_or_else(|_| "operator".into()) },
        }
    }

    /// Who is calling.
    pub(crate) fn caller(&self) -> Caller {
        self.operator.clone()
    }

    /// A path as browsers have to request it: below the base path.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.server.base_path)
    }

    /// Puts what server functions and pages need into the Leptos context.
    pub(crate) fn provide_to_leptos(&self) {
        provide_context::<SharedService>(Arc::new(self.deck.clone()));
        provide_context(self.caller());
        provide_context(BasePath(self.config.server.base_path.clone()));
        provide_context(ServerVersion(version::version().to_owned()));
        provide_context(self.lazy_modules.clone());
    }
}

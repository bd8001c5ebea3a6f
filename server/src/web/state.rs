//! The state shared by all handlers.

use super::{
    authenticate::Authenticate,
    form_memory::FormMemory,
    people::People,
    per_person::{OpenSocket, PerPerson},
    signed::{self, Signed},
    site, version,
};
use crate::{
    access::Cookies,
    config::Config,
    deck::Deck,
    listen::{ClientAddr, Shutdown},
};
use axum::http::request::Parts;
use execdeck_app::{
    BasePath, HasAccounts, LazyModules, ServerVersion,
    service::{FreeCommands, SharedPeople, SharedService, SharedTemplates},
};
use execdeck_wire::ApiError;
use leptos::{
    config::LeptosOptions,
    context::{provide_context, use_context},
};
use std::sync::{Arc, atomic::AtomicU64};

/// How people sign in.
#[derive(Clone)]
pub(crate) enum SignIn {
    /// With the accounts of this server.
    Accounts,
    /// By the host application.
    Application(Arc<dyn Authenticate>),
}

/// The state shared by all handlers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AppState {
    pub deck: Deck,
    pub config: Arc<Config>,
    pub options: LeptosOptions,
    pub viewers: Arc<AtomicU64>,
    pub per_person: Arc<PerPerson>,
    pub shutdown: Shutdown,
    pub(super) sign_in: SignIn,
    pub(super) forms: Arc<FormMemory>,
    lazy_modules: LazyModules,
    /// For browsers that speak HTTPS, and for those that do not.
    cookies: [Arc<Cookies>; 2],
}

impl AppState {
    pub(super) fn new(deck: Deck, config: Config, shutdown: Shutdown, sign_in: SignIn) -> Self {
        let cookies = [true, false].map(|https| Arc::new(Cookies::new(https, &config.server.base_path, config.server.address.port())));
        Self {
            deck,
            options: LeptosOptions::builder().output_name("execdeck").site_addr(config.server.address).build(),
            per_person: Arc::new(PerPerson::new(config.limits.clone())),
            config: Arc::new(config),
            viewers: Arc::default(),
            shutdown,
            sign_in,
            forms: Arc::default(),
            lazy_modules: site::lazy_modules(),
            cookies,
        }
    }

    /// The cookies of a client. Those of one that speaks HTTPS are never sent without it.
    pub(crate) fn cookies(&self, client: Option<ClientAddr>) -> Cookies {
        let [encrypted, plain] = &self.cookies;
        let cookies = if client.is_some_and(|client| client.https) { encrypted } else { plain };
        Cookies::clone(cookies)
    }

    /// A place for one more stream of somebody.
    pub(super) fn open_socket(&self, signed: &Signed) -> Result<OpenSocket, ApiError> {
        self.per_person.socket(signed.0.person).inspect_err(|_| self.deck.count_over_limit(&signed.caller()))
    }

    /// A path as browsers have to request it: below the base path.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.server.base_path)
    }

    /// Puts what server functions and pages need into the Leptos context, which has the request in it.
    pub(crate) fn provide_to_leptos(&self) {
        provide_context::<SharedService>(Arc::new(self.deck.clone()));
        provide_context::<SharedTemplates>(Arc::new(self.deck.clone()));
        if let Some(parts) = use_context::<Parts>() {
            let signed = parts.extensions.get::<Signed>();
            if let Some(signed) = signed {
                let caller = signed.caller();
                provide_context(FreeCommands(self.deck.may_run_commands(&caller).is_ok()));
                provide_context(caller);
            }
            let address = parts.extensions.get().copied();
            let cookies = self.cookies(address);
            let client = signed::client(&self.config.server, &cookies, address, &parts.headers);
            let retry = parts.extensions.get().cloned().unwrap_or_default();
            let identity = signed.map(|signed| signed.0.clone());
            provide_context::<SharedPeople>(Arc::new(People { deck: self.deck.clone(), client, cookies, identity, retry }));
        }
        provide_context(HasAccounts(matches!(self.sign_in, SignIn::Accounts)));
        provide_context(BasePath(self.config.server.base_path.clone()));
        provide_context(ServerVersion(version::version().to_owned()));
        provide_context(self.lazy_modules.clone());
    }
}

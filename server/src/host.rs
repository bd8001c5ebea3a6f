//! Execdeck as a part of a host application: the one that nests its routes. [`serve`](crate::serve) is built from the same pieces.

use crate::{
    access::{self, Access},
    audit::{self, Audit, AuditError},
    config::{Config, ConfigError},
    data_folder::{FolderError, require_own},
    database::Database,
    deck::{Clock, Deck, EngineError, is_keeper_ready},
    listen::{FINISHING, Shutdown},
    oidc::OidcClient,
    templates,
    web::{self, Authenticate},
    webhook::{self, WebhookError},
};
use axum::Router;
use execdeck_wire::{ProblemCode, Timestamp};
use std::{sync::Arc, time::Instant};
use tokio::time::timeout;

/// Why Execdeck could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting does not fit, or contradicts another one.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder belongs to somebody else, or others may write to it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database of people, templates and the audit cannot be used.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The webhook cannot begin.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The data folder cannot be used, for example because another server uses it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// `main` does not begin with [`keep_if_asked`](crate::keep_if_asked).
    #[error(
        "each process is kept by this program, started again as `keep FOLDER`: call execdeck_server::keep_if_asked() first thing in \
         main, or every process would start the application once more"
    )]
    NoKeeper,
}

/// An open data folder, with every process in it that still runs. Cheap to clone; all clones are one.
///
/// # Example
/// ```no_run
/// use axum::{Router, http::request::Parts, routing::get};
/// use execdeck_server::{Answer, Authenticate, Config, Execdeck, User, keep_if_asked};
/// use execdeck_wire::Role;
/// use std::net::SocketAddr;
///
/// /// The application's own sign-in: here, whoever has its cookie is Ada.
/// struct SignIn;
///
/// impl Authenticate for SignIn {
///     fn authenticate<'a>(&'a self, request: &'a Parts) -> Answer<'a, Option<User>> {
///         let is_ada = request.headers.get("cookie").is_some_and(|cookie| cookie == "session=of-ada");
///         Box::pin(async move { Ok(is_ada.then(|| User::new("ada", Role::Admin))) })
///     }
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     keep_if_asked();
///     tokio::runtime::Runtime::new()?.block_on(async {
///         let execdeck = Execdeck::open(Config::below("/deck", "data/execdeck")).await?;
///         let app = Router::new()
///             .route("/", get(async || "The application"))
///             .nest(execdeck.base_path(), execdeck.router(SignIn));
///         let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
///         axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
///             .with_graceful_shutdown(async move {
///                 let _ = tokio::signal::ctrl_c().await;
///                 // Otherwise open streams would hold the server up.
///                 execdeck.close().await;
///             })
///             .await?;
///         Ok(())
///     })
/// }
/// ```
#[derive(Clone)]
pub struct Execdeck {
    deck: Deck,
    audit: Audit,
    config: Config,
    shutdown: Shutdown,
}

impl Execdeck {
    /// Opens the data folder of the configuration, creating it if necessary, and reattaches to the processes in it. Of the
    /// section `[server]`, an application uses `base_path`, `public_url` and `allowed_hosts`; it listens itself.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        config.check_mounted()?;
        if !is_keeper_ready() {
            return Err(OpenError::NoKeeper);
        }
        require_own(&config.data.folder)?;
        OpenDatabase::open(&config)?.reattach(None).await
    }

    /// The path below which the routes are to be nested: `server.base_path`.
    pub fn base_path(&self) -> &str {
        &self.config.server.base_path
    }

    /// All routes, for [`Router::nest`] below [`base_path`](Self::base_path): server functions, streams, events, output, pages and
    /// their files, behind the checks of Host and Origin, the application's sign-in, and limits. Serve the application with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, so that the audit has the address of who does what.
    pub fn router(&self, sign_in: impl Authenticate) -> Router {
        web::mounted(self.deck.clone(), self.config.clone(), self.shutdown.clone(), Arc::new(sign_in))
    }

    /// All routes for a server with accounts of its own, which are to be served as they are. [`serve`](crate::serve) also decides
    /// which addresses may be served, speaks HTTPS, and prints the link by which the first account is created.
    pub fn router_with_accounts(&self) -> Router {
        web::router(self.deck.clone(), self.config.clone(), self.shutdown.clone())
    }

    /// The calls, for the application's own code: each takes its caller, checks what they may do, and is on record. It is a
    /// [`ProcessService`](execdeck_app::service::ProcessService) and a
    /// [`TemplateService`](execdeck_app::service::TemplateService).
    pub fn deck(&self) -> &Deck {
        &self.deck
    }

    /// What tells streams to close, for [`serve_connections`](crate::listen::serve_connections).
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Closes all streams, and records the refusals that were counted so far. Call it when the server is told to stop, not after
    /// it has stopped: open event streams would hold it up. Processes keep running, and are there again when the folder is opened
    /// the next time.
    pub async fn close(&self) {
        self.shutdown.token.cancel();
        self.shutdown.sockets.close();
        let _ = timeout(FINISHING, self.shutdown.sockets.wait()).await;
        self.flush().await;
    }

    /// Records the refusals that were counted so far.
    pub async fn flush(&self) {
        let audit = self.audit.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || audit.flush()).await {
            tracing::error!(%error, "the refusals that were counted are not on record");
        }
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Says which address the server listens on, which is known late if the port is 0.
    pub fn listens_on(&mut self, address: std::net::SocketAddr) {
        self.config.server.address = address;
    }
}

/// The tables of `deck.db`, in the order in which they were added. Each migration runs once and is never changed after its release.
pub const MIGRATIONS: [&str; 6] = [
    access::MIGRATION,
    audit::MIGRATION,
    templates::MIGRATION,
    access::PROVIDER_MIGRATION,
    access::PASSKEYS_MIGRATION,
    audit::BY_NAME_MIGRATION,
];

/// People, templates and the audit, before anything is done with processes: what commands and the server share.
pub struct OpenDatabase {
    /// Who may do what.
    pub access: Access,
    /// What was done.
    pub audit: Audit,
    /// Where they are stored, with the templates.
    pub database: Database,
    config: Config,
}

impl OpenDatabase {
    /// Opens `deck.db`, creating the data folder if necessary.
    pub fn open(config: &Config) -> Result<Self, AuditError> {
        let database = Database::open(&config.data.folder, &MIGRATIONS)?;
        let audit = Audit::open(database.clone(), &config.data.folder, config.audit.clone())?;
        let access = Access::with_audit(database.clone(), config.access.clone(), audit.clone());
        Ok(Self { access, audit, database, config: config.clone() })
    }

    /// Opens the rest of the data folder and reattaches to the processes in it. `provider`: where people may sign in, too.
    pub async fn reattach(self, provider: Option<OidcClient>) -> Result<Execdeck, OpenError> {
        let Self { access, audit, database, config } = self;
        let target = webhook::prepare(&config.webhook)?;
        let mut clock = Clock::new(audit.newest(), None);
        audit.start(move || clock.trusted(Timestamp::now(), Instant::now())).map_err(AuditError::from)?;
        // Large enough to be in the way on the stacks of those who wait for it.
        let deck = Box::pin(Deck::open(&config, access.clone(), audit.clone(), database)).await?.with_provider(provider);
        if let Some(target) = target {
            let trouble = webhook::start(target, deck.outbox(), &config);
            deck.add_problem(ProblemCode::WebhookNotDelivered, trouble, webhook::not_delivered);
        }
        let shutdown = Shutdown::default();
        let stopped = web::stopped(shutdown.token.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = access.follow() => {}
                () = stopped => {}
            }
        });
        Ok(Execdeck { deck, audit, config, shutdown })
    }
}

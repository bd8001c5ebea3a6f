//! The only facade over the engine: every call, stream, event, download and input goes through it, with its caller.
//!
//! It checks the caller's rights, and records and logs what was done; nothing above it sees the engine.
//!
//! # Layout
//! - [`Deck`]: the calls, one method each. `people`, `passkeys`: those about people. `provider`: signing in with an OpenID provider.
//!   `service`: the same calls for the app's server functions. `rights`: who may do what. `commands`: who may run which command. `slots`:
//!   how many processes one person has. `lines`: output by lines. `search`: searching it, in `turns`. `export`: output in other forms.
//!   `users`: the system's. `files`: opening those of a data folder. `ends`: those that somebody is to be told of. `activity`: what lists show, `progress`: how far processes have come.
//!   `health`: what is wrong with the server. `history`: what is kept. `record`: every action and refusal on record. `typing`: input as
//!   it is typed. `presence`: who watches a process, and one writer at a time. `templates`: saved commands, and starting them. `audit`:
//!   reading what is on record. [`Events`] (`events`): what happens to the processes that a caller may see, and to the server.
//!   `keeper`: the program that keeps a process. `secrets`: the key of stored secrets. `stopping`: `execdeck stop`. `boot`: starts after
//!   a reboot on record.

mod activity;
mod audit;
mod boot;
mod commands;
mod ends;
mod events;
mod export;
pub(crate) mod files;
mod health;
mod history;
mod keeper;
mod lines;
mod passkeys;
mod people;
mod presence;
mod progress;
mod provider;
mod record;
mod rights;
mod search;
mod searching;
mod secrets;
mod service;
mod slots;
mod stopping;
mod templates;
mod turns;
mod typing;
pub(crate) mod users;

pub use audit::AuditExport;
pub use events::{Events, EventsLost};
pub use execdeck_app::service::Caller;
pub use lines::LinesQuery;
pub use people::{caller, change_details};
pub use presence::{Presence, PresenceRights};
pub use provider::Finished;
pub use search::SearchQuery;
pub use searching::Searching;
pub use secrets::rotate_secret_key;
pub use stopping::{Holder, Stopped, holder, stop_all};
pub use templates::{open_templates, record as template_record};
pub use typing::Typing;

pub use execdeck_engine::{
    Checked, Chunk, Clock, Copied, Error as EngineError, Event, Export, Finding, Format, Outbox, OutputExtent, Screen, Untold, Viewer,
    check, copy, copy_database, copy_private, is_keeper_ready, keep_if_asked,
};

use crate::{access::Access, audit::Audit, config::Config, database::Database, oidc::OidcClient, policy::Policy, templates::Templates};
use commands::Typists;
use execdeck_engine::{Engine, EngineConfig, Origin, Vault, raise_open_files_limit};
use execdeck_wire::{
    ApiError, Counts, ErrorCode, MASK, ProblemCode, Process, ProcessFilter, ProcessPage, ProcessSpec, Right, TerminalSize, UsageSamples,
};
use presence::Rooms;
use progress::Progress;
use record::Act;
use rights::require;
use serde_json::{Map, Value, json};
use slots::Slots;
use std::{sync::Arc, time::Duration};
use turns::AllTurns;
use uuid::Uuid;

/// The facade. Cheap to clone; all clones are one deck.
#[derive(Clone)]
pub struct Deck {
    engine: Engine,
    access: Access,
    audit: Audit,
    policy: Arc<Policy>,
    typists: Arc<Typists>,
    slots: Slots,
    templates: Templates,
    searches: AllTurns,
    rooms: Rooms,
    progress: Progress,
    provider: Option<OidcClient>,
}

impl Deck {
    /// Opens the data folder, creating it if necessary, and reattaches to every process in it that is still running.
    /// `database`: where the templates are stored.
    pub async fn open(config: &Config, access: Access, audit: Audit, database: Database) -> Result<Self, EngineError> {
        let seconds = |seconds| Some(seconds).filter(|seconds| *seconds > 0);
        let folder = config.data.folder.clone();
        let data = folder.clone();
        let keeper = tokio::task::spawn_blocking(move || keeper::install(&data)).await.expect("installing the keeper does not panic");
        let vault = Vault::open(&folder)?;
        let templates = Templates::new(database, Arc::new(vault.clone()));
        let engine = Engine::open(EngineConfig {
            boot_starts: Some(boot::recorder(audit.clone())),
            tell_of: Some(ends::tell_of(&config.webhook)),
            vault: Some(vault),
            keeper,
            concurrent: config.process.concurrent,
            queue: config.process.queue,
            per_label: config.process.per_label.clone(),
            output_bytes: config.output.bytes_per_process,
            compress_after: Some(config.output.compress_after_hours).filter(|hours| *hours > 0).map(Duration::from_hours),
            keep: history::keep(&config.history),
            default_timeout_seconds: seconds(config.process.default_timeout_seconds),
            max_timeout_seconds: seconds(config.process.max_timeout_seconds),
            viewers: config.stream.viewers,
            open_files: raise_open_files_limit(),
            ..EngineConfig::new(&config.data.folder)
        });
        let engine = engine.await?;
        engine.add_problem(ProblemCode::AuditNotWritable, audit.trouble(), health::audit_not_writable);
        let policy = Policy::new(&config.policy).expect("the configuration was checked");
        for warning in policy.warnings() {
            tracing::warn!("{warning}");
        }
        let slots = Slots::new(engine.clone(), config.limits.processes);
        Ok(Self {
            engine,
            access,
            audit,
            policy: Arc::new(policy),
            typists: Arc::default(),
            slots,
            templates,
            searches: AllTurns::new(),
            rooms: Rooms::default(),
            progress: Progress::default(),
            provider: None,
        })
    }

    /// Starts a process. If its program cannot be started, it is a process in state `failed`, not an error.
    pub async fn create(&self, caller: &Caller, spec: ProcessSpec) -> Result<Process, ApiError> {
        let act = self.act(caller, "create_process");
        act.check(require(caller, Right::Start, "Starting a process")).await?;
        spec.validate().map_err(EngineError::from).map_err(answer)?;
        if spec.has_masked_secrets() {
            let message = format!("A secret is {MASK}, which is what it is shown as. Enter the secret itself.");
            return Err(ApiError { field: Some("secret_env".into()), ..ApiError::new(ErrorCode::BadRequest, message) });
        }
        let act = act.named(&spec.display_name()).with(details(&spec));
        if !caller.covers(&spec.labels, None) {
            let message = "Your rights are limited to some labels, which the process must have, or to some templates.";
            let error = ApiError { field: Some("labels".into()), ..ApiError::new(ErrorCode::Forbidden, message) };
            return act.check(Err(error)).await;
        }
        let spec = act.check(self.allowed(caller, spec, "Starting a command without a template").await).await?;
        let process = self.start(act.with(details(&spec)), None, spec).await?;
        tracing::info!(id = %process.id, name = process.name, caller = caller.name, state = process.state.as_str(), "created");
        Ok(process)
    }

    /// Starts a process that was checked, if the caller may have one more. `origin`: the template that it was made from.
    async fn start(&self, act: Act<'_>, origin: Option<Origin>, spec: ProcessSpec) -> Result<Process, ApiError> {
        let name = act.caller().name.clone();
        let id = Engine::new_id();
        let slot = act.check(self.slots.take(&name, id)).await?;
        let engine = self.engine.clone();
        let create = async move {
            let created = engine.create_as(id, &name, origin, spec).await.map_err(answer);
            drop(slot);
            created
        };
        act.on(id).run_to_the_end(create).await
    }

    /// Lists the processes that the caller may see, newest first.
    pub async fn list(&self, caller: &Caller, filter: ProcessFilter) -> Result<ProcessPage, ApiError> {
        self.act(caller, "list_processes").check(require(caller, Right::View, "Seeing processes")).await?;
        self.engine.list_within(rights::scope(caller), filter).await.map_err(answer)
    }

    /// Counts all processes, whoever may see them. Reads no rows: one that is unreadable is not in the way.
    pub async fn counts(&self) -> Result<Counts, ApiError> {
        let none = ProcessFilter { before: Some(Uuid::nil()), limit: Some(1), ..ProcessFilter::default() };
        Ok(self.engine.list(none).await.map_err(answer)?.counts)
    }

    /// Finds a process.
    pub async fn get(&self, caller: &Caller, id: Uuid) -> Result<Process, ApiError> {
        let act = self.act(caller, "get_process").on(id);
        act.check(require(caller, Right::View, "Seeing a process")).await?;
        self.covered(&act, id).await
    }

    /// What a process used over time; see [`Engine::usage`].
    pub async fn usage(&self, caller: &Caller, id: Uuid) -> Result<UsageSamples, ApiError> {
        let act = self.act(caller, "get_usage").on(id);
        act.check(require(caller, Right::View, "Seeing a process")).await?;
        self.require_covered(&act, id).await?;
        Ok(UsageSamples { samples: self.engine.usage(id).await.map_err(answer)? })
    }

    /// Stops a process or sends it a signal; see [`Engine::kill`].
    pub async fn kill(&self, caller: &Caller, id: Uuid, signal: Option<String>) -> Result<Process, ApiError> {
        let act = self.act(caller, "kill_process").on(id);
        let process = self.permitted(&act, id, require(caller, Right::Stop, "Stopping a process")).await?;
        Engine::check_signal(signal.as_deref()).map_err(answer)?;
        tracing::info!(%id, caller = caller.name, signal = signal.as_deref().unwrap_or("stop"), "kill");
        let act = act.on_process(&process).with(json!({ "signal": signal }));
        act.run_always(async { self.engine.kill(id, signal).await.map_err(answer) }).await
    }

    /// Starts a new process with the same spec, secrets included. One that was started from a template is started from it
    /// again, as it is now, with the same values. `ask`: only if it asks no question beforehand.
    pub async fn restart(&self, caller: &Caller, id: Uuid, ask: bool) -> Result<Process, ApiError> {
        let act = self.act(caller, "restart_process").on(id);
        let before = self.permitted(&act, id, require(caller, Right::Start, "Starting a process")).await?;
        if let Some(template) = before.template {
            return self.start_template_again(act, &before, template, ask).await;
        }
        let (_, spec) = self.engine.spec(id).await.map_err(answer)?;
        let spec = act.check(self.allowed(caller, spec, "Running a command again that was started without a template").await).await?;
        let act = act.named(&before.name).with(json!({ "again": id, "spec": details(&spec) }));
        let process = self.start(act, None, spec).await?;
        tracing::info!(id = %process.id, of = %id, caller = caller.name, state = process.state.as_str(), "run again");
        Ok(process)
    }

    /// Removes an ended process, its output and its history entry.
    pub async fn remove(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        let act = self.act(caller, "remove_process").on(id);
        let process = self.permitted(&act, id, require(caller, Right::Stop, "Removing a process")).await?;
        act.on_process(&process).run_always(async { self.engine.remove(id).await.map_err(answer) }).await?;
        tracing::info!(%id, caller = caller.name, "removed");
        Ok(())
    }

    /// Writes to a process's input. Returns once its keeper has the bytes.
    pub async fn write_input(&self, caller: &Caller, id: Uuid, bytes: &[u8]) -> Result<(), ApiError> {
        let act = self.act(caller, "write_input").on(id);
        let process = self.require_input(&act, id).await?;
        tracing::debug!(%id, caller = caller.name, bytes = bytes.len(), "input");
        let act = act.on_process(&process).with(json!({ "bytes": bytes.len() }));
        act.run(async { self.engine.write_input(id, bytes).await.map_err(answer) }).await
    }

    /// Closes a process's input.
    pub async fn close_input(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        let act = self.act(caller, "close_input").on(id);
        let process = self.require_input(&act, id).await?;
        tracing::debug!(%id, caller = caller.name, "input closed");
        act.on_process(&process).run(async { self.engine.close_input(id).await.map_err(answer) }).await
    }

    /// Opens a viewer on a process's output.
    pub async fn view(&self, caller: &Caller, id: Uuid) -> Result<Viewer, ApiError> {
        let act = self.act(caller, "read_output").on(id);
        self.require_covered(&act, id).await?;
        act.check(require(caller, Right::ReadOutput, "Reading the output of a process")).await?;
        let viewer = self.engine.view(id).await.map_err(answer)?;
        // For `resize`, which does not wait for files to be looked at.
        if caller.may(Right::Input) {
            self.may_type(caller, &viewer.peek_process()).await;
        }
        Ok(viewer)
    }

    /// The same for a viewer that is also told about the process itself.
    pub async fn watch(&self, caller: &Caller, id: Uuid) -> Result<Viewer, ApiError> {
        let viewer = self.view(caller, id).await?;
        self.act(caller, "read_output").on(id).check(require(caller, Right::View, "Seeing a process")).await?;
        Ok(viewer)
    }

    /// Sets the size of a viewer's terminal. The process gets the smallest size among its viewers who may type.
    pub fn resize(&self, caller: &Caller, viewer: &Viewer, size: TerminalSize) {
        if !caller.may(Right::Input) {
            return;
        }
        let process = viewer.peek_process();
        match self.may_type_as_known(caller, &process) {
            Some(true) => viewer.resize(size),
            Some(false) => {}
            // Forgotten meanwhile, since many others were judged. It is known again the next time.
            None => {
                let (deck, caller) = (self.clone(), caller.clone());
                tokio::spawn(async move { deck.may_type(&caller, &process).await });
            }
        }
    }

    /// Subscribes to what happens from now on to the processes that the caller may see.
    pub async fn events(&self, caller: &Caller) -> Result<Events, ApiError> {
        self.act(caller, "events").check(require(caller, Right::View, "Seeing processes")).await?;
        Ok(Events::new(self.engine.events(), caller.clone()))
    }

    /// Refuses a caller who may not see numbers about all processes.
    pub async fn require_overview(&self, caller: &Caller) -> Result<(), ApiError> {
        let may = caller.may(Right::View) && caller.grants.is_unlimited();
        let message = "The metrics are about all processes, so they need the right \u{201c}view\u{201d} for all of them.";
        self.act(caller, "metrics").check(if may { Ok(()) } else { Err(ApiError::new(ErrorCode::Forbidden, message)) }).await
    }

    /// Refuses a caller who may not run commands outside templates.
    pub async fn require_commands(&self, caller: &Caller) -> Result<(), ApiError> {
        self.act(caller, "create_process").check(self.may_run_commands(caller)).await
    }

    /// Who may use the deck.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// How many processes are active, those in the queue included.
    pub fn active(&self) -> usize {
        self.engine.active()
    }

    /// How many processes run, or are being started or stopped.
    pub fn running(&self) -> usize {
        self.engine.active().saturating_sub(self.engine.queued())
    }

    /// How many processes wait in the queue.
    pub fn queued(&self) -> usize {
        self.engine.queued()
    }
}

/// Turns the engine's error into the one callers see. The server's own failures are logged here, once.
fn answer(error: EngineError) -> ApiError {
    let text = error.to_string();
    let answer = ApiError::from(error);
    if answer.code == ErrorCode::Unavailable {
        tracing::error!(error = text, "request failed");
    }
    answer
}

/// What is on record of a spec: what differs from the defaults, with masked secrets.
fn details(spec: &ProcessSpec) -> Value {
    let object = |spec: &ProcessSpec| match serde_json::to_value(spec) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let defaults = object(&ProcessSpec::default());
    let mut object = object(&spec.masked());
    object.retain(|key, value| key != "name" && defaults.get(key) != Some(value));
    Value::Object(object)
}

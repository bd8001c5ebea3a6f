//! What the server functions need from whoever runs the processes.

use crate::wire::{
    ApiError, AuditFilter, AuditPage, CreatedToken, Grants, Health, Me, NewToken, PasskeyInfo, Password, Person, PersonChange, Process,
    ProcessFilter, ProcessPage, ProcessSpec, Proof, Right, Rights, Role, SessionInfo, SignedInBy, Template, TemplateValues, TokenInfo,
};
use std::{collections::BTreeMap, future::Future, net::IpAddr, pin::Pin, sync::Arc};
use uuid::Uuid;

/// A future answer of the service.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Who makes a call, and what they may do. Every call carries it to where rights are checked and what was done is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name on record.
    pub name: String,
    /// What they may do.
    pub rights: Rights,
    /// What the rights are narrowed to.
    pub grants: Grants,
    /// Their role, by which a policy may decide which commands they may run.
    pub role: Role,
    /// How the request has proved who it comes from.
    pub via: SignedInBy,
    /// What the token is for, if it was one.
    pub token: Option<String>,
    /// The address that the request came from, if it is known.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// The application itself, with all rights of a role: for what it does without a person.
    pub fn application(name: impl Into<String>, role: Role) -> Self {
        let (name, rights, grants) = (name.into(), role.rights(), Grants::default());
        Self { name, rights, grants, role, via: SignedInBy::Application, token: None, address: None }
    }

    /// Whether they have this right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(right)
    }

    /// Whether a process with these labels that was started from this template exists for them.
    pub fn covers(&self, labels: &BTreeMap<String, String>, template: Option<Uuid>) -> bool {
        self.grants.cover(labels, template)
    }
}

/// Whether there are commands outside templates that the caller may run. Pages that find it false, or do not find it in the
/// Leptos context, do not offer to run any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreeCommands(pub bool);

/// Creates, finds and stops processes. Put a [`SharedService`] and a [`Caller`] into the Leptos context
/// of the server functions and pages.
pub trait ProcessService: Send + Sync + 'static {
    /// Starts a process; a program that cannot be started is a process in state `failed`, not an error.
    fn create(&self, caller: Caller, spec: ProcessSpec) -> Answer<'_, Process>;
    /// Lists processes, newest first.
    fn list(&self, caller: Caller, filter: ProcessFilter) -> Answer<'_, ProcessPage>;
    /// Finds one process.
    fn get(&self, caller: Caller, id: Uuid) -> Answer<'_, Process>;
    /// Without a signal: stops the tree as its spec says. `KILL`: the tree at once. Another signal: the leader only.
    fn kill(&self, caller: Caller, id: Uuid, signal: Option<String>) -> Answer<'_, Process>;
    /// Starts a new process with the same spec, secrets included.
    fn restart(&self, caller: Caller, id: Uuid) -> Answer<'_, Process>;
    /// Removes an ended process and its output.
    fn remove(&self, caller: Caller, id: Uuid) -> Answer<'_, ()>;
    /// Types text into a process.
    fn write_input(&self, caller: Caller, id: Uuid, text: String) -> Answer<'_, ()>;
    /// What was done and refused, newest first. For administrators.
    fn list_audit(&self, caller: Caller, filter: AuditFilter) -> Answer<'_, AuditPage>;
    /// What is wrong with the server, if anything, and how full its disk is.
    fn health(&self, caller: Caller) -> Answer<'_, Health>;
}

/// The service in the Leptos context.
pub type SharedService = Arc<dyn ProcessService>;

/// Keeps saved commands, and starts them. Put a [`SharedTemplates`] and a [`Caller`] into the Leptos context.
pub trait TemplateService: Send + Sync + 'static {
    /// The templates that the caller may see, by name.
    fn list_templates(&self, caller: Caller) -> Answer<'_, Vec<Template>>;
    /// Finds one template; its secrets are masked.
    fn get_template(&self, caller: Caller, id: Uuid) -> Answer<'_, Template>;
    /// Creates a template, or replaces the one with its id.
    fn save_template(&self, caller: Caller, template: Template) -> Answer<'_, Template>;
    /// Removes a template; what was started from it stays.
    fn remove_template(&self, caller: Caller, id: Uuid) -> Answer<'_, ()>;
    /// What would be run with these values, secrets masked. The template need not be saved.
    fn preview_template(&self, caller: Caller, template: Template, values: TemplateValues) -> Answer<'_, ProcessSpec>;
    /// Starts a process from a template.
    fn start_template(&self, caller: Caller, id: Uuid, values: TemplateValues, reason: Option<String>) -> Answer<'_, Process>;
}

/// The templates in the Leptos context.
pub type SharedTemplates = Arc<dyn TemplateService>;

/// Somebody has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who, and what they may do.
    pub me: Me,
    /// The values of the `Set-Cookie` headers that the browser is to get.
    pub cookies: Vec<String>,
}

/// What a passkey is asked.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of WebAuthn.
    pub options: serde_json::Value,
    /// The values of the `Set-Cookie` headers that the browser is to get; it is known by them when it answers.
    pub cookies: Vec<String>,
}

/// Signs people in, and manages them. Unlike a [`ProcessService`], each one is for a single request: it knows where that
/// comes from and who has sent it. Put a [`SharedPeople`] into the Leptos context of the server functions.
pub trait PeopleService: Send + Sync + 'static {
    /// Signs in with a password.
    fn sign_in(&self, name: String, password: Password) -> Answer<'_, SignedIn>;
    /// Creates the first administrator with the code that the server has printed, and signs them in.
    fn setup(&self, code: String, name: String, password: Password) -> Answer<'_, SignedIn>;
    /// Ends the session of the request; returns the `Set-Cookie` headers that the browser is to get.
    fn sign_out(&self) -> Answer<'_, Vec<String>>;
    /// Who has sent the request.
    fn whoami(&self) -> Answer<'_, Me>;
    /// Changes one's own password and ends one's other sessions.
    fn change_password(&self, current: Password, new: Password) -> Answer<'_, ()>;
    /// All people, by name. For administrators.
    fn list_people(&self) -> Answer<'_, Vec<Person>>;
    /// Creates an account or changes one. For administrators.
    fn save_person(&self, person: PersonChange) -> Answer<'_, Person>;
    /// One's own sessions, or another person's, for administrators.
    fn list_sessions(&self, person: Option<String>) -> Answer<'_, Vec<SessionInfo>>;
    /// Ends one of one's own sessions; or anybody's, for administrators.
    fn end_session(&self, id: Uuid) -> Answer<'_, ()>;
    /// Ends all of one's own sessions but that of the request; returns how many there were.
    fn end_other_sessions(&self) -> Answer<'_, usize>;
    /// One's own tokens.
    fn list_tokens(&self) -> Answer<'_, Vec<TokenInfo>>;
    /// Creates a token, which is shown once.
    fn create_token(&self, token: NewToken) -> Answer<'_, CreatedToken>;
    /// Revokes one of one's own tokens; or anybody's, for administrators.
    fn revoke_token(&self, id: Uuid) -> Answer<'_, ()>;
    /// What to ask a passkey to sign in; `after_password`: that of the person whose password the same browser has just given.
    fn passkey_sign_in_options(&self, after_password: bool) -> Answer<'_, Challenge>;
    /// Signs in with what a passkey has answered.
    fn sign_in_with_passkey(&self, credential: serde_json::Value) -> Answer<'_, SignedIn>;
    /// What to ask one of one's own passkeys for a [`Proof`].
    fn passkey_proof_options(&self) -> Answer<'_, Challenge>;
    /// What to ask an authenticator to make a passkey for oneself.
    fn passkey_options(&self, proof: Proof) -> Answer<'_, Challenge>;
    /// Adds the passkey that an authenticator has made.
    fn add_passkey(&self, label: String, credential: serde_json::Value) -> Answer<'_, PasskeyInfo>;
    /// One's own passkeys.
    fn list_passkeys(&self) -> Answer<'_, Vec<PasskeyInfo>>;
    /// Removes one of one's own passkeys.
    fn remove_passkey(&self, id: Uuid, proof: Proof) -> Answer<'_, ()>;
    /// Sets whether one is asked for a passkey after the password.
    fn ask_for_passkey(&self, ask: bool, proof: Proof) -> Answer<'_, ()>;
}

/// The people of one request in the Leptos context.
pub type SharedPeople = Arc<dyn PeopleService>;

//! Who may run which command outside templates, and type into it.

use super::{Caller, Deck, answer, rights::require};
use crate::policy::{Refusal, Who};
use execdeck_engine::{Error as EngineError, resolve_run_as};
use execdeck_wire::{ApiError, ErrorCode, Process, ProcessSpec, Right, Role};
use hashlink::LruCache;
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How many answers are remembered.
const REMEMBERED: usize = 4096;

/// Who asks about which process, and what the rules say.
type Answers = LruCache<Typist, Result<(), Refusal>>;
type Typist = (Uuid, String, Role);

/// Who may type into which process, as the rules said when it was first asked: looking at files for each key would be slow,
/// and the process runs what it runs.
pub(super) struct Typists(Mutex<Answers>);

impl Default for Typists {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Typists {
    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deck {
    /// Whether there are commands that a caller may start; if not, why.
    pub fn may_run_commands(&self, caller: &Caller) -> Result<(), ApiError> {
        require(caller, Right::Start, "Starting a process")?;
        self.policy.may_run_some(who(caller)).map_err(|refusal| explain(&refusal, "Starting a command without a template"))
    }

    /// The command as it is to be run, if the caller may run it. `what`: what they want to do, for the refusal.
    pub(super) async fn allowed(&self, caller: &Caller, mut spec: ProcessSpec, what: &'static str) -> Result<ProcessSpec, ApiError> {
        // Whoever may run none at all learns nothing about this one.
        self.policy.may_run_some(who(caller)).map_err(|refusal| explain(&refusal, what))?;
        if !self.policy.has_rules() {
            return Ok(spec);
        }
        spec.validate().map_err(|error| answer(EngineError::from(error)))?;
        let (policy, caller) = (self.policy.clone(), caller.clone());
        let check = move || {
            name_user(&mut spec).map_err(answer)?;
            policy.check(who(&caller), &mut spec).map_err(|refusal| explain(&refusal, what))?;
            Ok(spec)
        };
        tokio::task::spawn_blocking(check).await.expect("checking a command does not panic")
    }

    /// Refuses a caller who may not type into a process, because they could not have started it.
    pub(super) async fn require_allowed_typing(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        let refusal = match self.policy.may_run_some(who(caller)) {
            Ok(()) if !self.policy.has_rules() => return Ok(()),
            Ok(()) => None,
            Err(refusal) => Some(refusal),
        };
        let process = self.engine.get(id).await.map_err(answer)?;
        let judged = match refusal {
            _ if process.template.is_some() => Ok(()),
            Some(refusal) => Err(refusal),
            None => self.judge_typing(caller, &process).await,
        };
        judged.map_err(|refusal| explain(&refusal, "Typing into a command that was started without a template"))
    }

    /// The same for a process that is known.
    pub(super) async fn may_type(&self, caller: &Caller, process: &Process) -> bool {
        process.template.is_some() || self.judge_typing(caller, process).await.is_ok()
    }

    /// The same as far as it was judged before, which looks at no files.
    pub(super) fn may_type_as_known(&self, caller: &Caller, process: &Process) -> Option<bool> {
        if process.template.is_some() {
            return Some(true);
        }
        self.judged_typing(caller, process).map(|judged| judged.is_ok())
    }

    fn judged_typing(&self, caller: &Caller, process: &Process) -> Option<Result<(), Refusal>> {
        if !self.policy.has_rules() {
            return Some(self.policy.may_run_some(who(caller)));
        }
        self.typists.lock().get(&typist(caller, process)).cloned()
    }

    async fn judge_typing(&self, caller: &Caller, process: &Process) -> Result<(), Refusal> {
        if let Some(judged) = self.judged_typing(caller, process) {
            return judged;
        }
        let key = typist(caller, process);
        // It looks at files.
        let (policy, caller, mut spec) = (self.policy.clone(), caller.clone(), process.spec.clone());
        let checked = tokio::task::spawn_blocking(move || policy.check(who(&caller), &mut spec));
        let judged = checked.await.expect("checking a command does not panic");
        self.typists.lock().insert(key, judged.clone());
        judged
    }
}

/// Writes the user as rules name them, with the folder that the process would have as that user. A user that does not exist is an
/// error, since no rule could be about them.
fn name_user(spec: &mut ProcessSpec) -> Result<(), EngineError> {
    if let Some(run_as) = &spec.run_as {
        let user = resolve_run_as(run_as)?;
        spec.run_as = Some(user.name);
        spec.cwd.get_or_insert_with(|| if Path::new(&user.home).is_dir() { user.home } else { "/".into() });
    }
    Ok(())
}

fn typist(caller: &Caller, process: &Process) -> Typist {
    (process.id, caller.name.clone(), caller.role)
}

fn who(caller: &Caller) -> Who<'_> {
    Who { name: &caller.name, role: caller.role }
}

/// A refusal in words. What the rules say is for those who may read the configuration.
fn explain(refusal: &Refusal, what: &str) -> ApiError {
    let changed = "Whoever runs the server can change that in its configuration";
    let message = match refusal {
        Refusal::Off => format!("{what} is switched off on this server. {changed} (policy.free_commands)."),
        Refusal::AdministratorsOnly => format!("{what} is for administrators only. Ask one of them if you need it."),
        Refusal::Denied(number) => format!("{what}: rule {number} of the policy forbids this one. {changed} (policy.rules)."),
        Refusal::NotAllowed { variables } if variables.is_empty() => {
            format!("{what}: no rule of the policy allows this one, or its program or folder does not exist. {changed} (policy.rules).")
        }
        Refusal::NotAllowed { variables } => {
            let names = variables.join(", ");
            format!("{what}: no rule of the policy allows this one with the variables {names}. {changed} (policy.rules).")
        }
    };
    ApiError::new(ErrorCode::Forbidden, message)
}

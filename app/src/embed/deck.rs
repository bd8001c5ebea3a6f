//! What the components of one Execdeck share: where it is, who is signed in there, and its events.

use super::events::Events;
use crate::{
    api::{CallError, whoami},
    asset_folder,
    browser::{self, ConnectionState},
    live::{PAUSE, Rounds, answered},
    prefix::at,
    server::{BasePath, ServerVersion},
    wire::{ErrorCode, Me, Process, Right},
};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// How long the components wait for the event stream, in milliseconds: what they load afterwards is not loaded twice.
const STREAM_WAIT: u32 = 1500;
/// How long to wait before asking again whether somebody is signed in, in milliseconds.
const SIGNED_OUT_PAUSE: u32 = 15_000;

/// Whether the server lets the person of this page in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It has not answered yet.
    Asking,
    /// Somebody is signed in.
    Granted,
    /// Nobody is signed in.
    SignedOut,
    /// It cannot be reached.
    Unreachable,
    /// It refuses, for this reason.
    Refused(String),
}

/// An Execdeck in a page.
#[derive(Clone)]
pub(super) struct Deck {
    /// The path below which it is mounted.
    base: Arc<str>,
    /// Its build; empty until that is known.
    pub version: RwSignal<String>,
    /// Who is signed in, and what they may do.
    pub me: RwSignal<Option<Me>>,
    pub access: RwSignal<Access>,
    /// Whether the components have been shown: from then on they stay.
    pub shown: RwSignal<bool>,
    pub events: Events,
    rounds: Rounds,
}

impl Deck {
    pub(super) fn new(base: &str) -> Self {
        Self {
            base: base.into(),
            version: RwSignal::default(),
            me: RwSignal::new(None),
            access: RwSignal::new(Access::Asking),
            shown: RwSignal::new(false),
            events: Events::new(),
            rounds: Rounds::new(),
        }
    }

    /// The one that the calling component is in.
    pub(super) fn of_component() -> Self {
        use_context().expect("components of Execdeck stand in <Execdeck base=…>")
    }

    /// Calls server functions of this Execdeck.
    pub(super) fn below<T>(&self, call: impl Future<Output = T>) -> impl Future<Output = T> {
        at(&*self.base, call)
    }

    /// The same for what may be asked once more: it fails after a while without an answer.
    pub(super) fn ask<T>(&self, call: impl Future<Output = Result<T, CallError>>) -> impl Future<Output = Result<T, CallError>> {
        self.below(answered(call))
    }

    /// Whether the person has this right.
    pub(super) fn may(&self, right: Right) -> bool {
        self.me.with(|me| me.as_ref().is_some_and(|me| me.may(right)))
    }

    /// Keeps access, events and build up to date while the calling component is there.
    pub(super) fn keep_current(&self) {
        let (granted, connection, shown) = (Memo::new(is_granted(self.access)), self.events.connection, self.shown);
        let events = self.events;
        Effect::new(move |_| {
            if granted.get() {
                events.follow();
            }
        });
        let deck = self.clone();
        // Each time that the stream is lost or comes back, somebody may have signed out, or the server may be another build.
        Effect::new(move |was: Option<ConnectionState>| {
            let state = connection.get();
            let was_lost = was == Some(ConnectionState::Lost);
            let is_news = match state {
                ConnectionState::Lost => !was_lost,
                ConnectionState::Live => was_lost,
                _ => was.is_none(),
            };
            if is_news {
                deck.find_out();
            }
            if matches!(state, ConnectionState::Live | ConnectionState::Lost) {
                shown.set(true);
            }
            state
        });
    }

    /// Asks for build and rights until the server grants access.
    fn find_out(&self) {
        let Some(round) = self.rounds.begin() else { return };
        let deck = self.clone();
        spawn_local(async move {
            while deck.rounds.is_current(round) {
                let access = deck.find_access().await;
                if !deck.rounds.is_current(round) {
                    return;
                }
                deck.access.try_set(access.clone());
                match access {
                    Access::Granted => {
                        browser::sleep(STREAM_WAIT).await;
                        deck.shown.try_set(true);
                        return;
                    }
                    Access::SignedOut | Access::Refused(_) => {
                        browser::sleep(SIGNED_OUT_PAUSE).await;
                        while !browser::is_visible() {
                            browser::sleep(PAUSE).await;
                        }
                    }
                    Access::Asking | Access::Unreachable => browser::sleep(PAUSE).await,
                }
            }
        });
    }

    async fn find_access(&self) -> Access {
        let me = match self.ask(whoami()).await {
            Ok(me) => me,
            Err(CallError(error)) => {
                return match error.code {
                    ErrorCode::Unauthorized => Access::SignedOut,
                    // An answer that cannot be read is that of a proxy in front of the server.
                    ErrorCode::BadRequest => Access::Unreachable,
                    _ if error.code.is_temporary() => Access::Unreachable,
                    _ => Access::Refused(error.message),
                };
            }
        };
        let base = BasePath(self.base.to_string());
        let Some(version) = browser::ask_version(base.join("/healthz")).await else { return Access::Unreachable };
        // The styles stay those of the build that the page began with.
        if self.version.try_with_untracked(String::is_empty) == Some(true) {
            let folder = asset_folder(&base, &ServerVersion(version.clone()));
            browser::load_styles(format!("{folder}/embed.css")).await;
        }
        self.version.try_set(version);
        self.me.try_set(Some(me));
        Access::Granted
    }
}

fn is_granted(access: RwSignal<Access>) -> impl Fn(Option<&bool>) -> bool {
    move |_| access.with(|access| *access == Access::Granted)
}

/// What the terminal decides by whether somebody may type (`frontend/js/terminal.js`): the rights, `run` for running any command,
/// `type` for typing into any process.
pub(super) fn rights(me: &Me) -> String {
    let run = (me.free_commands && me.may(Right::Start)).then_some("run");
    let types = (me.free_commands && me.may(Right::Input)).then_some("type");
    me.rights.iter().map(Right::as_str).chain(run).chain(types).collect::<Vec<_>>().join(" ")
}

/// Whether they may type into the process; templates are all that some may start.
pub(super) fn may_type(me: &Me, process: &Process) -> bool {
    me.may(Right::Input) && (me.free_commands || process.template.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me(role: &str, free_commands: bool) -> Me {
        let json = format!(
            r#"{{"name":"ada","role":"{role}","rights":["view","start","input"],"via":"session","free_commands":{free_commands}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn without_free_commands_nobody_is_offered_to_run_or_type_any() {
        assert_eq!(rights(&me("operator", false)), "view start input");
        assert_eq!(rights(&me("admin", true)), "view start input run type");
    }
}

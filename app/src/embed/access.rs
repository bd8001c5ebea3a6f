//! Whether the server lets the person of the page in, and what it says of them and of itself then.

use crate::{
    api::{CallError, whoami},
    asset_folder, browser,
    live::{PAUSE, Rounds, answered},
    prefix::at,
    server::{BasePath, ServerVersion},
    wire::{ErrorCode, Me},
};
use leptos::{prelude::*, task::spawn_local};

/// How long the components wait for the event stream, in milliseconds: what they load afterwards is not loaded twice.
const STREAM_WAIT: u32 = 1500;
/// How long to wait before asking again whether somebody is signed in, in milliseconds: less if they come back to the page.
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

/// What the server has said.
#[derive(Clone, Copy)]
pub(super) struct Admission {
    pub access: RwSignal<Access>,
    /// Its build; empty until that is known.
    pub version: RwSignal<String>,
    /// Who is signed in, and what they may do.
    pub me: RwSignal<Option<Me>>,
    /// Whether the components have been shown: from then on they stay.
    pub shown: RwSignal<bool>,
    rounds: Rounds,
}

impl Admission {
    pub(super) fn new() -> Self {
        Self {
            access: RwSignal::new(Access::Asking),
            version: RwSignal::default(),
            me: RwSignal::new(None),
            shown: RwSignal::new(false),
            rounds: Rounds::new(),
        }
    }

    pub(super) fn is_granted(self) -> bool {
        self.access.with(|access| *access == Access::Granted)
    }

    /// Asks the server below `base` for its build and the person's rights until it grants access.
    pub(super) fn find_out(self, base: &str) {
        let Some(round) = self.rounds.begin() else { return };
        let base = BasePath(base.to_owned());
        spawn_local(async move {
            while self.rounds.is_current(round) {
                let access = self.find_access(&base).await;
                if !self.rounds.is_current(round) {
                    return;
                }
                self.access.try_set(access.clone());
                match access {
                    Access::Granted => {
                        browser::sleep(STREAM_WAIT).await;
                        self.shown.try_set(true);
                        return;
                    }
                    Access::SignedOut | Access::Refused(_) => {
                        browser::sleep_unless_resumed(SIGNED_OUT_PAUSE).await;
                        while !browser::is_visible() {
                            browser::sleep_unless_resumed(PAUSE).await;
                        }
                    }
                    Access::Asking | Access::Unreachable => browser::sleep(PAUSE).await,
                }
            }
        });
    }

    async fn find_access(self, base: &BasePath) -> Access {
        let me = match at(&*base.0, answered(whoami())).await {
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
        let Some(version) = browser::ask_version(base.join("/healthz")).await else { return Access::Unreachable };
        // The styles stay those of the build that the page began with.
        if self.version.try_with_untracked(String::is_empty) == Some(true) {
            let folder = asset_folder(base, &ServerVersion(version.clone()));
            browser::load_styles(format!("{folder}/embed.css")).await;
        }
        self.version.try_set(version);
        self.me.try_set(Some(me));
        Access::Granted
    }
}

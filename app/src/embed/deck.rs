//! What the components of one Execdeck share: where it is, who is signed in there, and its events.

use super::{access::Admission, events::Events};
use crate::{
    api::CallError,
    browser::ConnectionState,
    live::answered,
    prefix::at,
    wire::{Me, Process, Right},
};
use leptos::prelude::*;
use std::sync::Arc;

/// An Execdeck in a page.
#[derive(Clone)]
pub(super) struct Deck {
    /// The path below which it is mounted.
    base: Arc<str>,
    pub admission: Admission,
    pub events: Events,
}

impl Deck {
    pub(super) fn new(base: &str) -> Self {
        Self { base: base.into(), admission: Admission::new(), events: Events::new() }
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
        self.admission.me.with(|me| me.as_ref().is_some_and(|me| me.may(right)))
    }

    /// Keeps access, events and build up to date while the calling component is there.
    pub(super) fn keep_current(&self) {
        let (admission, events, base) = (self.admission, self.events, self.base.clone());
        let granted = Memo::new(move |_| admission.is_granted());
        Effect::new(move |_| {
            if granted.get() {
                events.follow();
            }
        });
        // Each time that the stream is lost or comes back, somebody may have signed out, or the server may be another build.
        Effect::new(move |was: Option<ConnectionState>| {
            let state = events.connection.get();
            let was_lost = was == Some(ConnectionState::Lost);
            let is_news = match state {
                ConnectionState::Lost => !was_lost,
                ConnectionState::Live => was_lost,
                _ => was.is_none(),
            };
            if is_news {
                admission.find_out(&base);
            }
            if matches!(state, ConnectionState::Live | ConnectionState::Lost) {
                admission.shown.set(true);
            }
            state
        });
    }
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

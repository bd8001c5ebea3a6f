//! What a field does whose lines are typed into a process, however it looks.

use crate::{
    browser::{self, ConnectionState},
    texts::t,
    wire::Process,
};
use leptos::{ev, html::Textarea, prelude::*};
use uuid::Uuid;

/// The state of such a field. What is typed stays in it until it can be sent.
#[derive(Clone, Copy)]
pub(crate) struct LineEntry {
    pub field: NodeRef<Textarea>,
    /// Whether the input of the process was closed here.
    pub closed: RwSignal<bool>,
    /// Whether a line can be sent: the stream is open, and the process reads its input.
    pub ready: Memo<bool>,
    /// Whether the process waits to be started.
    waits: Memo<bool>,
    session: StoredValue<Option<browser::Session>>,
}

impl LineEntry {
    pub(crate) fn new(
        process: RwSignal<Process>,
        connection: RwSignal<ConnectionState>,
        session: StoredValue<Option<browser::Session>>,
    ) -> Self {
        let closed = RwSignal::new(false);
        let waits = Memo::new(move |_| process.with(|process| process.state.is_waiting()));
        let ready = Memo::new(move |_| connection.with(|connection| *connection == ConnectionState::Live) && !closed.get() && !waits.get());
        // Each attempt of the restart policy has an input of its own.
        Effect::new(move |_| {
            process.with(|process| process.restarts);
            closed.set(false);
        });
        Self { field: NodeRef::new(), closed, ready, waits, session }
    }

    /// Sends what is in the field.
    pub(crate) fn send(self, event: ev::SubmitEvent) {
        event.prevent_default();
        if !self.ready.get_untracked() {
            return;
        }
        let Some(field) = self.field.get_untracked() else { return };
        // The second click of a double click sends no empty line.
        if browser::is_second_press(Uuid::nil()) && field.value().is_empty() {
            return;
        }
        if self.session.with_value(|session| session.as_ref().inspect(|session| session.send_line(&field.value())).is_some()) {
            field.set_value("");
        }
    }

    /// Sends on Enter. Several lines can be pasted, and are sent as they are.
    pub(crate) fn send_on_enter(event: ev::KeyboardEvent) {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            browser::submit_form_of(&event);
        }
    }

    /// Closes the input of the process.
    pub(crate) fn close(self) {
        if self.session.with_value(|session| session.as_ref().inspect(|session| session.close_stdin()).is_some()) {
            self.closed.set(true);
        }
    }

    /// What the empty field says.
    pub(crate) fn placeholder(self) -> &'static str {
        match (self.waits.get(), self.closed.get()) {
            (true, _) => t!("Waiting for the process to start"),
            (_, true) => t!("Input is closed"),
            _ => t!("Type a line of input"),
        }
    }
}

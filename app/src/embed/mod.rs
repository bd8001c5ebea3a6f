//! Components for the pages of other Leptos apps, which show and start processes of an Execdeck that is mounted below a path.
//!
//! [`Execdeck()`] stands around the others and says where that is:
//!
//! ```no_run
//! use execdeck_app::{embed::*, wire::Process};
//! use leptos::prelude::*;
//! use uuid::Uuid;
//!
//! #[component]
//! fn Releases(template: Uuid) -> impl IntoView {
//!     let chosen = RwSignal::new(None::<Uuid>);
//!     view! {
//!         <Execdeck base="/deck">
//!             <StartTemplate id=template label="Release" on_start=move |process: Process| chosen.set(Some(process.id))/>
//!             <ProcessList on_select=move |process: Process| chosen.set(Some(process.id))/>
//!             <ProcessTerminal id=chosen/>
//!         </Execdeck>
//!     }
//! }
//! ```
//!
//! They load in the browser, through the mounted routes, with the rights of whoever is signed in there; the server renders a
//! placeholder. They need no router, and take the colours of the page: light or dark as its `color-scheme` says, or as
//! `data-theme="light"` or `"dark"` does on `<html>` or on the component (`attr:data-theme="dark"`). All class names begin with
//! `execdeck`; the custom properties in `style/embed.css`, such as `--execdeck-accent`, can be set to other values.
//!
//! # Layout
//! - `execdeck`: the component around the others. `deck`: what these share. `access`: who is let in. `events`: what happens.
//! - `list`, `state`, `terminal` (with `line_input`), `start` (with `fields` and `values`): one component each.
//! - `followed`: one process, as it is now.

mod access;
mod deck;
mod events;
mod execdeck;
mod fields;
mod followed;
mod line_input;
mod list;
mod start;
mod state;
mod terminal;
mod values;

pub use execdeck::Execdeck;
pub use list::ProcessList;
pub use start::StartTemplate;
pub use state::ProcessState;
pub use terminal::ProcessTerminal;

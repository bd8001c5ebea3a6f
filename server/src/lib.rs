//! Starts, watches and stops processes, and serves them to the browser.
//!
//! # The engine in a program of your own
//! ```standalone_crate
//! use execdeck_app::{service::Actor, wire::ProcessSpec};
//! use execdeck_server::process::{Engine, EngineConfig, Error, keep_if_asked};
//!
//! fn main() -> Result<(), Error> {
//!     // Each process is kept by a process of its own, which is this program again.
//!     keep_if_asked();
//!     let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
//!     runtime.block_on(async {
//!         let folder = std::env::temp_dir().join(format!("execdeck-example-{}", std::process::id()));
//!         let engine = Engine::open(EngineConfig::new(&folder)).await?;
//!         let me = Actor { name: "me".into() };
//!         let spec = ProcessSpec { program: "echo".into(), args: vec!["hello".into()], ..ProcessSpec::default() };
//!         let process = engine.create(&me, spec).await?;
//!         let ended = engine.wait(process.id).await?;
//!         assert_eq!(ended.exit, Some(execdeck_app::wire::Exit::Code(0)));
//!         assert_eq!(engine.read_output(process.id, 0).await?, b"hello\n");
//! #       std::fs::remove_dir_all(folder).expect("the folder is ours");
//!         Ok(())
//!     })
//! }
//! ```

//!
//! # Layout
//! - [`process`]: the engine. [`store`]: its history in SQLite. `service`: the engine as the app's server functions want it.
//! - [`web`]: HTTP and sockets. [`config`] and [`cli`]: what it is told. [`serve`]: all of them together.

// A chain of middleware and views makes types deeper than the compiler expects by default.
#![recursion_limit = "256"]

pub mod cli;
pub mod config;
pub mod process;
pub mod serve;
mod service;
pub mod store;
pub mod web;

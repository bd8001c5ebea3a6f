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

pub mod process;
pub mod store;

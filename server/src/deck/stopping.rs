//! Stopping what runs in a data folder from outside: `execdeck stop`.

use super::{EngineError, ends};
use crate::config::Config;
use execdeck_engine::{Engine, EngineConfig, TellOf, raise_open_files_limit};
pub use execdeck_engine::{Holder, Stopped, holder};

/// Stops every process of a data folder that no server uses, and cancels those that are queued. No server can use the
/// folder meanwhile. `begun`: is told how many processes there are, and then how many of them are queued.
pub async fn stop_all(config: &Config, begun: impl FnOnce(usize, usize)) -> Result<Stopped, EngineError> {
    raise_open_files_limit();
    let engine = Engine::open(EngineConfig {
        concurrent: config.process.concurrent,
        starts_processes: false,
        // A command without the server's configuration leaves it as it is.
        tell_of: Some(ends::tell_of(&config.webhook)).filter(|tell_of| *tell_of != TellOf::Nothing),
        ..EngineConfig::new(&config.data.folder)
    });
    let engine = engine.await?;
    begun(engine.active(), engine.queued());
    Ok(engine.stop_all().await)
}

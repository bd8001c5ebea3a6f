//! The configuration: a TOML file, overridden by environment variables `EXECDECK_<SECTION>_<KEY>`, overridden by flags.

mod load;
mod sections;

pub use load::ConfigError;
pub use sections::{Config, Data, Output, Process, Server, Stream};

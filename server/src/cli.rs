//! The command line.

use crate::config::{Config, ConfigError};
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// Start, watch, type into and stop processes from the browser.
#[derive(Debug, Parser)]
#[command(name = "execdeck", version)]
pub struct Cli {
    /// What to do; `serve` by default.
    #[command(subcommand)]
    pub command: Option<Verb>,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub overrides: Overrides,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Serve the web app (the default).
    Serve,
    /// Print the effective configuration.
    Config,
    /// Manage the key that stored secrets are encrypted with.
    #[command(subcommand)]
    Secret(SecretVerb),
    /// Keep one process (internal).
    #[command(hide = true)]
    Keep {
        /// The process's folder.
        folder: PathBuf,
    },
}

/// What to do with the key.
#[derive(Debug, Subcommand)]
pub enum SecretVerb {
    /// Replace the key and encrypt all stored secrets anew; works beside a running server.
    Rotate,
}

/// Flags; they override variables, which override the file.
#[derive(Debug, Args)]
pub struct Overrides {
    /// The configuration file [default: execdeck.toml in the current folder, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on, such as 127.0.0.1:3000; port 0 picks a free one.
    #[arg(long, global = true, value_name = "ADDRESS")]
    address: Option<SocketAddr>,
    /// The data folder, where the history and the output are stored.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

impl Overrides {
    /// Loads the effective configuration.
    pub fn load(self) -> Result<Config, ConfigError> {
        // A variable that is not UTF-8 cannot be ours.
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut config = Config::load(self.config.as_deref(), variables)?;
        config.server.address = self.address.unwrap_or(config.server.address);
        config.data.folder = self.data.unwrap_or(config.data.folder);
        config.check()?;
        Ok(config)
    }
}

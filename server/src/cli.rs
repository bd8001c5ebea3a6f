//! The command line.

use crate::{
    audit::export::Format,
    config::{Config, ConfigError, parse_address},
};
use clap::{Args, Parser, Subcommand};
use execdeck_wire::{Right, Role};
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
    /// Stop the server of the data folder. Its processes keep running.
    Stop {
        /// Stop all processes, too, each with its grace period, and cancel those that are queued; works without a server as well.
        #[arg(long)]
        all: bool,
    },
    /// Manage the key that stored secrets are encrypted with.
    #[command(subcommand)]
    Secret(SecretVerb),
    /// Manage who may sign in; works beside a running server.
    #[command(subcommand)]
    User(UserVerb),
    /// Manage API tokens; works beside a running server.
    #[command(subcommand)]
    Token(TokenVerb),
    /// Export and import templates; works beside a running server.
    #[command(subcommand)]
    Template(TemplateVerb),
    /// Check the audit, or write it out; works beside a running server.
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Check the data folder without changing it; works beside a running server. Prints a line for whatever is wrong, and then
    /// exits with 1.
    Check,
    /// Copy the data folder into a new one; works beside a running server.
    Backup {
        /// The folder to copy it into, which must not exist yet, or be empty.
        folder: PathBuf,
    },
    /// Print the texts of the pages as JSON, to be translated and named by `server.texts`.
    Texts,
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

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// Create an account; the password is read from standard input.
    Add {
        /// The name to sign in with.
        name: String,
        /// viewer, operator or admin.
        #[arg(long)]
        role: Role,
    },
    /// List all accounts.
    List,
    /// Disable an account, end its sessions and revoke its tokens.
    Disable {
        /// The name of the account.
        name: String,
    },
    /// Enable an account again.
    Enable {
        /// The name of the account.
        name: String,
    },
    /// Set a new password, which is read from standard input, and end all sessions of the account.
    Passwd {
        /// The name of the account.
        name: String,
    },
    /// List the passkeys of an account, or remove them, so that the password alone is enough again.
    Passkeys {
        /// The name of the account.
        name: String,
        /// Remove all of them.
        #[arg(long)]
        remove_all: bool,
    },
    /// Change the role of an account.
    Role {
        /// The name of the account.
        name: String,
        /// viewer, operator or admin.
        #[arg(required_unless_present = "role_flag", value_name = "ROLE")]
        role: Option<Role>,
        /// The same, as for `user add`.
        #[arg(long = "role", id = "role_flag", value_name = "ROLE", conflicts_with = "role")]
        flag: Option<Role>,
    },
}

/// What to do with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Check that no entry was changed, removed or moved; names the first one that was, and then exits with 1.
    Verify,
    /// Write all entries to standard output, the oldest first.
    Export {
        /// jsonl (one JSON object per line) or csv.
        #[arg(long, default_value = "jsonl")]
        format: Format,
    },
}

/// What to do with API tokens.
#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Create a token and print it, once.
    Add {
        /// The name of the account.
        user: String,
        /// What it is for.
        #[arg(long)]
        label: String,
        /// What it may do at most, such as view,read_output; everything that its owner may if not given.
        #[arg(long, value_delimiter = ',')]
        rights: Vec<Right>,
        /// After how many days it expires; never if not given.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=3650))]
        days: Option<u64>,
    },
}

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub enum TemplateVerb {
    /// Print templates as TOML, without their secrets.
    Export {
        /// Which, by name; all of them if none is given.
        names: Vec<String>,
    },
    /// Save the templates of a file; one whose id is known replaces the earlier one, one without an id is new.
    Import {
        /// The file; - reads standard input.
        file: Option<PathBuf>,
        /// Import the examples that come with Execdeck.
        #[arg(long, conflicts_with = "file")]
        library: bool,
    },
}

/// Flags; they override variables, which override the file.
#[derive(Debug, Args)]
pub struct Overrides {
    /// The configuration file [default: execdeck.toml in the current folder, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on, such as 127.0.0.1:3000; port 0 picks a free one.
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address)]
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

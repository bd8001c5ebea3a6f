//! The `execdeck` binary.

use clap::Parser;
use execdeck_server::{
    cli::{Cli, SecretVerb, Verb},
    commands, serve, texts,
};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Output, secrets and the history are for the user who runs the server only.
    execdeck_engine::restrict_umask();
    // Keepers stay small because nothing else has been set up yet.
    execdeck_engine::keep_if_asked();
    execdeck_engine::return_large_buffers();
    let cli = Cli::parse();
    let result = match cli.command {
        None | Some(Verb::Serve) => serve(cli),
        Some(Verb::Config) => {
            cli.overrides.load().map_err(Into::into).and_then(|config| Ok(write!(io::stdout(), "{}", toml::to_string_pretty(&config)?)?))
        }
        Some(Verb::Stop { all }) => cli.overrides.load().map_err(Into::into).and_then(|config| commands::stop::stop(&config, all)),
        Some(Verb::Secret(SecretVerb::Rotate)) => {
            cli.overrides.load().map_err(Into::into).and_then(|config| commands::rotate_secret_key(&config))
        }
        Some(Verb::Audit(verb)) => cli.overrides.load().map_err(Into::into).and_then(|config| commands::audit(&config, verb)),
        Some(Verb::User(verb)) => cli.overrides.load().map_err(Into::into).and_then(|config| commands::user(&config, verb)),
        Some(Verb::Token(verb)) => cli.overrides.load().map_err(Into::into).and_then(|config| commands::token(&config, verb)),
        Some(Verb::Template(verb)) => {
            cli.overrides.load().map_err(Into::into).and_then(|config| commands::templates::template(&config, verb))
        }
        Some(Verb::Backup { folder }) => {
            cli.overrides.load().map_err(Into::into).and_then(|config| commands::backup::backup(&config, &folder))
        }
        Some(Verb::Check) => match cli.overrides.load().map_err(Into::into).and_then(|config| commands::check::check(&config)) {
            Ok(false) => return ExitCode::FAILURE,
            checked => checked.map(drop),
        },
        Some(Verb::Texts) => texts::print_texts().map_err(Into::into),
        Some(Verb::Keep { folder }) => execdeck_engine::keep(&folder).map_err(Into::into),
    };
    // The last line may have no end.
    match result.and_then(|()| Ok(io::stdout().flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has what they wanted, as in `execdeck audit export | head`.
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("execdeck: {error}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// What is logged: what `EXECDECK_LOG` says, if that can be understood.
fn log_filter() -> EnvFilter {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let default = || EnvFilter::new("info,rusqlite_migration=warn");
    let Some(wanted) = std::env::var("EXECDECK_LOG").ok().filter(|wanted| !wanted.is_empty()) else { return default() };
    // A word alone would be the name of a module, and nothing else would be logged.
    let is_known = |part: &str| part.contains('=') || LEVELS.contains(&part.trim().to_lowercase().as_str());
    match EnvFilter::try_new(&wanted) {
        Ok(filter) if wanted.split(',').all(is_known) => filter,
        _ => {
            eprintln!("execdeck: EXECDECK_LOG={wanted} is no level, so it is info; give one of {}", LEVELS.join(", "));
            default()
        }
    }
}

fn serve(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let filter = log_filter();
    // No escape codes in a journal or a file.
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(io::stderr).init();
    let config = cli.overrides.load()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(serve::serve(config));
    // Open streams would never end by themselves; their viewers reconnect.
    runtime.shutdown_background();
    Ok(result?)
}

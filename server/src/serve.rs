//! `execdeck serve`, from loading the configuration to finishing the last request.

use crate::{
    config::Config,
    deck::{Deck, EngineError},
    listen::{Shutdown, serve_connections},
    web,
};
use std::{
    future::Future,
    io::{self, Write},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Prints a line to standard output, even if nobody is reading it any more.
macro_rules! say {
    ($($text:tt)*) => {
        let _ = writeln!(io::stdout(), $($text)*);
    };
}

/// Why the server could not start or continue.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder could not be opened.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {error}. If another server uses it, choose another address with --address.")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The listener or the signals failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until SIGINT or SIGTERM, then gives running requests a few seconds to finish. Processes keep running.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let address = config.server.address;
    let stopped = stop_signal()?;
    let listener = TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })?;
    let deck = Deck::open(&config).await?;
    say!("listening on http://{}", listener.local_addr()?);
    match deck.active() {
        0 => {}
        1 => {
            say!("1 process reattached");
        }
        reattached => {
            say!("{reattached} processes reattached");
        }
    }
    let shutdown = Shutdown::default();
    let token = shutdown.token.clone();
    tokio::spawn(async move {
        stopped.await;
        token.cancel();
    });
    let routes = web::router(deck.clone(), config, shutdown.clone());
    serve_connections(listener, routes, shutdown).await;
    match deck.active() {
        0 => {
            say!("stopped");
        }
        1 => {
            say!("stopped; 1 process keeps running. Start execdeck again to reattach.");
        }
        running => {
            say!("stopped; {running} processes keep running. Start execdeck again to reattach.");
        }
    }
    Ok(())
}

fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

//! `execdeck serve`: from the configuration to the last goodbye.

use crate::{config::Config, deck::Deck, web};
use execdeck_engine::{Engine, Error};
use std::{
    future::{Future, IntoFuture},
    io,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Why the server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The engine could not be opened.
    #[error(transparent)]
    Engine(#[from] Error),
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {error}. Is another server there? Choose another with --address.")]
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

/// Serves until SIGINT or SIGTERM. Processes go on when it ends.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let address = config.server.address;
    let listener = TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })?;
    let deck = Deck::new(Engine::open(config.engine()).await?);
    let adopted = deck.active();
    println!("listening on http://{}", listener.local_addr()?);
    if adopted > 0 {
        println!("{adopted} {} reattached", processes(adopted));
    }
    let stopped = stop_signal()?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    let server = axum::serve(listener, web::router(deck.clone(), config));
    tokio::select! {
        result = server.into_future() => result?,
        () = stopped => {}
    }
    match deck.active() {
        0 => println!("stopped"),
        1 => println!("stopped; 1 process keeps running. Start execdeck again to reattach."),
        running => println!("stopped; {running} processes keep running. Start execdeck again to reattach."),
    }
    Ok(())
}

fn processes(number: usize) -> &'static str {
    if number == 1 { "process" } else { "processes" }
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

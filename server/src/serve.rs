//! `execdeck serve`: from the configuration to the last goodbye.

use crate::{
    config::Config,
    process::{Engine, Error},
    web,
};
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
    let engine = Engine::open(config.engine()).await?;
    let adopted = engine.active();
    println!("listening on http://{}", listener.local_addr()?);
    if adopted > 0 {
        println!("{adopted} {} found running and taken over", processes(adopted));
    }
    let stopped = stop_signal()?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    let server = axum::serve(listener, web::router(engine.clone(), config));
    tokio::select! {
        result = server.into_future() => result?,
        () = stopped => {}
    }
    match engine.active() {
        0 => println!("stopped"),
        1 => println!("stopped; 1 process goes on. Start execdeck again to come back to it."),
        going => println!("stopped; {going} processes go on. Start execdeck again to come back to them."),
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

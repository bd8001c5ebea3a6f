//! The server of the release console: its own pages and sign-in, with one Execdeck below `/deck`, a second one that shares
//! nothing with it below `/lab`, and that of another server below `/far`, if there is one.
//!
//! `CONSOLE_ADDRESS` and `CONSOLE_DATA` say where it listens and keeps its data, `REMOTE_URL` and `REMOTE_TOKEN` which other
//! server and with which API token.

use axum::Router;
use execdeck_client::Client;
use execdeck_server::{Config, Execdeck, Relay, config::Server, keep_if_asked};
use leptos::{config::LeptosOptions, context::provide_context};
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use release_console::{
    app::{App, shell},
    sign_in::SignIn,
    templates,
};
use std::{env, error::Error, net::SocketAddr, path::PathBuf, time::Duration};
use tokio::{
    net::TcpListener,
    signal::{
        ctrl_c,
        unix::{SignalKind, signal},
    },
    sync::oneshot,
    time::timeout,
};

/// The files for the browser, which `scripts/embed.sh` builds.
const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/console");

/// How long open requests may take once the server is told to stop.
const FINISHING: Duration = Duration::from_secs(4);

fn main() -> Result<(), Box<dyn Error>> {
    // Each process is kept by this program, started once more. Before anything else, so that it stays small.
    keep_if_asked();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing_subscriber::filter::LevelFilter::WARN).init();
    tokio::runtime::Runtime::new()?.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let data = PathBuf::from(env::var("CONSOLE_DATA").unwrap_or_else(|_| "data/console".into()));
    let deck = Execdeck::open(Config::below("/deck", data.join("deck"))).await?;
    let lab = Execdeck::open(Config::below("/lab", data.join("lab"))).await?;
    for execdeck in [&deck, &lab] {
        templates::create(execdeck).await?;
    }

    let sign_in = SignIn::default();
    let mut app = pages(&sign_in)
        .merge(sign_in.routes())
        .nest(deck.base_path(), deck.router(sign_in.clone()))
        .nest(lab.base_path(), lab.router(sign_in.clone()));
    let far = remote()?;
    if let Some(far) = &far {
        app = app.nest(far.base_path(), far.router(sign_in));
    }

    let listener = TcpListener::bind(env::var("CONSOLE_ADDRESS").as_deref().unwrap_or("127.0.0.1:8080")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let (stop, stopping) = oneshot::channel::<()>();
    let serving = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>());
    let serving = tokio::spawn(serving.with_graceful_shutdown(async move { drop(stopping.await) }).into_future());
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = ctrl_c() => {}
    }
    drop(stop);
    // Closes what would stay open. The processes go on, and are there again at the next start.
    deck.close().await;
    lab.close().await;
    if let Some(far) = &far {
        far.close().await;
    }
    let _ = timeout(FINISHING, serving).await;
    Ok(())
}

/// The console's own pages, server functions and files, as in any Leptos app.
fn pages(sign_in: &SignIn) -> Router {
    let options = LeptosOptions::builder().output_name("release-console").site_root(SITE).build();
    let context = {
        let sign_in = sign_in.clone();
        move || provide_context(sign_in.clone())
    };
    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), page)
        .fallback(file_and_error_handler_with_context(context, shell))
        .with_state(options)
}

/// The Execdeck of another server, if the environment names one. Browsers get neither its address nor the token.
fn remote() -> Result<Option<Relay>, Box<dyn Error>> {
    let (Ok(url), Ok(token)) = (env::var("REMOTE_URL"), env::var("REMOTE_TOKEN")) else { return Ok(None) };
    let below = Server { base_path: "/far".into(), ..Server::default() };
    Ok(Some(Relay::new(below, Client::new(&url, &token)?)?))
}

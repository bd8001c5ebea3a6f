//! Renders pages to their end, also for readers that leave.

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

/// Leptos drops what a page uses together with its answer, while tasks of it may still be rendering the page: they would panic.
/// So a page is rendered in a task of its own, and what nobody reads any more is thrown away. A page is in memory as a whole
/// until it is read; its size is bounded by what it shows.
pub(super) async fn to_the_end(request: Request, next: Next) -> Response {
    // Server functions render nothing.
    if request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    // Reading begins in that task: the reader may leave before the answer gets here.
    match tokio::spawn(async move { next.run(request).await.map(read_ahead) }).await {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn read_ahead(body: Body) -> Body {
    if body.size_hint().exact().is_some() {
        return body;
    }
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut parts = body.into_data_stream();
        while let Some(part) = parts.next().await {
            // Nobody may read it any more.
            let _ = sender.send(part);
        }
    });
    Body::from_stream(stream::poll_fn(move |context| receiver.poll_recv(context)))
}

//! `GET /api/processes/{id}/search` and `GET /api/search`: lines of output that match, as JSON Lines.
//!
//! The hits are sent as they are found. The last line says `"done": true`; an answer without it is incomplete, because the reader lost
//! the right to read, the server was stopped, or the output could not be read. Whoever closes the connection ends the search.

use super::{
    error::{Failure, parse_id},
    flag::Flag,
    guarded_body::{Pieces, guarded_body},
    per_person::OpenSocket,
    query::{Parameters, wrong},
    signed::Signed,
    state::AppState,
};
use crate::{
    access::Identity,
    deck::{SearchQuery, Searching},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use execdeck_wire::{ApiError, ProcessFilter, SearchLine, StateFilter, Stream};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    q: String,
    #[serde(default)]
    regex: Flag,
    #[serde(default)]
    ignore_case: Flag,
    stream: Option<Stream>,
    from: Option<i64>,
    limit: Option<usize>,
    per_process: Option<usize>,
    #[serde(default)]
    progress: Flag,
    // Which processes.
    state: Option<StateFilter>,
    name: Option<String>,
    label: Option<String>,
    started_by: Option<String>,
}

impl Wanted {
    fn split(self) -> (SearchQuery, ProcessFilter) {
        let Self { q, regex, ignore_case, stream, from, limit, per_process, progress, state, name, label, started_by } = self;
        let [regex, ignore_case, progress] = [regex, ignore_case, progress].map(Flag::is_on);
        let query = SearchQuery { text: q, regex, ignore_case, stream, from, limit, per_process, progress };
        (query, ProcessFilter { state, name, label, started_by, ..ProcessFilter::default() })
    }
}

/// `GET /api/processes/{id}/search`.
pub(crate) async fn one(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Response, Failure> {
    let id = parse_id(&id)?;
    let (query, filter) = wanted.split();
    let ProcessFilter { state, name, label, started_by, .. } = filter;
    if query.per_process.is_some() {
        return Err(wrong("per_process", "This searches one process: say limit for how many hits, or use GET /api/search."));
    }
    let given = [("state", state.is_some()), ("name", name.is_some()), ("label", label.is_some()), ("started_by", started_by.is_some())];
    if let Some((field, _)) = given.iter().find(|(_, given)| *given) {
        return Err(wrong(field, format!("{field} says which processes to search: use it with GET /api/search.")));
    }
    let place = app.open_socket(&signed)?;
    let searching = app.deck.search(&signed.caller(), id, query).await?;
    let process = app.deck.get(&signed.caller(), id).await?;
    let may = move |identity: &Identity| identity.may_read(&process.spec.labels, process.template);
    Ok(answer(&app, &signed, searching, place, may))
}

/// `GET /api/search`.
pub(crate) async fn all(State(app): State<AppState>, signed: Signed, Parameters(wanted): Parameters<Wanted>) -> Result<Response, Failure> {
    let (query, filter) = wanted.split();
    let place = app.open_socket(&signed)?;
    let searching = app.deck.search_all(&signed.caller(), filter, query).await?;
    let before = signed.0.identity.clone();
    let may = move |now: &Identity| now.rights == before.rights && now.grants == before.grants;
    Ok(answer(&app, &signed, searching, place, may))
}

impl Pieces for Searching {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        Ok(Self::next(self).await?.map(|lines| text(&lines)))
    }
}

/// The lines as they are found. `place`: held until the end.
fn answer(
    app: &AppState,
    signed: &Signed,
    searching: Searching,
    place: OpenSocket,
    may: impl Fn(&Identity) -> bool + Clone + Send + Sync + 'static,
) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
    ([("x-accel-buffering", "no")], headers, guarded_body(app, signed, "a search", searching, place, may)).into_response()
}

fn text(lines: &[SearchLine]) -> Bytes {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).expect("wire types are always valid JSON");
        text.push(b'\n');
    }
    text.into()
}

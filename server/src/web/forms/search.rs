//! The page on which the output of all processes is searched.

use super::visit::{Visit, respond_scripted};
use axum::{extract::Query, http::StatusCode, response::Response};
use execdeck_app::plain::{SearchForm, search};

pub(super) async fn page(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Response {
    let allowed = match visit.caller() {
        Ok(caller) => visit.app.deck.require_search(&caller).await,
        Err(error) => Err(error),
    };
    if let Err(error) = allowed {
        return visit.refuse(error);
    }
    let of = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let is_on = |name: &str| of(name) == "true";
    let form = SearchForm {
        q: of("q"),
        case: is_on("case"),
        regex: is_on("regex"),
        name: of("name"),
        state: of("state"),
        label: of("label"),
        started_by: of("started_by"),
    };
    respond_scripted(StatusCode::OK, search(&visit.page, &form))
}

//! The page of several outputs at once: `?ids=<id>,<id>&view=side|merged`.

use super::visit::{Visit, respond_scripted};
use axum::{extract::Query, http::StatusCode, response::Response};
use execdeck_app::{
    plain::{TOGETHER, Together, TogetherView, together},
    t,
};
use execdeck_wire::{ApiError, ErrorCode};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    ids: String,
    view: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<Asked>) -> Response {
    let (caller, ids) = match (visit.caller(), ids(&asked.ids)) {
        (Ok(caller), Ok(ids)) => (caller, ids),
        (Err(error), _) | (_, Err(error)) => return visit.refuse(error),
    };
    let view = if asked.view == TogetherView::Merged.as_str() { TogetherView::Merged } else { TogetherView::Side };
    let mut processes = Vec::with_capacity(ids.len());
    for id in ids {
        processes.push((id, visit.app.deck.get(&caller, id).await));
    }
    respond_scripted(StatusCode::OK, together(&visit.page, &Together { processes, view }))
}

/// The processes of an address, each once.
fn ids(text: &str) -> Result<Vec<Uuid>, ApiError> {
    let bad = |message: String| ApiError::new(ErrorCode::BadRequest, message);
    let mut ids = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let id = part.parse::<Uuid>().map_err(|_| bad(t!("“{part}” is not the id of a process.", part)))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let (fewest, most) = TOGETHER.into_inner();
    if TOGETHER.contains(&ids.len()) { Ok(ids) } else { Err(bad(t!("Select {fewest} to {most} processes in the list.", fewest, most))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_to_six_processes_are_shown_each_once() {
        let id = |number: u128| Uuid::from_u128(number);
        let text = |numbers: &[u128]| numbers.iter().map(|number| id(*number).to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(ids(&text(&[2, 1, 2])).unwrap(), [id(2), id(1)]);
        assert_eq!(ids(&text(&[1, 2, 3, 4, 5, 6])).unwrap().len(), 6);
        for wrong in [String::new(), text(&[1]), text(&[1, 1]), text(&[1, 2, 3, 4, 5, 6, 7]), format!("{},x", text(&[1, 2]))] {
            assert_eq!(ids(&wrong).unwrap_err().code, ErrorCode::BadRequest, "{wrong}");
        }
    }
}

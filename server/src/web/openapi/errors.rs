//! The errors that every route may answer.

use super::schemas::Schemas;
use execdeck_wire::{ApiError, ErrorCode};
use serde_json::{Map, Value, json};

const ERRORS: [(ErrorCode, &str); 8] = [
    (ErrorCode::BadRequest, "The request is malformed or says something impossible; `field` names what is wrong."),
    (ErrorCode::Unauthorized, "Nobody is signed in."),
    (ErrorCode::Forbidden, "The caller may not do this."),
    (ErrorCode::NotFound, "There is no such thing, or the caller may not see it."),
    (ErrorCode::Conflict, "The thing is in a state that forbids this."),
    (ErrorCode::TooLarge, "More bytes than allowed."),
    (ErrorCode::LimitReached, "More things than allowed."),
    (ErrorCode::Unavailable, "The server cannot do it now."),
];

/// All of them as the responses of an operation, by status.
pub(super) fn references() -> Map<String, Value> {
    let reference = |code| json!({ "$ref": format!("#/components/responses/{}", name(code)) });
    ERRORS.into_iter().map(|(code, _)| (code.status().to_string(), reference(code))).collect()
}

/// What [`references`] refers to, by name.
pub(super) fn responses(schemas: &mut Schemas) -> Map<String, Value> {
    let response = |(code, description): (ErrorCode, &str)| {
        let mut response = json!({ "description": description, "content": schemas.json_answer::<ApiError>() });
        if code.is_temporary() {
            let seconds = json!({ "description": "When to try again, in seconds.", "schema": { "type": "integer" } });
            response["headers"] = json!({ "Retry-After": seconds });
        }
        (name(code), response)
    };
    ERRORS.into_iter().map(response).collect()
}

/// A code's name on the wire.
fn name(code: ErrorCode) -> String {
    json!(code).as_str().unwrap_or_default().to_owned()
}

//! The parameters of a GET request, read strictly: what is unknown or does not fit is an error that names the parameter.

use super::error::Failure;
use crate::wording::{in_plain_words, quoted};
use axum::{
    extract::{FromRequestParts, Query, rejection::QueryRejection},
    http::request::Parts,
};
use execdeck_wire::{ApiError, ErrorCode};
use serde::{Deserialize, de::DeserializeOwned};
use std::error::Error;
use url::form_urlencoded;

/// The parameters that a route takes. `T` must deny unknown fields.
pub(crate) struct Parameters<T>(pub T);

/// For routes that take no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(failure(&rejection, parts.uri.query().unwrap_or_default())),
        }
    }
}

/// An error about a parameter.
pub(crate) fn wrong(name: &str, message: impl Into<String>) -> Failure {
    Failure(ApiError { field: Some(name.to_owned()), ..ApiError::new(ErrorCode::BadRequest, message) })
}

type PathError = serde_path_to_error::Error<serde::de::value::Error>;

fn failure(rejection: &QueryRejection, query: &str) -> Failure {
    let mut source = rejection.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<PathError>() {
            return explain(&error.path().to_string(), &error.inner().to_string(), query);
        }
        source = error.source();
    }
    Failure::new(ErrorCode::BadRequest, rejection.body_text())
}

/// `name`: that of the parameter, if it is known. `problem`: what serde says of it.
fn explain(name: &str, problem: &str, query: &str) -> Failure {
    if let Some(unknown) = quoted(problem, "unknown field ") {
        return wrong(unknown, format!("Unknown parameter {unknown:?}."));
    }
    if let Some(missing) = quoted(problem, "missing field ") {
        return wrong(missing, format!("The parameter {missing} is missing."));
    }
    if let Some(doubled) = quoted(problem, "duplicate field ") {
        return wrong(doubled, format!("The parameter {doubled} is there more than once."));
    }
    let is_negative = || form_urlencoded::parse(query.as_bytes()).any(|(key, value)| key == name && value.starts_with('-'));
    if ["invalid digit", "cannot parse integer", "number too"].iter().any(|beginning| problem.starts_with(beginning)) {
        let bound = if is_negative() { ", 0 or more" } else { "" };
        return wrong(name, format!("{name} must be a whole number{bound}."));
    }
    wrong(name, format!("{name}: {}.", in_plain_words(problem)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::Stream;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Given {
        q: String,
        from: Option<i64>,
        count: Option<usize>,
        stream: Option<Stream>,
    }

    fn refused(query: &str) -> (String, String) {
        let uri = format!("/?{query}").parse().unwrap();
        let Failure(error) = failure(&Query::<Given>::try_from_uri(&uri).unwrap_err(), query);
        (error.field.unwrap_or_default(), error.message)
    }

    #[test]
    fn what_is_wrong_with_a_parameter_is_said_in_plain_words_with_its_name() {
        for (query, field, message) in [
            ("from=1", "q", "The parameter q is missing."),
            ("q=a&form=1", "form", "Unknown parameter \"form\"."),
            ("q=a&q=b", "q", "The parameter q is there more than once."),
            ("q=a&from=x", "from", "from must be a whole number."),
            ("q=a&from=", "from", "from must be a whole number."),
            ("q=a&count=-1", "count", "count must be a whole number, 0 or more."),
            ("q=a&count=99999999999999999999", "count", "count must be a whole number."),
            ("q=a&stream=foo", "stream", "stream: unknown value `foo`, expected one of `stdout`, `stderr`, `terminal`."),
        ] {
            assert_eq!(refused(query), (field.to_owned(), message.to_owned()), "{query}");
        }
    }
}

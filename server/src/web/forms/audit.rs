//! The page of the audit.

use super::visit::{Visit, respond};
use crate::deck;
use axum::{extract::Query, http::StatusCode, response::Response};
use execdeck_app::{
    plain::{Audit, AuditForm, audit},
    t,
};
use execdeck_wire::{ApiError, AuditFilter, AuditOutcome, AuditPage, ErrorCode, Timestamp};

/// A day, in microseconds.
const DAY: u64 = 24 * 3600 * 1_000_000;

pub(super) async fn page(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Response {
    let of = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned()).unwrap_or_default();
    let form = AuditForm {
        person: of("person"),
        action: of("action"),
        outcome: of("outcome"),
        target: of("target"),
        from: of("from"),
        until: of("until"),
    };
    let before = of("before");
    let (filter, problem) = match filter(&form, &before) {
        Ok(filter) => (filter, None),
        Err(error) => (AuditFilter::default(), Some(error.message)),
    };
    let Ok(by) = visit.people.identity() else { return visit.refuse(ApiError::new(ErrorCode::Unauthorized, t!("Sign in first."))) };
    let caller = deck::caller(by);
    let deck = &visit.app.deck;
    // What a wrong filter would find is not known.
    let found = match problem {
        None => deck.list_audit(&caller, filter.clone()).await,
        Some(_) => deck.require_audit(&caller).await.map(|()| AuditPage::default()),
    };
    let page = match found {
        Ok(page) => page,
        Err(error) => return visit.refuse(error),
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    respond(
        status,
        audit(&visit.page, &Audit { page, form, since: filter.since, until: filter.until, is_later: filter.before.is_some(), problem }),
    )
}

/// What the form asks for.
fn filter(form: &AuditForm, before: &str) -> Result<AuditFilter, ApiError> {
    let bad = |message: String| ApiError::new(ErrorCode::BadRequest, message);
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(AuditFilter {
        person: text(&form.person),
        action: text(&form.action),
        target: text(&form.target),
        outcome: text(&form.outcome).map(|outcome| outcome.parse::<AuditOutcome>()).transpose().map_err(bad)?,
        since: day(&form.from)?,
        // The day itself belongs to it.
        until: day(&form.until)?.map(|day| Timestamp::from_micros(day.as_micros() + DAY)),
        before: text(before)
            .map(|number| number.parse().map_err(|_| bad(t!("“{number}” is not the number of an entry.", number))))
            .transpose()?,
        limit: None,
    })
}

/// The beginning of a day, in UTC.
fn day(text: &str) -> Result<Option<Timestamp>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    let start = format!("{text}T00:00:00Z").parse();
    start.map(Some).map_err(|_| ApiError::new(ErrorCode::BadRequest, t!("“{text}” is not a day; write it as 2026-11-28.", text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_ones_in_utc() {
        let form = AuditForm { from: "2026-11-24".into(), until: "2026-11-24".into(), ..AuditForm::default() };
        let filter = filter(&form, "7").unwrap();
        assert_eq!(filter.since.unwrap().to_string(), "2026-11-24T00:00:00.000000Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-11-25T00:00:00.000000Z");
        assert_eq!((filter.before, filter.person), (Some(7), None));
        for form in [
            AuditForm { from: "yesterday".into(), ..AuditForm::default() },
            AuditForm { until: "2026-13-01".into(), ..AuditForm::default() },
            AuditForm { outcome: "done".into(), ..AuditForm::default() },
        ] {
            assert_eq!(super::filter(&form, "").unwrap_err().code, ErrorCode::BadRequest);
        }
        assert!(super::filter(&AuditForm::default(), "x").is_err());
    }
}

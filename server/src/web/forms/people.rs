//! The page of people.

use super::visit::{Visit, check_repeat, problem, respond};
use axum::{
    extract::{Form, Path, Query},
    http::StatusCode,
    response::Response,
};
use execdeck_app::{
    plain::{People, people},
    service::PeopleService,
    t,
};
use execdeck_wire::{ApiError, ErrorCode, Grants, Password, PersonChange, Role};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    /// Whose account was changed.
    saved: String,
}

/// What the forms of this page send.
#[derive(Default)]
struct Sent {
    name: String,
    role: Option<Role>,
    /// Whether they mean to take their own right to administer away.
    sure: bool,
    password: Password,
    repeat: Password,
    labels: String,
    templates: BTreeSet<Uuid>,
}

impl Sent {
    fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "name" => sent.name = value,
                "role" => sent.role = Some(value.parse().unwrap_or(Role::Unknown)),
                "sure" => sent.sure = value == "yes",
                "password" => sent.password = Password(value),
                "repeat" => sent.repeat = Password(value),
                "labels" => sent.labels = value,
                // What is no id grants nothing, and leaves the rights narrowed.
                "template" => drop(sent.templates.insert(value.parse().unwrap_or_default())),
                _ => {}
            }
        }
        sent
    }
}

pub(super) async fn page(visit: Visit, Query(arrival): Query<Arrival>) -> Response {
    let notice = (!arrival.saved.is_empty()).then(|| t!("The account of {name} was saved.", name = arrival.saved));
    show(&visit, StatusCode::OK, People { notice, ..People::default() }).await
}

pub(super) async fn add(visit: Visit, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let sent = Sent::from_pairs(pairs);
    let (name, role) = (sent.name.clone(), sent.role);
    let add = async {
        check_repeat(&sent.password.0, &sent.repeat.0)?;
        let person = PersonChange { name: sent.name, new: true, role, password: Some(sent.password), ..PersonChange::default() };
        visit.people.save_person(person).await
    };
    match add.await {
        Ok(person) => saved(&visit, &person.name),
        Err(error) => {
            let (status, problem) = problem("/admin/people", &["name", "password", "repeat"], error);
            show(&visit, status, People { name, role, problem, ..People::default() }).await
        }
    }
}

pub(super) async fn change(visit: Visit, Path(what): Path<String>, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let sent = Sent::from_pairs(pairs);
    let (is_me, sure) = (visit.page.me.as_ref().is_some_and(|me| me.name == sent.name), sent.sure);
    let steps_down = |change: &PersonChange| is_me && change.role.is_some_and(|role| role != Role::Admin);
    let change = match change_of(&what, sent) {
        Ok(change) if steps_down(&change) && !sure => {
            let message = t!("This takes your own administrator rights away, and you cannot give them back to yourself. Check the box \
                 below the role if you mean it.");
            Err(ApiError::new(ErrorCode::BadRequest, message))
        }
        Ok(change) => visit.people.save_person(change).await,
        Err(error) => Err(error),
    };
    match change {
        // They may not see this page any more.
        Ok(person) if is_me && person.role != Role::Admin => visit.redirect("/admin/account?done=role"),
        Ok(person) => saved(&visit, &person.name),
        Err(error) => {
            let (status, problem) = problem(&format!("/admin/people/{what}"), &[], error);
            show(&visit, status, People { problem, ..People::default() }).await
        }
    }
}

fn change_of(what: &str, sent: Sent) -> Result<PersonChange, ApiError> {
    let change = PersonChange { name: sent.name, ..PersonChange::default() };
    match what {
        "role" => Ok(PersonChange { role: Some(sent.role.unwrap_or(Role::Unknown)), ..change }),
        "password" => Ok(PersonChange { password: Some(sent.password), ..change }),
        "passkeys" => Ok(PersonChange { remove_passkeys: true, ..change }),
        "disable" => Ok(PersonChange { disabled: Some(true), ..change }),
        "enable" => Ok(PersonChange { disabled: Some(false), ..change }),
        "grants" => Ok(PersonChange { grants: Some(grants(&sent.labels, sent.templates)?), ..change }),
        _ => Err(ApiError::new(ErrorCode::NotFound, t!("There is no such form."))),
    }
}

/// Reads labels as `key=value`, one per line. Without any, and without templates, nothing is narrowed.
fn grants(text: &str, templates: BTreeSet<Uuid>) -> Result<Grants, ApiError> {
    let mut labels = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((key, value)) = line.split_once('=') else {
            let message = t!("“{line}” is no label; write key=value, one per line.", line);
            return Err(ApiError::new(ErrorCode::BadRequest, message));
        };
        labels.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(Grants { labels: (!labels.is_empty()).then_some(labels), templates: (!templates.is_empty()).then_some(templates) })
}

fn saved(visit: &Visit, name: &str) -> Response {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    visit.redirect(&format!("/admin/people?saved={name}"))
}

async fn show(visit: &Visit, status: StatusCode, page: People) -> Response {
    let load = async {
        let people = visit.people.list_people().await?;
        let templates = visit.app.deck.list_templates(&visit.caller()?).await?;
        Ok::<_, ApiError>((people, templates.into_iter().filter_map(|template| Some((template.id?, template.name))).collect()))
    };
    match load.await {
        Ok((list, templates)) => respond(status, people(&visit.page, &People { people: list, templates, ..page })),
        Err(error) => visit.refuse(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_template_leaves_rights_narrowed() {
        let pairs = [("template", "nonsense")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sent = Sent::from_pairs(pairs.into());
        assert_eq!(grants("", sent.templates).unwrap().templates, Some([Uuid::nil()].into()));
        assert_eq!(grants("", BTreeSet::new()).unwrap(), Grants::default());
    }

    #[test]
    fn labels_are_read_line_by_line() {
        let labels = |text: &str| grants(text, BTreeSet::new()).unwrap().labels;
        assert_eq!(labels(" \n\n"), None);
        assert_eq!(labels("team = ops\r\nhost=a=b").unwrap(), [("host", "a=b"), ("team", "ops")].map(|(k, v)| (k.into(), v.into())).into());
        assert!(grants("team", BTreeSet::new()).unwrap_err().message.contains("key=value"));
    }
}

//! `GET /api/openapi.json`: what the HTTP API takes and answers, as an OpenAPI 3.1 document. For those who are signed in.
//!
//! Schemas come from the types themselves, and the arguments and answers of the server functions from their signatures.
//!
//! # Layout
//! - `functions`: the server functions. `function`: how one is described. `routes`: all other routes.
//! - `errors`: what every route may answer. `schemas`: the types in requests and answers.

mod errors;
mod function;
mod functions;
mod routes;
mod schemas;

use super::{
    api::OF_ACCOUNTS,
    query::{Nothing, Parameters},
    signed::Signed,
    state::{AppState, SignIn},
};
use axum::{Json, extract::State};
use schemas::Schemas;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const DESCRIPTION: &str = "Starts, watches and stops processes.

Times are RFC 3339 in UTC; durations and sizes name their unit. Requests are read strictly: an unknown field is an error that names it. \
Answers may gain fields, and names such as states may gain values, so ignore what you do not know.";

/// The document without what differs between servers.
static DOCUMENT: LazyLock<Value> = LazyLock::new(build);

pub(crate) async fn document(State(app): State<AppState>, _: Signed, _: Parameters<Nothing>) -> Json<Value> {
    Json(served(&app.config.server.base_path, matches!(app.sign_in, SignIn::Accounts)))
}

/// The document of a server below a path, empty for the root, with accounts or the sign-in of an application.
fn served(base: &str, has_accounts: bool) -> Value {
    let mut document = DOCUMENT.clone();
    document["servers"] = json!([{ "url": if base.is_empty() { "/" } else { base } }]);
    if has_accounts {
        document["security"] = json!([{ "token": [] }, { "session": [] }]);
        document["components"]["securitySchemes"] = security();
    } else if let Some(paths) = document["paths"].as_object_mut() {
        paths.retain(|path, _| !OF_ACCOUNTS.contains(&path.as_str()));
    }
    document
}

/// How clients prove who they are, where the server has accounts.
fn security() -> Value {
    json!({
        "token": { "type": "http", "scheme": "bearer", "description": "An API token." },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-execdeck",
            "description": "The session of a browser. Below a base path the cookie is named `__Secure-execdeck`, and without HTTPS \
                `execdeck-` with the port after it.",
        },
    })
}

fn build() -> Value {
    let mut schemas = Schemas::new();
    let functions = functions::all();
    let mut paths: Map<_, _> =
        functions.iter().map(|function| (function.path.to_owned(), json!({ "post": function.operation(&mut schemas) }))).collect();
    paths.extend(routes::all(&mut schemas));
    let responses = errors::responses(&mut schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Execdeck",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "tags": [
            { "name": "processes", "description": "Starting, watching and stopping processes." },
            { "name": "templates", "description": "Saved commands with parameters." },
            { "name": "people", "description": "Accounts, sessions, tokens and passkeys." },
            { "name": "audit", "description": "What was done and refused." },
            { "name": "server", "description": "For monitoring, and this document." },
        ],
        "paths": paths,
        "components": { "responses": responses },
    });
    schemas.put_into(&mut document);
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::api::FUNCTIONS;

    /// The paths that are described for a method, in order.
    fn paths(document: &Value, method: &str) -> Vec<String> {
        let paths = document["paths"].as_object().unwrap().iter().filter(|(_, methods)| methods[method].is_object());
        let mut paths: Vec<_> = paths.map(|(path, _)| path.clone()).collect();
        paths.sort_unstable();
        paths
    }

    /// The least value that fits a schema.
    fn least(schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return least(DOCUMENT.pointer(&reference[1..]).unwrap());
        }
        let kind = schema["type"].as_str().or(schema["type"][0].as_str());
        match (kind, schema["format"].as_str()) {
            _ if schema["anyOf"].is_array() => least(&schema["anyOf"][0]),
            (Some("string"), Some("uuid")) => json!(uuid::Uuid::nil()),
            (Some("string"), Some("date-time")) => json!("2026-11-24T15:00:00Z"),
            (Some("string"), _) => json!("x"),
            (Some("boolean"), _) => json!(true),
            (Some("array"), _) => json!([]),
            (Some("object"), _) => {
                let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
                required.map(|name| (name.to_owned(), least(&schema["properties"][name]))).collect()
            }
            _ => Value::Null,
        }
    }

    #[test]
    fn exactly_the_server_functions_are_described() {
        let mut registered: Vec<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        registered.sort_unstable();
        assert_eq!(paths(&DOCUMENT, "post"), registered);
        let mut poorer = DOCUMENT.clone();
        poorer["paths"].as_object_mut().unwrap().remove("/api/whoami");
        assert_ne!(paths(&poorer, "post"), registered);
    }

    #[test]
    fn an_application_with_its_own_sign_in_has_nothing_about_accounts() {
        let (ours, theirs) = (served("", true), served("/deck", false));
        assert_eq!((&ours["servers"][0]["url"], &theirs["servers"][0]["url"]), (&json!("/"), &json!("/deck")));
        assert_eq!(paths(&ours, "post").len(), paths(&theirs, "post").len() + OF_ACCOUNTS.len());
        assert!(ours["paths"]["/api/sign_in"].is_object() && theirs["paths"]["/api/sign_in"].is_null());
        assert!(theirs["paths"]["/api/whoami"].is_object() && theirs["security"].is_null());
    }

    #[test]
    fn every_other_route_below_api_is_described() {
        let routes = include_str!("mod.rs").split(".route(\"/api/").skip(1).map(|rest| format!("/api/{}", rest.split('"').next().unwrap()));
        let mut routes: Vec<_> = routes.filter(|path| !path.contains("{*")).collect();
        routes.sort_unstable();
        let described: Vec<_> = paths(&DOCUMENT, "get").into_iter().filter(|path| path.starts_with("/api/")).collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn arguments_are_required_where_the_server_requires_them() {
        for (path, read) in FUNCTIONS {
            let schema = &DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
            let accepts = |arguments: &Value| read(arguments.to_string().as_bytes());
            let complete = least(schema);
            assert_eq!(accepts(&complete), Ok(()), "{path} {complete}");
            for (name, argument) in schema["properties"].as_object().unwrap() {
                let mut arguments = complete.clone();
                if arguments.as_object_mut().unwrap().remove(name).is_some() {
                    assert!(accepts(&arguments).is_err(), "{path} does not need {name}");
                } else {
                    arguments[name] = least(argument);
                    assert_eq!(accepts(&arguments), Ok(()), "{path} {arguments}");
                }
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_one() {
        let text = DOCUMENT.to_string();
        let references: Vec<_> = text.split(r##""$ref":"#"##).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(references.len() > 100);
        for reference in references {
            assert!(DOCUMENT.pointer(reference).is_some(), "{reference}");
        }
        for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
            let error = jsonschema::draft202012::meta::validate(schema).err().map(|error| error.to_string());
            assert_eq!(error, None, "{name}");
        }
    }

    #[test]
    fn what_differs_between_requests_and_answers_has_a_name_for_each() {
        let schemas = &DOCUMENT["components"]["schemas"];
        assert_eq!(schemas["ProcessSpecInput"]["required"], json!(["program"]));
        let takes_more = |name: &str| schemas[name]["additionalProperties"] != json!(false);
        assert_eq!((takes_more("ProcessSpecInput"), takes_more("ProcessSpec")), (false, true));
        assert!(schemas["ProcessSpec"]["required"].as_array().unwrap().contains(&json!("stop")));
        assert_eq!(schemas["TemplateInput"]["properties"]["spec"]["$ref"], "#/components/schemas/ProcessSpecInput");
        assert!(schemas["Timestamp"].is_object() && schemas["TimestampInput"].is_null());
    }
}

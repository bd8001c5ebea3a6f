//! A server function, as the document describes it.

use super::{errors, schemas::Schemas};
use leptos::server_fn::ServerFn;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// Makes the schema of a type.
type Generate = fn(&mut Schemas) -> Value;

struct Argument {
    name: &'static str,
    is_required: bool,
    schema: Generate,
}

/// A server function.
pub(super) struct Function {
    /// The path, without the base path.
    pub path: &'static str,
    group: &'static str,
    summary: &'static str,
    is_public: bool,
    arguments: Vec<Argument>,
    answer: Generate,
}

impl Function {
    /// One without arguments yet. `_arguments` takes all of them apart, so that none is forgotten.
    pub(super) fn of<F>(group: &'static str, summary: &'static str, _arguments: fn(&F)) -> Self
    where
        F: ServerFn,
        F::Output: JsonSchema,
    {
        Self { path: F::PATH, group, summary, is_public: false, arguments: Vec::new(), answer: Schemas::answer::<F::Output> }
    }

    /// Adds an argument. `_argument` finds it, and tells its type.
    pub(super) fn with<F, T: JsonSchema>(mut self, name: &'static str, is_required: bool, _argument: fn(&F) -> &T) -> Self {
        self.arguments.push(Argument { name, is_required, schema: Schemas::request::<T> });
        self
    }

    /// The same for those who are not signed in.
    pub(super) fn public(mut self) -> Self {
        self.is_public = true;
        self
    }

    /// The Operation Object.
    pub(super) fn operation(&self, schemas: &mut Schemas) -> Value {
        let properties: Map<_, _> = self.arguments.iter().map(|argument| (argument.name.to_owned(), (argument.schema)(schemas))).collect();
        let required: Vec<_> = self.arguments.iter().filter(|argument| argument.is_required).map(|argument| argument.name).collect();
        let arguments = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
        let mut responses = errors::references();
        let answer = json!({ "application/json": { "schema": (self.answer)(schemas) } });
        responses.insert("200".into(), json!({ "description": "It is done.", "content": answer }));
        let mut operation = json!({
            "operationId": self.path.trim_start_matches("/api/"),
            "tags": [self.group],
            "summary": self.summary,
            "requestBody": { "required": true, "content": { "application/json": { "schema": arguments } } },
            "responses": responses,
        });
        if self.is_public {
            operation["security"] = json!([]);
        }
        operation
    }
}

//! The schemas of the types in requests and answers.
//!
//! One type may be two schemas: a request may leave fields out that every answer has, and must not have any other field. Then that of
//! requests is called `…Input`.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where the document has the schemas.
const SCHEMAS: &str = "/components/schemas";
/// Where those of requests seem to be until all are known, and named.
const REQUESTS: &str = "/components/requests";

/// Collects schemas while a document is built.
pub(super) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |path: &'static str| {
            let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = path.into());
            settings.with_transform(RecursiveTransform(without_links as fn(&mut Schema)))
        };
        Self {
            requests: settings(REQUESTS).for_deserialize().with_transform(RecursiveTransform(strict as fn(&mut Schema))).into_generator(),
            answers: settings(SCHEMAS).for_serialize().into_generator(),
        }
    }

    /// The schema of a type in requests.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// The schema of a type in answers.
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// The content of an answer that is a type's JSON.
    pub(super) fn json_answer<T: JsonSchema>(&mut self) -> Value {
        json!({ "application/json": { "schema": self.answer::<T>() } })
    }

    /// Adds them to a document, and names those of requests wherever it refers to them.
    pub(super) fn put_into(mut self, document: &mut Value) {
        let (requests, mut all) = (self.requests.take_definitions(true), self.answers.take_definitions(true));
        let different = different(&requests, &all);
        for (name, mut schema) in requests {
            rename(&mut schema, &different);
            all.insert(named(&name, &different), schema);
        }
        rename(document, &different);
        document["components"]["schemas"] = all.into();
    }
}

/// The names of types that are described in both and look different there, also by what they refer to.
fn different(requests: &Map<String, Value>, answers: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, schema) in requests {
            let mut schema = schema.clone();
            rename(&mut schema, &found);
            if answers.get(name).is_some_and(|answer| *answer != schema) {
                found.insert(name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// What a request's type is called.
fn named(name: &str, different: &BTreeSet<String>) -> String {
    if different.contains(name) { format!("{name}Input") } else { name.to_owned() }
}

/// Changes references to types of requests to what these are called.
fn rename(value: &mut Value, different: &BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let reference = value.as_str().filter(|_| key == "$ref").and_then(|reference| reference.strip_prefix('#'));
                match reference.and_then(|reference| reference.strip_prefix(REQUESTS)) {
                    Some(name) => *value = json!(format!("#{SCHEMAS}/{}", named(name.trim_start_matches('/'), different))),
                    None => rename(value, different),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, different)),
        _ => {}
    }
}

/// The server refuses fields that it does not know.
fn strict(schema: &mut Schema) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".into(), false.into());
    }
}

/// Links to other Rust items, as they are in the documentation of a type, lead nowhere here.
fn without_links(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace("[`", "`").replace("`]", "`");
    }
}

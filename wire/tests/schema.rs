//! The schemas of the types, held against what serde makes of the same types.
#![cfg(feature = "schema")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use execdeck_wire::{Exit, Password, Process, ProcessSpec, ProcessState, Rights, Role, StateFilter, Timestamp};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// The schema of an answer.
fn answer<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of a request.
fn request<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>().to_value()
}

fn names(values: &Value) -> Vec<&str> {
    values.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn texts_that_mean_more_say_what() {
    assert_eq!((&answer::<Timestamp>()["type"], &answer::<Timestamp>()["format"]), (&json!("string"), &json!("date-time")));
    assert_eq!((&request::<Password>()["type"], &request::<Password>()["format"]), (&json!("string"), &json!("password")));
}

#[test]
fn a_filter_takes_each_state_and_each_group_that_it_names() {
    let schema = request::<StateFilter>();
    let names = names(&schema["enum"]);
    assert_eq!(names.len(), ProcessState::ALL.len() + 3);
    for name in names {
        assert_eq!(name.parse::<StateFilter>().unwrap().to_string(), name);
    }
}

#[test]
fn rights_are_a_list_of_their_names() {
    let schema = answer::<Rights>();
    assert_eq!((&schema["type"], &schema["items"]["$ref"]), (&json!("array"), &json!("#/$defs/Right")));
    let written = serde_json::to_value(Role::Admin.rights()).unwrap();
    let known: Vec<_> = schema["$defs"]["Right"]["oneOf"].as_array().unwrap().iter().map(|right| right["const"].clone()).collect();
    assert!(written.as_array().unwrap().iter().all(|right| known.contains(right)), "{known:?}");
}

#[test]
fn an_exit_is_one_of_three() {
    let schema = answer::<Exit>();
    let ways: Vec<_> = schema["oneOf"].as_array().unwrap().iter().map(|way| names(&way["required"])[0]).collect();
    assert_eq!(ways, ["code", "signal", "error"]);
}

#[test]
fn a_request_needs_only_the_program_and_an_answer_has_whatever_is_always_written() {
    assert_eq!(request::<ProcessSpec>()["required"], json!(["program"]));
    let process = answer::<Process>();
    let required = names(&process["required"]);
    let optional = process["properties"].as_object().unwrap().keys().filter(|name| !required.contains(&name.as_str()));
    assert_eq!(optional.collect::<Vec<_>>(), ["spec_shortened"]);
    assert_eq!(process["properties"]["id"]["format"], "uuid");
    assert_eq!(process["properties"]["state"]["description"], "The stage that it is in.");
}

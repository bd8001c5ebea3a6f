//! The routes that are no server functions.
//!
//! What goes over a stream of events, lines or messages has no place in OpenAPI 3.1: `x-events`, `x-lines` and `x-messages` say it.

use super::{errors, schemas::Schemas};
use execdeck_wire::{
    Activities, ApiError, AuditEntry, AuditOutcome, ClientMessage, Health, Lines, Ping, Process, SUBPROTOCOL, SearchLine, Timestamp,
    UsageSamples, Viewers,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The Path Item Objects, by path.
pub(super) fn all(schemas: &mut Schemas) -> Map<String, Value> {
    let routes = [
        ("/api/processes/{id}/output", output(schemas)),
        ("/api/processes/{id}/stream", stream(schemas)),
        ("/api/processes/{id}/lines", lines(schemas)),
        ("/api/processes/{id}/search", search(schemas, "search_output", "Lines of the output that match.", vec![id()])),
        ("/api/processes/{id}/usage", usage(schemas)),
        ("/api/search", search(schemas, "search", "Lines of the output of all processes that match, the newest process first.", which())),
        ("/api/activity", activity(schemas)),
        ("/api/events", events(schemas)),
        ("/api/audit", audit(schemas)),
        ("/api/openapi.json", openapi()),
        ("/healthz", healthz()),
        ("/metrics", metrics()),
    ];
    routes.into_iter().map(|(path, get)| (path.to_owned(), json!({ "get": get }))).collect()
}

fn output(schemas: &mut Schemas) -> Value {
    let binary = json!({ "schema": { "type": "string", "format": "binary" } });
    let content = json!({ "text/plain": binary, "application/x-asciicast": binary });
    let start = json!({ "Execdeck-Output-Start": { "description": "The offset of the first byte.", "schema": { "type": "integer" } } });
    operation(
        ("get_output", "processes", "The raw output. At a gap the connection is closed before the end."),
        &[
            id(),
            json!({ "name": "Range", "in": "header", "description": "Absolute offsets, as in `bytes=100-`; not with `follow` or `from`.",
                "schema": { "type": "string" } }),
            query("from", "The offset to start at; the oldest byte that is kept when absent.", &json!({ "type": "integer", "minimum": 0 })),
            query("follow", "Goes on until the process has ended.", &json!({ "type": "boolean", "default": false })),
            query("download", "Makes browsers save it.", &json!({ "type": "boolean", "default": false })),
            query(
                "format",
                "Instead of the bytes: `text` is what lines show, `times` the same with times, `asciicast` a recording for asciinema. Not with \
                 `Range`, `follow` or `from`.",
                &json!({ "type": "string", "enum": ["text", "times", "asciicast"] }),
            ),
        ],
        &json!({
            "200": { "description": "The bytes.", "headers": start, "content": content },
            "206": { "description": "The range that was asked for.", "headers": start, "content": content },
            "416": { "description": "The range is not available.", "content": schemas.json_answer::<ApiError>() },
        }),
    )
}

fn stream(schemas: &mut Schemas) -> Value {
    let description = format!(
        "A WebSocket with the subprotocol `{SUBPROTOCOL}`. The server sends binary frames: one byte for the kind, then fixed fields, \
         integers little-endian. 01, 02 and 03 are output of stdout, stderr and a terminal (u64 offset, bytes); 04 is a gap (u64 from, \
         u64 to, u8 reason: 0 retention, 1 skipped, 2 not written, 3 damaged); 05 is the JSON of the process; 06 is the screen of a terminal (u64 offset, u16 columns, u16 rows, escape codes), \
         with which `tail` of one that is still used begins; 07 is the end (u64 offset); 08, with `viewers=true`, is the JSON of who \
         else watches. The client sends input as binary messages and everything else as text, and acknowledges what it has processed. Errors are close \
         codes: 4400 bad request, 4401 not signed in, 4403 not allowed, 4404 no such process, 4429 too many, 1012 restarting."
    );
    operation(
        ("stream_process", "processes", "The output as it comes, input, and the state of the process."),
        &[
            id(),
            query("from", "An offset, or `tail`.", &json!({ "type": "string", "pattern": "^(tail|[0-9]+)$", "default": "tail" })),
            query(
                "mode",
                "Whether the server may skip ahead if the viewer is slow.",
                &json!({ "type": "string", "enum": ["live", "full"], "default": "live" }),
            ),
            query(
                "viewers",
                "Whether to be told who else watches, and to be one of those of whom one types into a terminal at a time.",
                &json!({ "type": "boolean", "default": false }),
            ),
        ],
        &json!({
            "101": {
                "description": description,
                "x-messages": {
                    "process": schemas.answer::<Process>(),
                    "viewers": schemas.answer::<Viewers>(),
                    "text": schemas.request::<ClientMessage>(),
                },
            },
            "426": { "description": "The connection cannot become a WebSocket.", "content": schemas.json_answer::<ApiError>() },
        }),
    )
}

fn lines(schemas: &mut Schemas) -> Value {
    operation(
        ("get_lines", "processes", "The output by lines. A line belongs to one stream."),
        &[
            id(),
            query(
                "from",
                "The number of the first line, from 1; negative, it counts from the end.",
                &json!({ "type": "integer", "default": 1 }),
            ),
            query("count", "How many lines.", &json!({ "type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000 })),
            query(
                "stream",
                "Only lines of this stream. Some 64 MiB are looked through at a time: `next` says where to go on.",
                &json!({ "type": "string", "enum": ["stdout", "stderr", "terminal"] }),
            ),
            query("before", "Only lines before the one of this number.", &json!({ "type": "integer", "minimum": 0 })),
        ],
        &json!({ "200": { "description": "The lines.", "content": schemas.json_answer::<Lines>() } }),
    )
}

fn search(schemas: &mut Schemas, name: &str, summary: &str, mut parameters: Vec<Value>) -> Value {
    let switch = json!({ "type": "boolean", "default": false });
    let required = |mut parameter: Value| {
        parameter["required"] = json!(true);
        parameter
    };
    parameters.extend([
        required(query(
            "q",
            "What to search for, in what lines show: escape sequences are left out.",
            &json!({ "type": "string", "minLength": 1 }),
        )),
        query("regex", "It is a regular expression in the syntax of Rust's `regex`.", &switch),
        query("ignore_case", "Upper and lower case are the same.", &switch),
        query("stream", "Only this stream.", &json!({ "type": "string", "enum": ["stdout", "stderr", "terminal"] })),
        query(
            "from",
            "The number of the first line, from 1; negative, it counts from the end.",
            &json!({ "type": "integer", "default": 1 }),
        ),
        query("limit", "How many hits.", &json!({ "type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000 })),
        query("progress", "Also say how far the search has come.", &switch),
    ]);
    let content = json!({ "application/x-ndjson": { "schema": { "type": "string" }, "x-lines": schemas.answer::<SearchLine>() } });
    let description = "The hits as they are found, a line of JSON each, and a last line with `done`. An answer without it is incomplete.";
    operation((name, "processes", summary), &parameters, &json!({ "200": { "description": description, "content": content } }))
}

/// Which processes are searched.
fn which() -> Vec<Value> {
    let text = json!({ "type": "string" });
    vec![
        query("state", "A state, or `active`, `ended` or `unsuccessful`.", &text),
        query("name", "Words that the name or the command line contains, ignoring case.", &text),
        query("label", "`key` or `key=value`.", &text),
        query("started_by", "Who started it.", &text),
        query(
            "per_process",
            "How many hits of each process; the last line names those that have more (`cut`).",
            &json!({ "type": "integer", "minimum": 1, "maximum": 10_000 }),
        ),
    ]
}

fn activity(schemas: &mut Schemas) -> Value {
    let ids = json!({ "type": "array", "maxItems": 100, "items": { "type": "string", "format": "uuid" } });
    let listed = |name: &str, description: &str| {
        let mut parameter = query(name, description, &ids);
        parameter["style"] = json!("form");
        parameter["explode"] = json!(false);
        parameter
    };
    operation(
        ("get_activity", "processes", "What active processes do now, and how the latest processes of the same name went."),
        &[
            listed("ids", "Active processes: what they use, and how far they have come if the last line of their output says so."),
            listed("runs", "Processes of whose name the latest 10 are wanted."),
        ],
        &json!({ "200": { "description": "Those that exist for the caller.", "content": schemas.json_answer::<Activities>() } }),
    )
}

fn usage(schemas: &mut Schemas) -> Value {
    operation(
        ("get_usage", "processes", "What a process and everything that it has started used over time, also while it runs."),
        &[id()],
        &json!({ "200": { "description": "The samples, oldest first.", "content": schemas.json_answer::<UsageSamples>() } }),
    )
}

fn events(schemas: &mut Schemas) -> Value {
    let events = json!({
        "process": schemas.answer::<Process>(),
        "removed": schemas.answer::<Uuid>(),
        "health": schemas.answer::<Health>(),
        "ping": schemas.answer::<Ping>(),
    });
    let description = "Server-sent events: `process`, with long texts cut short; `removed`, with the id; `health`, what is wrong with \
                       the server, without `disk`, at the start and when it changes; `ping` at the start and after 20 s of silence.";
    let content = json!({ "text/event-stream": { "schema": { "type": "string" }, "x-events": events } });
    operation(
        ("get_events", "processes", "What happens to processes, as it happens."),
        &[],
        &json!({ "200": { "description": description, "content": content } }),
    )
}

fn audit(schemas: &mut Schemas) -> Value {
    let text = json!({ "type": "string" });
    let time = schemas.request::<Timestamp>();
    let content = json!({
        "application/x-ndjson": { "schema": text, "x-lines": schemas.answer::<AuditEntry>() },
        "text/csv": { "schema": text },
    });
    operation(
        ("export_audit", "audit", "What was done and refused, oldest first. For administrators."),
        &[
            query("format", "JSON Lines or CSV.", &json!({ "type": "string", "enum": ["jsonl", "csv"], "default": "jsonl" })),
            query("person", "Who did it.", &text),
            query("action", "What was done.", &text),
            query("target", "The id or the name of what it was done to.", &text),
            query("outcome", "What came of it.", &schemas.request::<AuditOutcome>()),
            query("since", "Not before.", &time),
            query("until", "Before.", &time),
        ],
        &json!({ "200": { "description": "The entries.", "content": content } }),
    )
}

fn openapi() -> Value {
    let content = json!({ "application/json": { "schema": { "type": "object" } } });
    operation(
        ("get_openapi", "server", "This document."),
        &[],
        &json!({ "200": { "description": "An OpenAPI 3.1 document.", "content": content } }),
    )
}

fn healthz() -> Value {
    let content = json!({ "text/plain": { "schema": { "type": "string" } } });
    let mut get = operation(
        ("get_health", "server", "Whether the server works."),
        &[],
        &json!({ "200": { "description": "It does.", "content": content } }),
    );
    get["security"] = json!([]);
    get
}

fn metrics() -> Value {
    let content = json!({ "application/openmetrics-text": { "schema": { "type": "string" } } });
    operation(
        ("get_metrics", "server", "For Prometheus. For those who may see all processes."),
        &[],
        &json!({ "200": { "description": "The OpenMetrics text format, version 1.0.0.", "content": content } }),
    )
}

/// An Operation Object: its id, tag and summary, its parameters, and its responses besides the usual errors.
fn operation((id, group, summary): (&str, &str, &str), parameters: &[Value], answers: &Value) -> Value {
    let mut responses = errors::references();
    responses.extend(answers.as_object().cloned().unwrap_or_default());
    json!({ "operationId": id, "tags": [group], "summary": summary, "parameters": parameters, "responses": responses })
}

/// The process that a path names.
fn id() -> Value {
    json!({ "name": "id", "in": "path", "required": true, "description": "The process.", "schema": { "type": "string", "format": "uuid" } })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

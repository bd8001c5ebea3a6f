//! A process for tests.

use crate::wire::Process;
use serde_json::{Value, json};

/// A process as a server sends it, ended, with these fields in place of its own.
pub(crate) fn process(fields: Value) -> Process {
    let mut process = json!({
        "id": "01890a5d-ac96-774b-bcce-b302099a8057", "revision": 4, "name": "a", "state": "exited", "pid": null, "restarts": 0,
        "spec": { "program": "a" }, "created_at": "2026-11-24T15:00:00Z", "started_at": "2026-11-24T15:00:01Z", "ended_at": null,
        "duration_ms": null, "exit": null, "output": { "start": 0, "end": 9 }, "started_by": "ada",
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    process.as_object_mut().expect("it is an object").extend(fields);
    serde_json::from_value(process).expect("it is a process")
}

//! What a webhook is told of an end.

use execdeck_app::{format, texts::in_english};
use execdeck_wire::Process;
use serde::Serialize;

#[derive(Serialize)]
struct Notice<'a> {
    event: &'static str,
    /// Whether somebody should look at it.
    failed: bool,
    /// In words, which chat programs show.
    text: String,
    /// The page of the process, if the server knows its own address.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    process: &'a Process,
}

/// Names an end: a process that was thought to have ended, and then does, has two.
pub(super) fn delivery(process: &Process) -> String {
    format!("{}-{}", process.id, process.revision)
}

/// The JSON of a notice. `address`: the server's, with its base path.
pub(super) fn body(mut process: Process, address: Option<&str>) -> Vec<u8> {
    process.shorten();
    let failed = process.is_unsuccessful();
    let url = address.map(|address| format!("{address}/admin/exec/{}", process.id));
    let page = url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
    let word = if failed { "failed" } else { "ended" };
    let outcome = in_english(|| format::outcome(&process));
    let text = format!("{} {word}: {outcome} (started by {}){page}", process.name, process.started_by);
    let notice = Notice { event: "ended", failed, text, url, process: &process };
    serde_json::to_vec(&notice).expect("a process is always valid JSON")
}

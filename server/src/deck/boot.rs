//! What the server starts by itself after a reboot, on record.

use super::details;
use crate::audit::{Audit, Draft};
use execdeck_engine::BootStart;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Records each start that it is told of, before it happens: now or, if the audit cannot be written, later.
pub(super) fn recorder(audit: Audit) -> UnboundedSender<BootStart> {
    let (starts, mut told) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(start) = told.recv().await {
            audit.record_always(draft(&start)).await;
            drop(start);
        }
    });
    starts
}

fn draft(start: &BootStart) -> Draft {
    let BootStart { old, new, started_by, template, spec, .. } = start;
    let details = json!({ "again": old, "started_by": started_by, "spec": details(spec) });
    let draft = Draft::by_server("start_at_boot").on(new).named(spec.display_name()).with(details);
    Draft { template: template.map(|template| template.to_string()), ..draft }
}

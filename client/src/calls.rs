//! The server functions, each as a method. Every one fails with [`ClientError::Api`](crate::ClientError::Api) if the server
//! refuses.

use crate::{Client, ClientError};
use execdeck_wire::{AuditFilter, AuditPage, Health, Me, Process, ProcessFilter, ProcessPage, ProcessSpec, Template, TemplateValues};
use serde_json::json;
use uuid::Uuid;

impl Client {
    /// Who the token belongs to, and what it may do.
    pub async fn whoami(&self) -> Result<Me, ClientError> {
        self.call("whoami", &json!({})).await
    }

    /// Starts a process; a program that cannot be started is a process in state `failed`, not an error.
    pub async fn create_process(&self, spec: &ProcessSpec) -> Result<Process, ClientError> {
        self.call("create_process", &json!({ "spec": spec })).await
    }

    /// Lists processes, newest first. The next page is the one `before` the `next` of this one.
    pub async fn list_processes(&self, filter: &ProcessFilter) -> Result<ProcessPage, ClientError> {
        self.call("list_processes", &json!({ "filter": filter })).await
    }

    /// Finds one process.
    pub async fn get_process(&self, id: Uuid) -> Result<Process, ClientError> {
        self.call("get_process", &json!({ "id": id })).await
    }

    /// Without a signal: stops the tree as its spec says. `KILL`: the tree at once. Another signal, named without `SIG`: the
    /// leader only. Returns at once, with the process as it is then; one that has ended stays as it is.
    pub async fn kill_process(&self, id: Uuid, signal: Option<&str>) -> Result<Process, ClientError> {
        self.call("kill_process", &json!({ "id": id, "signal": signal })).await
    }

    /// Starts a new process with the same spec, secrets included, or the template that it was started from with the same values.
    pub async fn restart_process(&self, id: Uuid) -> Result<Process, ClientError> {
        self.call("restart_process", &json!({ "id": id })).await
    }

    /// Removes an ended process and its output.
    pub async fn remove_process(&self, id: Uuid) -> Result<(), ClientError> {
        self.call("remove_process", &json!({ "id": id })).await
    }

    /// Types text into a process, up to 2 MiB, all or nothing. For more than a few lines, or for bytes that are no text, see
    /// [`ProcessStream::send_input`](crate::ProcessStream::send_input).
    pub async fn write_input(&self, id: Uuid, text: &str) -> Result<(), ClientError> {
        self.call("write_input", &json!({ "id": id, "text": text })).await
    }

    /// The templates that the token may see, by name.
    pub async fn list_templates(&self) -> Result<Vec<Template>, ClientError> {
        self.call("list_templates", &json!({})).await
    }

    /// Finds one template; its secrets are masked.
    pub async fn get_template(&self, id: Uuid) -> Result<Template, ClientError> {
        self.call("get_template", &json!({ "id": id })).await
    }

    /// Creates a template, or replaces the one with its id. For administrators.
    pub async fn save_template(&self, template: &Template) -> Result<Template, ClientError> {
        self.call("save_template", &json!({ "template": template })).await
    }

    /// Removes a template; what was started from it stays. For administrators.
    pub async fn remove_template(&self, id: Uuid) -> Result<(), ClientError> {
        self.call("remove_template", &json!({ "id": id })).await
    }

    /// What would be run with these values, secrets masked. The template need not be saved. For administrators.
    pub async fn preview_template(&self, template: &Template, values: &TemplateValues) -> Result<ProcessSpec, ClientError> {
        self.call("preview_template", &json!({ "template": template, "values": values })).await
    }

    /// Starts a process from a template. A value that does not fit is an error whose `field` is the parameter's name.
    pub async fn start_template(&self, id: Uuid, values: &TemplateValues, reason: Option<&str>) -> Result<Process, ClientError> {
        self.call("start_template", &json!({ "id": id, "values": values, "reason": reason })).await
    }

    /// What was done and refused, newest first. For administrators.
    pub async fn list_audit(&self, filter: &AuditFilter) -> Result<AuditPage, ClientError> {
        self.call("list_audit", &json!({ "filter": filter })).await
    }

    /// What is wrong with the server, if anything, and how full its disk is.
    pub async fn get_health(&self) -> Result<Health, ClientError> {
        self.call("get_health", &json!({})).await
    }
}

//! An entry before it is in the chain.

use execdeck_wire::{AuditOutcome, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::net::IpAddr;

/// The most that is kept of one text, in bytes, and of the details as a whole.
const MOST_TEXT: usize = 1000;
const MOST_DETAILS: usize = 8000;
const ELLIPSIS: &str = "\u{2026}";

/// What is to be recorded. The chain gives it its place and its hash; the fields are those of
/// [`AuditEntry`](execdeck_wire::AuditEntry).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are documented where they are read")]
pub struct Draft {
    pub time: Timestamp,
    pub person: Option<String>,
    pub via: String,
    pub token: Option<String>,
    pub address: Option<String>,
    pub action: String,
    pub target: Option<String>,
    pub target_name: Option<String>,
    pub template: Option<String>,
    pub details: Option<Value>,
    pub reason: Option<String>,
    pub outcome: AuditOutcome,
    pub error: Option<String>,
    pub count: Option<u64>,
    pub of: Option<u64>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            time: Timestamp::from_micros(0),
            person: None,
            via: String::new(),
            token: None,
            address: None,
            action: String::new(),
            target: None,
            target_name: None,
            template: None,
            details: None,
            reason: None,
            outcome: AuditOutcome::Allowed,
            error: None,
            count: None,
            of: None,
        }
    }
}

impl Draft {
    /// Something that is allowed now. `via`: how whoever does it has proved who they are.
    pub fn new(via: &str, action: &str) -> Self {
        Self { time: Timestamp::now(), via: via.to_owned(), action: action.to_owned(), ..Self::default() }
    }

    /// Something that the server does by itself.
    pub fn by_server(action: &str) -> Self {
        Self::new("server", action)
    }

    /// Something that a command does, in the name of the system's user who has started it.
    pub fn by_command(action: &str) -> Self {
        Self { person: Some(system_user()), ..Self::new("command", action) }
    }

    /// Where the request came from.
    #[must_use]
    pub fn from(mut self, address: Option<IpAddr>) -> Self {
        self.address = address.map(|address| address.to_canonical().to_string());
        self
    }

    /// The id of what it is done to.
    #[must_use]
    pub fn on(mut self, target: impl ToString) -> Self {
        self.target = Some(target.to_string());
        self
    }

    /// The name of what it is done to.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.target_name = Some(name.into());
        self
    }

    /// With which parameters, as a JSON object without secrets.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same as an entry that it was refused, or has failed.
    #[must_use]
    pub fn ended(mut self, outcome: AuditOutcome, error: impl ToString) -> Self {
        self.outcome = outcome;
        self.error = Some(error.to_string());
        self
    }

    /// Cuts long texts short: an entry is small, whatever people send.
    #[must_use]
    pub(super) fn shortened(mut self) -> Self {
        let texts = [&mut self.person, &mut self.token, &mut self.target, &mut self.target_name, &mut self.reason, &mut self.error];
        for text in texts.into_iter().flatten() {
            shorten(text);
        }
        if let Some(details) = self.details.take() {
            let length = details.to_string().len();
            self.details = Some(if length <= MOST_DETAILS { details } else { outline(&details, length) });
        }
        self
    }
}

fn shorten(text: &mut String) {
    if text.len() > MOST_TEXT {
        text.truncate(text.floor_char_boundary(MOST_TEXT - ELLIPSIS.len()));
        text.push_str(ELLIPSIS);
    }
}

/// What remains of details that are too long: each text and list is cut, and the length says that there was more.
fn outline(details: &Value, length: usize) -> Value {
    let cut = |value: &Value| {
        let mut text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.truncate(text.floor_char_boundary(MOST_TEXT / 4));
        Value::String(text + ELLIPSIS)
    };
    let mut kept = serde_json::Map::new();
    for (key, value) in details.as_object().into_iter().flatten().take(16) {
        let short = value.to_string().len() <= MOST_TEXT / 4;
        kept.insert(key.clone(), if short { value.clone() } else { cut(value) });
    }
    kept.insert("cut_bytes".into(), json!(length));
    Value::Object(kept)
}

/// The name of the system's user who runs this program, or their number.
fn system_user() -> String {
    let id = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_id = |line: &str| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    };
    users.lines().find_map(of_id).unwrap_or_else(|| format!("uid {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_people_send_an_entry_is_small() {
        let long = "\u{1F600}".repeat(100_000);
        let details = json!({ "args": vec![long.clone(); 100], "program": "sh", "name": long });
        let draft = Draft { reason: Some(long), ..Draft::new("token", "create_process") }.with(details).shortened();
        assert!(serde_json::to_string(&draft).unwrap().len() < 4 * MOST_TEXT, "{draft:?}");
        let kept = draft.details.unwrap();
        assert_eq!(kept["program"], "sh");
        assert!(kept["cut_bytes"].as_u64().unwrap() > 1_000_000 && draft.reason.unwrap().ends_with(ELLIPSIS));
    }

    #[test]
    fn a_command_is_recorded_with_the_name_of_its_user() {
        let name = Draft::by_command("rotate_key").person.unwrap();
        assert!(!name.is_empty() && !name.contains(':'));
    }
}

//! What is wrong with a server and its disk.

use super::{DiskUse, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The output of at least one running process cannot be written.
    OutputNotWritten,
    /// The history cannot be written.
    HistoryNotWritable,
    /// The audit cannot be written.
    AuditNotWritable,
    /// No keeper can be started, so no process can.
    KeeperNotStartable,
    /// The key to the stored secrets cannot be used.
    SecretKeyNotUsable,
    /// The server has run out of file descriptors.
    TooFewDescriptors,
    /// The disk is full, or nearly so.
    LittleSpace,
    /// The webhook could not be told of the last ends of processes.
    WebhookNotDelivered,
    /// A kind that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl ProblemCode {
    /// All kinds, the worst first.
    pub const ALL: [Self; 8] = [
        Self::OutputNotWritten,
        Self::HistoryNotWritable,
        Self::AuditNotWritable,
        Self::KeeperNotStartable,
        Self::SecretKeyNotUsable,
        Self::TooFewDescriptors,
        Self::LittleSpace,
        Self::WebhookNotDelivered,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutputNotWritten => "output_not_written",
            Self::HistoryNotWritable => "history_not_writable",
            Self::AuditNotWritable => "audit_not_writable",
            Self::KeeperNotStartable => "keeper_not_startable",
            Self::SecretKeyNotUsable => "secret_key_not_usable",
            Self::TooFewDescriptors => "too_few_descriptors",
            Self::LittleSpace => "little_space",
            Self::WebhookNotDelivered => "webhook_not_delivered",
            Self::Unknown => "unknown",
        }
    }
}

/// Something that whoever runs the server must know. It is there for as long as its cause is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// What kind it is; of each kind there is one at most.
    pub code: ProblemCode,
    /// What is wrong, what that means for running processes, and what to do; whole sentences for people.
    pub message: String,
    /// When it was noticed.
    pub since: Timestamp,
}

/// How a server is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// What is wrong now, the worst first; none if all is well.
    pub problems: Vec<Problem>,
    /// How full its disk is; absent in events, for those who may not see all processes, and while it cannot be told.
    #[serde(default)]
    pub disk: Option<DiskUse>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_name_and_what_a_newer_server_knows_can_be_read() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        let newer = r#"{"problems":[{"code":"on_fire","message":"m","since":"2026-11-24T15:00:00Z","where":"x"}],"more":1}"#;
        let health: Health = serde_json::from_str(newer).unwrap();
        assert_eq!((health.problems[0].code, health.disk), (ProblemCode::Unknown, None));
    }
}

//! Entries as rows.

use super::{draft::Draft, hex::hex};
use execdeck_wire::{AuditEntry, AuditOutcome, Timestamp};
use rusqlite::{Connection, named_params};

/// A row as it is stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub seq: i64,
    pub time: i64,
    pub person: Option<String>,
    pub via: String,
    pub token: Option<String>,
    pub address: Option<String>,
    pub action: String,
    pub target: Option<String>,
    pub target_name: Option<String>,
    pub template: Option<String>,
    pub details: Option<String>,
    pub reason: Option<String>,
    pub outcome: String,
    pub error: Option<String>,
    pub count: Option<i64>,
    pub of: Option<i64>,
    pub hash: Vec<u8>,
}

impl Row {
    /// The row of a draft at this place, without its hash.
    pub(super) fn of(draft: Draft, seq: i64) -> Self {
        let draft = draft.shortened();
        Self {
            seq,
            time: draft.time.as_micros() as i64,
            person: draft.person,
            via: draft.via,
            token: draft.token,
            address: draft.address,
            action: draft.action,
            target: draft.target,
            target_name: draft.target_name,
            template: draft.template,
            details: draft.details.map(|details| details.to_string()),
            reason: draft.reason,
            outcome: draft.outcome.as_str().to_owned(),
            error: draft.error,
            count: draft.count.map(|count| count as i64),
            of: draft.of.map(|of| of as i64),
            hash: Vec::new(),
        }
    }

    pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            seq: row.get("seq")?,
            time: row.get("time")?,
            person: row.get("person")?,
            via: row.get("via")?,
            token: row.get("token")?,
            address: row.get("address")?,
            action: row.get("action")?,
            target: row.get("target")?,
            target_name: row.get("target_name")?,
            template: row.get("template")?,
            details: row.get("details")?,
            reason: row.get("reason")?,
            outcome: row.get("outcome")?,
            error: row.get("error")?,
            count: row.get("count")?,
            of: row.get("of")?,
            hash: row.get("hash")?,
        })
    }

    pub(super) fn insert(&self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO audit (seq, time, person, via, token, address, action, target, target_name, template, details, reason,
                     outcome, error, count, of, hash)
                   VALUES (:seq, :time, :person, :via, :token, :address, :action, :target, :target_name, :template, :details, :reason,
                     :outcome, :error, :count, :of, :hash)";
        connection.prepare_cached(sql)?.execute(named_params! {
            ":seq": self.seq,
            ":time": self.time,
            ":person": self.person,
            ":via": self.via,
            ":token": self.token,
            ":address": self.address,
            ":action": self.action,
            ":target": self.target,
            ":target_name": self.target_name,
            ":template": self.template,
            ":details": self.details,
            ":reason": self.reason,
            ":outcome": self.outcome,
            ":error": self.error,
            ":count": self.count,
            ":of": self.of,
            ":hash": self.hash,
        })?;
        Ok(())
    }

    /// As others see it.
    pub(super) fn into_entry(self) -> AuditEntry {
        let number = |number: i64| number.max(0) as u64;
        AuditEntry {
            seq: number(self.seq),
            time: Timestamp::from_micros(number(self.time)),
            person: self.person,
            via: self.via,
            token: self.token,
            address: self.address,
            action: self.action,
            target: self.target,
            target_name: self.target_name,
            template: self.template,
            // What is no JSON any more is shown as it is.
            details: self.details.map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))),
            reason: self.reason,
            outcome: self.outcome.parse().unwrap_or(AuditOutcome::Unknown),
            error: self.error,
            count: self.count.map(number),
            of: self.of.map(number),
            hash: hex(&self.hash),
        }
    }
}

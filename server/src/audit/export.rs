//! Entries as text: JSON Lines, and CSV (RFC 4180).

use execdeck_wire::AuditEntry;
use std::{fmt::Write, str::FromStr};

/// How entries are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    #[default]
    JsonLines,
    /// A table with a header, for spreadsheets.
    Csv,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            _ => Err(format!("{text:?} isn't a format; use jsonl or csv")),
        }
    }
}

impl Format {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// How a file's name ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// What comes before the first entry.
    pub fn header(self) -> &'static str {
        match self {
            Self::JsonLines => "",
            Self::Csv => {
                "seq,time,person,via,token,address,action,target,target_name,template,details,reason,outcome,error,count,of,hash\r\n"
            }
        }
    }

    /// Writes an entry.
    pub fn write(self, entry: &AuditEntry, text: &mut String) {
        match self {
            Self::JsonLines => {
                text.push_str(&serde_json::to_string(entry).expect("an entry is JSON"));
                text.push('\n');
            }
            Self::Csv => csv(entry, text),
        }
    }
}

fn csv(entry: &AuditEntry, text: &mut String) {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let cells = [
        Some(entry.seq.to_string()),
        Some(entry.time.to_string()),
        entry.person.clone(),
        Some(entry.via.clone()),
        entry.token.clone(),
        entry.address.clone(),
        Some(entry.action.clone()),
        entry.target.clone(),
        entry.target_name.clone(),
        entry.template.clone(),
        entry.details.as_ref().map(ToString::to_string),
        entry.reason.clone(),
        Some(entry.outcome.as_str().to_owned()),
        entry.error.clone(),
        number(entry.count),
        number(entry.of),
        Some(entry.hash.clone()),
    ];
    for (column, cell) in cells.into_iter().map(Option::unwrap_or_default).enumerate() {
        let separator = if column == 0 { "" } else { "," };
        // A spreadsheet would run such a cell as a formula.
        let harmless = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        let _ = write!(text, "{separator}\"{harmless}{}\"", cell.replace('"', "\"\""));
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::{AuditOutcome, Timestamp};

    #[test]
    fn a_cell_is_neither_two_cells_nor_a_formula() {
        let entry = AuditEntry {
            seq: 1,
            time: Timestamp::from_micros(0),
            person: Some("a\"b,c\nd".into()),
            via: "session".into(),
            token: Some("+1".into()),
            address: Some("-1".into()),
            action: "@SUM".into(),
            target: Some("\tx".into()),
            target_name: Some("=HYPERLINK(\"http://evil\")".into()),
            template: None,
            details: None,
            reason: Some("\r=1".into()),
            outcome: AuditOutcome::Allowed,
            error: None,
            count: None,
            of: None,
            hash: "00".into(),
        };
        let mut text = String::new();
        Format::Csv.write(&entry, &mut text);
        let expected = "\"1\",\"1970-01-01T00:00:00.000000Z\",\"a\"\"b,c\nd\",\"session\",\"'+1\",\"'-1\",\"'@SUM\",\"'\tx\",\
                        \"'=HYPERLINK(\"\"http://evil\"\")\",\"\",\"\",\"'\r=1\",\"allowed\",\"\",\"\",\"\",\"00\"\r\n";
        assert_eq!(text, expected);
        assert_eq!(Format::Csv.header().split(',').count(), 17);
    }
}

//! Points in time, in JSON as RFC 3339 in UTC.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A point in time after 1970 with a precision of microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "date-time")))]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(u64);

impl Timestamp {
    /// The time this many microseconds after 1970-01-01T00:00:00Z, capped at the end of the year 9999.
    pub const fn from_micros(micros: u64) -> Self {
        const LAST: u64 = 253_402_300_799_999_999;
        Self(if micros > LAST { LAST } else { micros })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, the unit of JavaScript's `Date`.
    pub const fn as_millis(self) -> i64 {
        (self.0 / 1000) as i64
    }

    /// The current time by the system's clock, which may jump.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self::from_micros(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_micros(UNIX_EPOCH + Duration::from_micros(self.0)).fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = humantime::TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_rfc3339(text).map(Self::from)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = humantime::TimestampError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_as_it_was_written() {
        let time = Timestamp::from_micros(1_795_532_400_000_042);
        assert_eq!(time.to_string(), "2026-11-24T15:00:00.000042Z");
        assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        assert_eq!(serde_json::to_string(&time).unwrap(), r#""2026-11-24T15:00:00.000042Z""#);
    }

    #[test]
    fn nanoseconds_of_earlier_versions_are_read() {
        let time: Timestamp = serde_json::from_str(r#""2026-11-24T15:00:00.000042999Z""#).unwrap();
        assert_eq!(time.as_micros(), 1_795_532_400_000_042);
        assert!(serde_json::from_str::<Timestamp>(r#""yesterday""#).is_err());
    }

    #[test]
    fn no_number_of_microseconds_is_too_much_to_print() {
        assert_eq!(Timestamp::from_micros(u64::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
    }
}

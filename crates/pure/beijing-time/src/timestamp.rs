//! An instant in epoch milliseconds.

use core::fmt;
use core::str::FromStr;

use crate::{CivilTime, StatDay, StatHour, StatMonth};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a time could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Not a time in the expected form.
    #[error("`{text}` is not a time such as 2018-05-04T13:00:00+08:00 or 2018-05-04")]
    NotATime {
        /// The text, at most its first 40 characters.
        text: String,
    },
    /// A calendar field is out of range.
    #[error("no such date or time: {text}")]
    NoSuchTime {
        /// The fields as given.
        text: String,
    },
}

impl Timestamp {
    /// From epoch milliseconds.
    pub const fn from_epoch_ms(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Epoch milliseconds.
    pub const fn epoch_ms(self) -> i64 {
        self.0
    }

    /// The instant `milliseconds` later (earlier when negative), held at the ends of the range.
    #[must_use]
    pub const fn plus_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to `self`.
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Beijing civil time of this instant.
    pub fn civil(self) -> CivilTime {
        CivilTime::from_timestamp(self)
    }

    /// The hour that holds this instant.
    pub fn stat_hour(self) -> StatHour {
        StatHour::containing(self)
    }

    /// The Beijing day that holds this instant.
    pub fn stat_day(self) -> StatDay {
        StatDay::containing(self)
    }

    /// The Beijing month that holds this instant.
    pub fn stat_month(self) -> StatMonth {
        StatMonth::containing(self)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with `+08:00`; milliseconds only when there are any.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}+08:00", self.civil())
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// RFC 3339 with an offset; without an offset, Beijing time; a bare date is its midnight.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let not_a_time = || TimeError::NotATime {
            text: text.chars().take(40).collect(),
        };
        if text.len() > 40 || !text.is_ascii() {
            return Err(not_a_time());
        }
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(instant.as_millisecond()));
        }
        if let Ok(date_time) = text.parse::<jiff::civil::DateTime>() {
            return CivilTime::from_jiff(date_time).to_timestamp();
        }
        Err(not_a_time())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

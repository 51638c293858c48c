//! Beijing civil date and time: what a wall clock in Hengyang shows.

use core::fmt;

use crate::{BEIJING_OFFSET_MS, TimeError, Timestamp};

/// A Beijing civil date and time to the millisecond, fixed UTC+08:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilTime(jiff::civil::DateTime);

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(jiff::civil::Date);

impl CivilTime {
    /// A date and time from its fields.
    ///
    /// # Errors
    /// [`TimeError::NoSuchTime`] for the 30th of February, the 25th hour and their like.
    pub fn new(
        date: (i16, i8, i8),
        time: (i8, i8, i8),
        millisecond: i16,
    ) -> Result<Self, TimeError> {
        let (year, month, day) = date;
        let (hour, minute, second) = time;
        jiff::civil::DateTime::new(
            year,
            month,
            day,
            hour,
            minute,
            second,
            i32::from(millisecond) * 1_000_000,
        )
        .map(Self)
        .map_err(|_range| TimeError::NoSuchTime {
            text: format!("{year}-{month}-{day} {hour}:{minute}:{second}.{millisecond}"),
        })
    }

    pub(crate) fn from_jiff(date_time: jiff::civil::DateTime) -> Self {
        Self(date_time)
    }

    pub(crate) fn from_timestamp(instant: Timestamp) -> Self {
        let local = instant
            .epoch_ms()
            .clamp(-377_705_000_000_000, 253_402_178_400_000)
            + BEIJING_OFFSET_MS;
        let utc =
            jiff::Timestamp::from_millisecond(local).expect("clamped to the calendar's range");
        Self(jiff::tz::Offset::UTC.to_datetime(utc))
    }

    /// The instant of this civil time.
    ///
    /// # Errors
    /// [`TimeError::NoSuchTime`] outside the years that an instant can hold.
    pub fn to_timestamp(self) -> Result<Timestamp, TimeError> {
        jiff::tz::Offset::UTC
            .to_timestamp(self.0)
            .map(|utc| Timestamp::from_epoch_ms(utc.as_millisecond() - BEIJING_OFFSET_MS))
            .map_err(|_range| TimeError::NoSuchTime {
                text: self.to_string(),
            })
    }

    /// The calendar date.
    pub fn date(self) -> CivilDate {
        CivilDate(self.0.date())
    }

    /// Hour of the day, 0..=23.
    pub fn hour(self) -> i8 {
        self.0.hour()
    }

    /// Minute of the hour, 0..=59.
    pub fn minute(self) -> i8 {
        self.0.minute()
    }

    /// Second of the minute, 0..=59.
    pub fn second(self) -> i8 {
        self.0.second()
    }

    /// Millisecond of the second, 0..=999.
    pub fn millisecond(self) -> i16 {
        self.0.millisecond()
    }

    /// `YYYYMMDDhhmmss`, the form of HJ 212 `DataTime` (N14).
    pub fn to_compact(self) -> String {
        let d = self.0;
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            d.year(),
            d.month(),
            d.day(),
            d.hour(),
            d.minute(),
            d.second()
        )
    }

    /// `YYYYMMDDhhmmsszzz`, the form of HJ 212 `QN`.
    pub fn to_compact_milliseconds(self) -> String {
        format!("{}{:03}", self.to_compact(), self.0.millisecond())
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.0;
        write!(
            formatter,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            d.year(),
            d.month(),
            d.day(),
            d.hour(),
            d.minute(),
            d.second()
        )?;
        if d.millisecond() != 0 {
            write!(formatter, ".{:03}", d.millisecond())?;
        }
        Ok(())
    }
}

impl CivilDate {
    /// A calendar date.
    ///
    /// # Errors
    /// [`TimeError::NoSuchTime`] for a day that the month does not have.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, TimeError> {
        jiff::civil::Date::new(year, month, day)
            .map(Self)
            .map_err(|_range| TimeError::NoSuchTime {
                text: format!("{year}-{month}-{day}"),
            })
    }

    /// Year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Month, 1..=12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Day of the month, from 1.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// ISO weekday, Monday 1 to Sunday 7.
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// Days in this date's month.
    pub fn days_in_month(self) -> i8 {
        self.0.days_in_month()
    }

    /// The date `days` later (earlier when negative), held at the ends of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(
            self.0
                .saturating_add(jiff::Span::new().days(days.clamp(-3_000_000, 3_000_000))),
        )
    }

    /// Midnight at the start of this Beijing day.
    pub fn midnight(self) -> Timestamp {
        CivilTime(self.0.to_datetime(jiff::civil::Time::midnight()))
            .to_timestamp()
            .unwrap_or_default()
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }
}

impl core::str::FromStr for CivilDate {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::civil::Date>()
            .map(Self)
            .map_err(|_syntax| TimeError::NotATime {
                text: text.chars().take(40).collect(),
            })
    }
}

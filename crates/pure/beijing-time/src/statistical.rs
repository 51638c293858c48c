//! The hour, day and month that statistics speak of, labelled by their start.

use core::fmt;

use crate::{BEIJING_OFFSET_MS, CivilDate, DAY_MS, HOUR_MS, Timestamp};

/// A statistical hour `[start, start + 1 h)`. The label is the START of the hour (HJ 212-2017,
/// appendix C: `DataTime` of 2061); a station that labels by the end is converted on receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatHour(i64);

/// A statistical day: 24 hours from Beijing midnight, labelled by its date. An hour labelled by
/// its end at 00:00 belongs to the day before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatDay(i64);

/// A calendar month in Beijing civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatMonth(i32);

impl StatHour {
    /// The hour that holds the instant; a full hour belongs to the hour it starts.
    pub fn containing(instant: Timestamp) -> Self {
        Self(instant.epoch_ms().div_euclid(HOUR_MS))
    }
    /// The first instant.
    pub fn start(self) -> Timestamp {
        Timestamp::from_epoch_ms(self.0 * HOUR_MS)
    }
    /// The first instant after the hour.
    pub fn end(self) -> Timestamp {
        Timestamp::from_epoch_ms((self.0 + 1) * HOUR_MS)
    }
    /// The hour `hours` later.
    #[must_use]
    pub fn plus(self, hours: i64) -> Self {
        Self(self.0 + hours)
    }
    /// The day it belongs to.
    pub fn day(self) -> StatDay {
        StatDay::containing(self.start())
    }
}

impl StatDay {
    /// The Beijing day that holds the instant.
    pub fn containing(instant: Timestamp) -> Self {
        Self((instant.epoch_ms() + BEIJING_OFFSET_MS).div_euclid(DAY_MS))
    }
    /// The day of a date.
    pub fn of(date: CivilDate) -> Self {
        Self::containing(date.midnight())
    }
    /// The day with this number (days since 1970-01-01, as stored).
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }
    /// Days since 1970-01-01 in Beijing civil time, as stored.
    pub const fn number(self) -> i64 {
        self.0
    }
    /// Beijing midnight at its start.
    pub fn start(self) -> Timestamp {
        Timestamp::from_epoch_ms(self.0 * DAY_MS - BEIJING_OFFSET_MS)
    }
    /// Beijing midnight at its end.
    pub fn end(self) -> Timestamp {
        self.plus(1).start()
    }
    /// The day `days` later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }
    /// Its calendar date.
    pub fn date(self) -> CivilDate {
        self.start().civil().date()
    }
    /// Its month.
    pub fn month(self) -> StatMonth {
        StatMonth::containing(self.start())
    }
}

impl fmt::Display for StatDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(formatter)
    }
}

impl StatMonth {
    /// The Beijing month that holds the instant.
    pub fn containing(instant: Timestamp) -> Self {
        let date = instant.civil().date();
        Self(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }
    /// The month of a year; `month` 1..=12.
    pub fn of(year: i16, month: i8) -> Option<Self> {
        (1..=12)
            .contains(&month)
            .then(|| Self(i32::from(year) * 12 + i32::from(month) - 1))
    }
    /// Year.
    pub fn year(self) -> i16 {
        i16::try_from(self.0.div_euclid(12)).unwrap_or(i16::MAX)
    }
    /// Month, 1..=12.
    pub fn month(self) -> i8 {
        i8::try_from(self.0.rem_euclid(12)).unwrap_or(0) + 1
    }
    /// The month `months` later.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }
    /// Its first day.
    pub fn first_day(self) -> StatDay {
        CivilDate::new(self.year(), self.month(), 1).map_or(StatDay::from_number(0), StatDay::of)
    }
    /// Its first instant.
    pub fn start(self) -> Timestamp {
        self.first_day().start()
    }
    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.plus(1).start()
    }
}

impl fmt::Display for StatMonth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year(), self.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a test time")
    }

    #[test]
    fn a_day_starts_at_beijing_midnight() {
        let day = at("2018-05-04T00:00:00+08:00").stat_day();
        assert_eq!(day.to_string(), "2018-05-04");
        assert_eq!(day.start(), at("2018-05-03T16:00:00Z"));
        assert_eq!(at("2018-05-03T23:59:59.999+08:00").stat_day(), day.plus(-1));
        assert_eq!(StatDay::of(day.date()), day);
    }

    #[test]
    fn the_summers_of_1986_to_1991_have_no_shifted_hour() {
        assert_eq!(at("1988-07-01T12:00:00+08:00").civil().hour(), 12);
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let february = StatMonth::of(2016, 2).expect("a month");
        assert_eq!(
            february.end().ms_since(february.start()),
            29 * crate::DAY_MS
        );
        assert_eq!(february.plus(11).to_string(), "2017-01");
        assert_eq!(february.first_day().month(), february);
    }

    #[test]
    fn times_print_with_the_fixed_offset_and_read_back() {
        let time = at("2018-05-04T13:20:01.250+08:00");
        assert_eq!(time.to_string(), "2018-05-04T13:20:01.250+08:00");
        assert_eq!(at(&time.to_string()), time);
        assert_eq!(at("2018-05-04").to_string(), "2018-05-04T00:00:00+08:00");
        assert_eq!(time.civil().to_compact_milliseconds(), "20180504132001250");
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2018-02-30",
            "20180504132001",
            "２０１８-05-04",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn any_instant_prints() {
        for ms in [i64::MIN, i64::MAX, 0, -1] {
            assert!(!Timestamp::from_epoch_ms(ms).to_string().is_empty());
        }
    }
}

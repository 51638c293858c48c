//! Deadlines as a plan writes them: a year, a month or a day.

use core::fmt;
use core::str::FromStr;

/// A deadline: the end of a year, of a month or of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12; the year's last when the plan names none.
    pub month: u8,
    /// The day; the month's last when the plan names none.
    pub day: u8,
    precision: u8,
}

/// A deadline that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no deadline; write 2017, 2017-10 or 2017-10-31")]
pub struct DueError {
    /// The text as given.
    pub text: String,
}

/// Days of a month.
fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Due {
    /// The end of a year.
    pub fn end_of(year: i32) -> Self {
        Self {
            year,
            month: 12,
            day: 31,
            precision: 1,
        }
    }

    /// The last day as `YYYY-MM-DD`.
    pub fn last_day(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Due {
    type Err = DueError;

    fn from_str(text: &str) -> Result<Self, DueError> {
        let refused = || DueError {
            text: text.chars().take(40).collect(),
        };
        let mut parts = text.split('-');
        let number = |part: &str, digits: usize| -> Result<i32, DueError> {
            if part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()) {
                part.parse().map_err(|_not_a_number| refused())
            } else {
                Err(refused())
            }
        };
        let year = number(parts.next().unwrap_or_default(), 4)?;
        let Some(month) = parts.next() else {
            return Ok(Self::end_of(year));
        };
        let month = u8::try_from(number(month, 2)?).map_err(|_large| refused())?;
        if !(1..=12).contains(&month) {
            return Err(refused());
        }
        let last = days_in_month(year, month);
        let Some(day) = parts.next() else {
            return Ok(Self {
                year,
                month,
                day: last,
                precision: 2,
            });
        };
        let day = u8::try_from(number(day, 2)?).map_err(|_large| refused())?;
        if parts.next().is_some() || !(1..=last).contains(&day) {
            return Err(refused());
        }
        Ok(Self {
            year,
            month,
            day,
            precision: 3,
        })
    }
}

impl fmt::Display for Due {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}", self.year)?;
        if self.precision >= 2 {
            write!(formatter, "-{:02}", self.month)?;
        }
        if self.precision >= 3 {
            write!(formatter, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

impl<'de> serde::Deserialize<'de> for Due {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_and_a_month_end_with_their_last_day() {
        for (text, last) in [
            ("2017", "2017-12-31"),
            ("2016-02", "2016-02-29"),
            ("2019-02", "2019-02-28"),
            ("2017-10", "2017-10-31"),
            ("2017-10-05", "2017-10-05"),
        ] {
            let due: Due = text.parse().unwrap();
            assert_eq!(due.last_day(), last);
            assert_eq!(due.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_deadline() {
        for text in [
            "",
            "17",
            "2017-13",
            "2017-00",
            "2017-02-29",
            "2017年",
            "2017-1",
            "2017-10-05-1",
        ] {
            assert!(text.parse::<Due>().is_err(), "{text}");
        }
    }
}

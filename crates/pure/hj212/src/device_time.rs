//! Times as devices write them: digits of Beijing civil time, kept with their text.

/// A civil time of a device, checked against the calendar, with the text it came as.
///
/// The standard writes fourteen digits, `YYYYMMDDhhmmss`; twelve (no seconds), sixteen (hundredths)
/// and seventeen (milliseconds) come from the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceTime<'a> {
    /// The text as sent.
    pub text: &'a str,
    /// Its fields.
    pub civil: CivilTime,
}

/// Plain fields of a civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilTime {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31, as the month has.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999.
    pub millisecond: u16,
}

impl<'a> DeviceTime<'a> {
    /// Reads 12, 14, 16 or 17 digits that are a time of the calendar.
    pub fn parse(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !matches!(bytes.len(), 12 | 14 | 16 | 17) || !bytes.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let (pairs, rest) = bytes.as_chunks::<2>();
        let pair = |at: usize| {
            pairs
                .get(at)
                .map_or(0, |[tens, units]| (tens - b'0') * 10 + (units - b'0'))
        };
        let hundredths = u16::from(pair(7)) * 10;
        let thousandths = rest.first().map_or(0, |digit| u16::from(digit - b'0'));
        let civil = CivilTime {
            year: u16::from(pair(0)) * 100 + u16::from(pair(1)),
            month: pair(2),
            day: pair(3),
            hour: pair(4),
            minute: pair(5),
            second: pair(6),
            millisecond: hundredths + thousandths,
        };
        civil.is_in_calendar().then_some(Self { text, civil })
    }

    /// Whether it has the standard's fourteen digits.
    pub fn is_standard_length(&self) -> bool {
        self.text.len() == 14
    }
}

impl CivilTime {
    /// Whether the calendar has this time. A second of 60 is not accepted.
    pub const fn is_in_calendar(&self) -> bool {
        let is_leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return false,
        };
        self.day >= 1
            && self.day <= days
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self.millisecond < 1000
    }

    /// Fourteen digits, `YYYYMMDDhhmmss`.
    pub fn to_text(&self) -> String {
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }

    /// Seventeen digits, `YYYYMMDDhhmmsszzz`, as in QN.
    pub fn to_request_number(&self) -> String {
        format!("{}{:03}", self.to_text(), self.millisecond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_twelve_to_seventeen_digits() {
        let time = DeviceTime::parse("20160801085857223").expect("a time");
        assert_eq!(time.civil.to_request_number(), "20160801085857223");
        let time = DeviceTime::parse("2016080108585722").expect("a time");
        assert_eq!(time.civil.millisecond, 220);
        let time = DeviceTime::parse("201608010858").expect("a time");
        assert_eq!(time.civil.to_text(), "20160801085800");
        assert!(DeviceTime::parse("20240229000000").is_some_and(|t| t.is_standard_length()));
    }

    #[test]
    fn refuses_what_the_calendar_does_not_have() {
        for text in [
            "20230229000000",
            "20241301000000",
            "20240431000000",
            "20240101240000",
            "20240101006000",
            "20240101000060",
            "20240100000000",
            "2024010100000",
            "2024-01-01 000",
            "",
            "1617936069734",
        ] {
            assert!(DeviceTime::parse(text).is_none(), "{text}");
        }
    }
}

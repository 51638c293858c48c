//! Measured values as exact decimals, beside the text they came as.

use std::fmt;

/// A decimal number: `mantissa / 10^scale`. "0.10" is (10, 2) and "0.1" is (1, 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    /// All digits, with the sign.
    pub mantissa: i64,
    /// How many of the digits stand behind the point.
    pub scale: u8,
}

impl Number {
    /// The most significant digits that are read; a longer number is left to its text.
    pub const MOST_DIGITS: u32 = 18;

    /// Reads `-12.50`, `.5`, `5.` and `+3`; nothing else: no exponent, no blank, no `NaN`.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] | rest => (false, rest),
        };
        let mut mantissa = 0_i64;
        let mut significant = 0_u32;
        let mut scale = 0_u8;
        let mut has_digit = false;
        let mut has_point = false;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                has_digit = true;
                significant += u32::from(significant > 0 || digit > 0);
                if significant > Self::MOST_DIGITS {
                    return None;
                }
                mantissa = mantissa * 10 + i64::from(digit);
                scale = scale.checked_add(u8::from(has_point))?;
            } else if *byte == b'.' && !has_point {
                has_point = true;
            } else {
                return None;
            }
        }
        if !has_digit {
            return None;
        }
        Some(Self {
            mantissa: if is_negative { -mantissa } else { mantissa },
            scale,
        })
    }

    /// Whether a text is a decimal number of any length.
    pub(crate) fn is_decimal(text: &str) -> bool {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let points = digits.bytes().filter(|b| *b == b'.').count();
        points <= 1
            && digits.bytes().any(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    }
}

impl fmt::Display for Number {
    /// All digits the number came with: (10, 2) is `0.10`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!(
            "{:0width$}",
            self.mantissa.unsigned_abs(),
            width = scale + 1
        );
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        if scale == 0 {
            write!(formatter, "{sign}{whole}")
        } else {
            write!(formatter, "{sign}{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_digits_it_read() {
        for text in ["0.10", "-0.05", "12", "-130", "0.000", "999999999999999999"] {
            assert_eq!(
                Number::parse(text).map(|n| n.to_string()).as_deref(),
                Some(text)
            );
        }
    }

    fn check(text: &str, expect: Option<(i64, u8)>) {
        let expect = expect.map(|(mantissa, scale)| Number { mantissa, scale });
        assert_eq!(Number::parse(text), expect, "{text:?}");
    }

    #[test]
    fn keeps_trailing_zeros() {
        check("0.10", Some((10, 2)));
        check("0.1", Some((1, 1)));
        check("-130", Some((-130, 0)));
        check("+3.", Some((3, 0)));
        check(".5", Some((5, 1)));
        check("235.292750833832", Some((235_292_750_833_832, 12)));
        check("0.00000000000000000001", Some((1, 20)));
        check("999999999999999999", Some((999_999_999_999_999_999, 0)));
    }

    #[test]
    fn refuses_what_is_no_number_or_too_long() {
        for text in [
            "", "-", ".", "--", "nan", "1e5", "1,5", " 1", "1 ", "1.2.3", "１",
        ] {
            check(text, None);
            assert!(!Number::is_decimal(text), "{text:?}");
        }
        check("1234567890123456789", None);
        assert!(Number::is_decimal("1234567890123456789.5"));
    }
}

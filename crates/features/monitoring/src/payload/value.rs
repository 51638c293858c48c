//! A value as its device sent it.

use std::borrow::Cow;

use exact_decimal::Decimal;

/// A value with its text: a decimal in the usual writing as mantissa and scale, anything else as
/// the text itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `mantissa / 10^scale`, written without sign `+`, without needless zeros in front.
    Number {
        /// All digits with the sign.
        mantissa: i64,
        /// Digits behind the point.
        scale: u8,
    },
    /// Any other text.
    Text(Box<str>),
}

/// Numbers of more digits stay text.
const MOST_DIGITS: usize = 16;

impl Value {
    /// Keeps a text.
    pub fn parse(text: &str) -> Self {
        parse_number(text).unwrap_or_else(|| Self::Text(text.into()))
    }

    /// The text as sent.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number { mantissa, scale } => Cow::Owned(write_number(*mantissa, *scale)),
        }
    }

    /// The exact number, if it is one (also when its writing is unusual).
    pub fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Number { mantissa, scale } => {
                Decimal::from_mantissa_and_scale(*mantissa, u32::from(*scale)).ok()
            }
            Self::Text(text) => text.trim().parse().ok(),
        }
    }

    /// The nearest binary number, for charts.
    pub fn approximate(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "an approximation for charts")]
            Self::Number { mantissa, scale } => {
                Some(*mantissa as f64 / 10_f64.powi(i32::from(*scale)))
            }
            Self::Text(_) => self.decimal().map(Decimal::approximate_to_f64),
        }
    }
}

/// Reads a number whose writing follows from mantissa and scale alone.
fn parse_number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.len() > MOST_DIGITS + 1 {
        return None;
    }
    match digits {
        [] | [b'.', ..] | [.., b'.'] | [b'0', b'0'..=b'9', ..] => return None,
        _ => {}
    }
    let mut mantissa = 0_i64;
    let mut scale = 0_u8;
    let mut has_point = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + i64::from(byte - b'0');
                scale += u8::from(has_point);
            }
            b'.' if !has_point => has_point = true,
            _ => return None,
        }
    }
    // scale 15 marks a text in the stored form; "-0" would lose its sign
    if scale > 14 || (negative && mantissa == 0) || mantissa >= 10_i64.pow(16) {
        return None;
    }
    Some(Value::Number {
        mantissa: if negative { -mantissa } else { mantissa },
        scale,
    })
}

fn write_number(mantissa: i64, scale: u8) -> String {
    let scale = usize::from(scale);
    let sign = if mantissa < 0 { "-" } else { "" };
    let mut digits = mantissa.unsigned_abs().to_string();
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    if digits.len() <= scale {
        digits = format!("{digits:0>width$}", width = scale + 1);
    }
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_keeps_its_text() {
        for text in [
            "0.10",
            "0.1",
            "-3.500",
            "0",
            "0.0",
            "-0",
            "-0.0",
            "+3",
            ".5",
            "5.",
            "007",
            "1e5",
            "",
            "--",
            "99999999999999999999",
            "0.000000000000001",
            "235.292750833832",
            "nan",
            "９",
            "9999999999999999",
            "-9999999999999999",
            "1.2.3",
        ] {
            assert_eq!(Value::parse(text).text(), text);
        }
        assert_eq!(
            Value::parse("0.10"),
            Value::Number {
                mantissa: 10,
                scale: 2
            }
        );
        assert_eq!(Value::parse("+3").decimal(), Some("3".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn any_text_is_kept(text in "[-+0-9.]{0,20}|\\PC{0,8}") {
            let value = Value::parse(&text);
            prop_assert_eq!(value.text(), text);
        }
    }
}

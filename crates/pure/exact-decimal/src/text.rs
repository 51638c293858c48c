//! Reading decimals from text, and the one division, on plain integers.

use crate::{Decimal, DecimalError, Rounding};

/// Parses `-12.340`; no exponent, no blanks, no thousands separators.
pub(crate) fn parse(text: &str) -> Result<Decimal, DecimalError> {
    let not_a_decimal = || DecimalError::NotADecimal {
        text: text.chars().take(40).collect::<String>(),
    };
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let mut mantissa: i128 = 0;
    let mut scale = 0;
    let mut seen_digit = false;
    let mut seen_point = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen_digit = true;
                scale += u32::from(seen_point);
                mantissa = mantissa
                    .checked_mul(10)
                    .and_then(|value| value.checked_add(i128::from(byte - b'0')))
                    .ok_or(DecimalError::OutOfRange)?;
            }
            b'.' if !seen_point => seen_point = true,
            _ => return Err(not_a_decimal()),
        }
    }
    if !seen_digit {
        return Err(not_a_decimal());
    }
    Decimal::from_wide_mantissa_and_scale(if negative { -mantissa } else { mantissa }, scale)
}

pub(crate) fn multiply_then_divide(
    value: Decimal,
    multiplier: Decimal,
    divisor: Decimal,
    rounding: Rounding,
) -> Result<Decimal, DecimalError> {
    let (a, b, c) = (
        value.normalized(),
        multiplier.normalized(),
        divisor.normalized(),
    );
    if c.is_zero() {
        return Err(DecimalError::DivisionByZero);
    }
    let places = rounding.places();
    // value = a·b/c · 10^(scale_c - scale_a - scale_b); wanted in units of 10^-places
    let (ma, sa) = a.mantissa_and_scale();
    let (mb, sb) = b.mantissa_and_scale();
    let (mc, sc) = c.mantissa_and_scale();
    let shift = i64::from(places) + i64::from(sc) - i64::from(sa) - i64::from(sb);
    let power = |exponent: i64| -> Result<i128, DecimalError> {
        let exponent = u32::try_from(exponent.abs()).map_err(|_large| DecimalError::OutOfRange)?;
        10_i128
            .checked_pow(exponent)
            .ok_or(DecimalError::OutOfRange)
    };
    let mut numerator = ma.checked_mul(mb).ok_or(DecimalError::OutOfRange)?;
    let mut denominator = mc;
    if shift >= 0 {
        numerator = numerator
            .checked_mul(power(shift)?)
            .ok_or(DecimalError::OutOfRange)?;
    } else {
        denominator = denominator
            .checked_mul(power(shift)?)
            .ok_or(DecimalError::OutOfRange)?;
    }
    let mantissa = rounding
        .divide(numerator, denominator)
        .ok_or(DecimalError::OutOfRange)?;
    Decimal::from_wide_mantissa_and_scale(mantissa, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a test decimal")
    }

    #[test]
    fn keeps_the_scale_as_written() {
        assert_eq!(decimal("0.10").to_string(), "0.10");
        assert_eq!(decimal("-3.5000").to_string(), "-3.5000");
        assert_eq!(decimal("0.10"), decimal("0.1"));
    }

    #[test]
    fn refuses_what_is_not_a_plain_number() {
        for text in ["", "-", ".", "1e5", "nan", "1,000", " 1", "--", "1.2.3"] {
            assert!(
                matches!(
                    text.parse::<Decimal>(),
                    Err(DecimalError::NotADecimal { .. })
                ),
                "{text}"
            );
        }
        assert_eq!(
            "99999999999999999999999999999999".parse::<Decimal>(),
            Err(DecimalError::OutOfRange)
        );
    }

    #[test]
    fn rounds_halves_to_even_once() {
        for (text, expected) in [("2.5", "2"), ("3.5", "4"), ("2.51", "3"), ("-2.5", "-2")] {
            assert_eq!(
                decimal(text).rounded(Rounding::HalfEven { places: 0 }),
                decimal(expected)
            );
        }
    }

    #[test]
    fn particulate_of_35_is_exactly_50() {
        // HJ 633-2012, 4.2: (50-0)/(35-0)*(35-0)+0, divided last, is 50 and not 51
        let result = decimal("50")
            .multiply_then_divide(decimal("35"), decimal("35"), Rounding::UpToInteger)
            .unwrap();
        assert_eq!(result, 50);
    }

    proptest! {
        #[test]
        fn division_equals_the_exact_fraction(
            a in -1_000_000_000_i64..1_000_000_000, sa in 0_u32..6,
            b in -1_000_000_i64..1_000_000, sb in 0_u32..4,
            c in 1_i64..1_000_000, sc in 0_u32..4, places in 0_u32..5,
        ) {
            let value = |m, s| Decimal::from_mantissa_and_scale(m, s).unwrap();
            let result = value(a, sa)
                .multiply_then_divide(value(b, sb), value(c, sc), Rounding::HalfEven { places })
                .unwrap();
            // |result - exact| <= half a unit, and an exact half goes to an even last digit
            let (m, s) = result.mantissa_and_scale();
            prop_assert_eq!(s, places);
            // exact = a*b*10^sc / (c*10^(sa+sb)); compare over the common denominator
            let den = i128::from(c) * 10_i128.pow(sa + sb);
            let num = i128::from(a) * i128::from(b) * 10_i128.pow(sc + places);
            let twice_error = (2 * (m * den - num)).abs();
            prop_assert!(twice_error <= den);
            if twice_error == den {
                prop_assert_eq!(m % 2, 0);
            }
        }

        #[test]
        fn text_and_number_are_the_same(m in any::<i64>(), s in 0_u32..18) {
            let value = Decimal::from_mantissa_and_scale(m, s).unwrap();
            let again: Decimal = value.to_string().parse().unwrap();
            prop_assert_eq!(again.mantissa_and_scale(), value.mantissa_and_scale());
        }
    }
}

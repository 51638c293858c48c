//! Exact fractions: what a mean, a share or a converted concentration is before it is rounded.

use core::cmp::Ordering;
use core::fmt;

use crate::{Decimal, DecimalError, Rounding};

/// An exact fraction of two 128-bit integers in lowest terms; the denominator is above zero.
///
/// A mean is kept as its sum over its count and rounded once, at the place the standard says, by
/// [`Fraction::rounded`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

const fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Fraction {
    /// Zero.
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    /// One.
    pub const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// `numerator ÷ denominator`.
    ///
    /// # Errors
    /// [`DecimalError::DivisionByZero`], or [`DecimalError::OutOfRange`] at the very end of 128 bits.
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, DecimalError> {
        if denominator == 0 {
            return Err(DecimalError::DivisionByZero);
        }
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).map_err(|_large| DecimalError::OutOfRange)?;
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        if denominator < 0 {
            Ok(Self {
                numerator: numerator.checked_neg().ok_or(DecimalError::OutOfRange)?,
                denominator: denominator.checked_neg().ok_or(DecimalError::OutOfRange)?,
            })
        } else {
            Ok(Self {
                numerator,
                denominator,
            })
        }
    }

    /// The numerator in lowest terms.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// The denominator in lowest terms, above zero.
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Exact sum.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] beyond 128 bits.
    pub fn checked_add(self, other: Self) -> Result<Self, DecimalError> {
        let out = DecimalError::OutOfRange;
        let common = greatest_common_divisor(
            self.denominator.unsigned_abs(),
            other.denominator.unsigned_abs(),
        );
        let common = i128::try_from(common).map_err(|_large| DecimalError::OutOfRange)?;
        let left = other.denominator / common;
        let right = self.denominator / common;
        let numerator = self
            .numerator
            .checked_mul(left)
            .zip(other.numerator.checked_mul(right))
            .and_then(|(a, b)| a.checked_add(b))
            .ok_or(out.clone())?;
        Self::new(numerator, self.denominator.checked_mul(left).ok_or(out)?)
    }

    /// Exact difference.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] beyond 128 bits.
    pub fn checked_subtract(self, other: Self) -> Result<Self, DecimalError> {
        self.checked_add(Self {
            numerator: other
                .numerator
                .checked_neg()
                .ok_or(DecimalError::OutOfRange)?,
            denominator: other.denominator,
        })
    }

    /// Exact product.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] beyond 128 bits.
    pub fn checked_multiply(self, other: Self) -> Result<Self, DecimalError> {
        // cancel across first, so that the products stay small
        let first = Self::new(self.numerator, other.denominator)?;
        let second = Self::new(other.numerator, self.denominator)?;
        let out = DecimalError::OutOfRange;
        Self::new(
            first
                .numerator
                .checked_mul(second.numerator)
                .ok_or(out.clone())?,
            first
                .denominator
                .checked_mul(second.denominator)
                .ok_or(out)?,
        )
    }

    /// Exact quotient.
    ///
    /// # Errors
    /// [`DecimalError::DivisionByZero`], or [`DecimalError::OutOfRange`] beyond 128 bits.
    pub fn checked_divide(self, other: Self) -> Result<Self, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        self.checked_multiply(Self::new(other.denominator, other.numerator)?)
    }

    /// The value rounded once by the named rule.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] when the rounded value does not fit a [`Decimal`].
    pub fn rounded(self, rounding: Rounding) -> Result<Decimal, DecimalError> {
        let places = rounding.places();
        let scaled = 10_i128
            .checked_pow(places)
            .and_then(|power| self.numerator.checked_mul(power))
            .ok_or(DecimalError::OutOfRange)?;
        let mantissa = rounding
            .divide(scaled, self.denominator)
            .ok_or(DecimalError::OutOfRange)?;
        Decimal::from_wide_mantissa_and_scale(mantissa, places)
    }

    /// The nearest binary floating-point number, for charts only; `None` outside its range.
    pub fn approximate_to_f64(self) -> Option<f64> {
        let nine = self.rounded(Rounding::HalfEven { places: 9 }).ok()?;
        Some(nine.approximate_to_f64())
    }
}

impl TryFrom<Decimal> for Fraction {
    type Error = DecimalError;

    fn try_from(value: Decimal) -> Result<Self, DecimalError> {
        let (mantissa, scale) = value.mantissa_and_scale();
        Self::new(
            mantissa,
            10_i128.checked_pow(scale).ok_or(DecimalError::OutOfRange)?,
        )
    }
}

impl From<i64> for Fraction {
    fn from(value: i64) -> Self {
        Self {
            numerator: i128::from(value),
            denominator: 1,
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        match self
            .numerator
            .checked_mul(other.denominator)
            .zip(other.numerator.checked_mul(self.denominator))
        {
            Some((left, right)) => left.cmp(&right),
            // continued fractions: the whole parts, then the reciprocals of what is left
            None => compare_by_parts(*self, *other),
        }
    }
}

fn compare_by_parts(a: Fraction, b: Fraction) -> Ordering {
    let (mut a, mut b) = ((a.numerator, a.denominator), (b.numerator, b.denominator));
    let mut is_swapped = false;
    loop {
        let whole = (a.0.div_euclid(a.1), b.0.div_euclid(b.1));
        let rest = (a.0.rem_euclid(a.1), b.0.rem_euclid(b.1));
        let order = match whole.0.cmp(&whole.1) {
            Ordering::Equal => match (rest.0, rest.1) {
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => {
                    (a, b) = ((a.1, rest.0), (b.1, rest.1));
                    is_swapped = !is_swapped;
                    continue;
                }
            },
            other => other,
        };
        return if is_swapped { order.reverse() } else { order };
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            write!(formatter, "{}", self.numerator)
        } else {
            write!(formatter, "{}/{}", self.numerator, self.denominator)
        }
    }
}

impl fmt::Debug for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fraction(n: i128, d: i128) -> Fraction {
        Fraction::new(n, d).expect("a test fraction")
    }

    #[test]
    fn a_mean_is_rounded_once_and_half_goes_to_even() {
        let mean = fraction(5, 2);
        assert_eq!(mean.rounded(Rounding::HalfEven { places: 0 }).unwrap(), 2);
        assert_eq!(mean.rounded(Rounding::HalfUp { places: 0 }).unwrap(), 3);
        // 15.4546 to an integer is 15; rounding twice would give 16
        let once: Decimal = "15.4546".parse().unwrap();
        assert_eq!(once.rounded(Rounding::HalfEven { places: 0 }), 15);
    }

    #[test]
    fn refuses_to_divide_by_zero() {
        assert_eq!(Fraction::new(1, 0), Err(DecimalError::DivisionByZero));
        assert_eq!(
            Fraction::ONE.checked_divide(Fraction::ZERO),
            Err(DecimalError::DivisionByZero)
        );
    }

    #[test]
    fn very_large_fractions_still_compare() {
        let a = fraction(i128::MAX, i128::MAX - 2);
        let b = fraction(i128::MAX - 2, i128::MAX - 4);
        assert_eq!(a.cmp(&b), Ordering::Less);
        assert_eq!(b.cmp(&a), Ordering::Greater);
        assert_eq!(a.cmp(&a), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_cross_multiplication(
            a in -1_000_000_i64..1_000_000, b in 1_i64..100_000,
            c in -1_000_000_i64..1_000_000, d in 1_i64..100_000,
        ) {
            let (a, b, c, d) = (i128::from(a), i128::from(b), i128::from(c), i128::from(d));
            let (x, y) = (fraction(a, b), fraction(c, d));
            let sum = x.checked_add(y).unwrap();
            prop_assert_eq!(sum.numerator() * b * d, (a * d + c * b) * sum.denominator());
            let product = x.checked_multiply(y).unwrap();
            prop_assert_eq!(product.numerator() * b * d, a * c * product.denominator());
            prop_assert_eq!(x.cmp(&y), (a * d).cmp(&(c * b)));
            prop_assert_eq!(compare_by_parts(x, y), (a * d).cmp(&(c * b)));
            if c != 0 {
                let quotient = x.checked_divide(y).unwrap();
                prop_assert_eq!(quotient.checked_multiply(y).unwrap(), x);
            }
        }

        #[test]
        fn every_rounding_is_the_nearest_by_its_rule(
            n in -1_000_000_i64..1_000_000, d in 1_i64..10_000, places in 0_u32..4,
        ) {
            let value = fraction(i128::from(n), i128::from(d));
            let power = 10_i128.pow(places);
            let exact = (i128::from(n) * power, i128::from(d));
            for rounding in [
                Rounding::HalfEven { places }, Rounding::HalfUp { places },
                Rounding::Truncate { places },
            ] {
                let (m, scale) = value.rounded(rounding).unwrap().mantissa_and_scale();
                prop_assert_eq!(scale, places);
                let error = m * exact.1 - exact.0;
                if let Rounding::Truncate { .. } = rounding {
                    prop_assert!(error.abs() < exact.1);
                    prop_assert!(m.abs() * exact.1 <= exact.0.abs());
                } else {
                    prop_assert!(2 * error.abs() <= exact.1);
                    if 2 * error.abs() == exact.1 {
                        match rounding {
                            Rounding::HalfEven { .. } => prop_assert_eq!(m % 2, 0),
                            _ => prop_assert!(m.abs() * exact.1 > exact.0.abs()),
                        }
                    }
                }
            }
            let up = value.rounded(Rounding::UpToInteger).unwrap().mantissa_and_scale().0;
            prop_assert!(up * i128::from(d) >= i128::from(n));
            prop_assert!((up - 1) * i128::from(d) < i128::from(n));
        }
    }
}

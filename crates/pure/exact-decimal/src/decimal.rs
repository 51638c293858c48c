//! The decimal type and its exact arithmetic.

use core::cmp::Ordering;
use core::fmt;
use core::ops::{Add, Neg, Sub};
use core::str::FromStr;

use rust_decimal::RoundingStrategy;

use crate::Rounding;

/// An exact decimal number of at most 28 significant digits.
///
/// Equality and order compare the value; [`fmt::Display`] keeps the scale it was made with, so
/// `"0.10"` prints as `0.10` and equals `0.1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Decimal(pub(crate) rust_decimal::Decimal);

/// Why a decimal could not be made or computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// The text is not a plain decimal number.
    #[error("`{text}` is not a decimal number such as 12, -0.5 or 3.140")]
    NotADecimal {
        /// The text as given, at most its first 40 characters.
        text: String,
    },
    /// More than 28 significant digits or a scale above 28.
    #[error("the number is outside the exact range of 28 digits")]
    OutOfRange,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);
    /// One.
    pub const ONE: Self = Self(rust_decimal::Decimal::ONE);

    /// The number `mantissa` × 10^-`scale`.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] when the scale is above 28.
    pub fn from_mantissa_and_scale(mantissa: i64, scale: u32) -> Result<Self, DecimalError> {
        rust_decimal::Decimal::try_from_i128_with_scale(i128::from(mantissa), scale)
            .map(Self)
            .map_err(|_too_large| DecimalError::OutOfRange)
    }

    /// The number `mantissa` × 10^-`scale` for a mantissa of up to 96 bits.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] when mantissa or scale do not fit.
    pub fn from_wide_mantissa_and_scale(mantissa: i128, scale: u32) -> Result<Self, DecimalError> {
        rust_decimal::Decimal::try_from_i128_with_scale(mantissa, scale)
            .map(Self)
            .map_err(|_too_large| DecimalError::OutOfRange)
    }

    /// The mantissa and the scale, as kept: `0.10` gives `(10, 2)`.
    pub fn mantissa_and_scale(self) -> (i128, u32) {
        (self.0.mantissa(), self.0.scale())
    }

    /// Decimal places as kept.
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The same value without trailing zeros: `0.10` becomes `0.1`.
    #[must_use]
    pub fn normalized(self) -> Self {
        Self(self.0.normalize())
    }

    /// Sum, exact.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] when the sum needs more than 28 digits.
    pub fn checked_add(self, other: Self) -> Result<Self, DecimalError> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .ok_or(DecimalError::OutOfRange)
    }

    /// Difference, exact.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] when the difference needs more than 28 digits.
    pub fn checked_subtract(self, other: Self) -> Result<Self, DecimalError> {
        self.0
            .checked_sub(other.0)
            .map(Self)
            .ok_or(DecimalError::OutOfRange)
    }

    /// Product, exact.
    ///
    /// # Errors
    /// [`DecimalError::OutOfRange`] when the product is not exact within 28 digits.
    pub fn checked_multiply(self, other: Self) -> Result<Self, DecimalError> {
        let (a, b) = (self.0.normalize(), other.0.normalize());
        if a.scale() + b.scale() > 28 {
            return Err(DecimalError::OutOfRange);
        }
        let product = a.checked_mul(b).ok_or(DecimalError::OutOfRange)?;
        // `checked_mul` rounds silently when 96 bits do not hold the product
        if product.is_zero() != (a.is_zero() || b.is_zero()) {
            return Err(DecimalError::OutOfRange);
        }
        match a.mantissa().checked_mul(b.mantissa()) {
            Some(exact) => {
                rust_decimal::Decimal::try_from_i128_with_scale(exact, a.scale() + b.scale())
                    .map(Self)
                    .map_err(|_too_large| DecimalError::OutOfRange)
            }
            None => Err(DecimalError::OutOfRange),
        }
    }

    /// `self × multiplier ÷ divisor`, computed exactly and rounded once by `rounding`.
    ///
    /// # Errors
    /// [`DecimalError::DivisionByZero`], or [`DecimalError::OutOfRange`] when the numbers leave
    /// the range of exact integer arithmetic (38 digits).
    pub fn multiply_then_divide(
        self,
        multiplier: Self,
        divisor: Self,
        rounding: Rounding,
    ) -> Result<Self, DecimalError> {
        crate::text::multiply_then_divide(self, multiplier, divisor, rounding)
    }

    /// `self` rounded once by the named rule.
    #[must_use]
    pub fn rounded(self, rounding: Rounding) -> Self {
        match rounding {
            Rounding::HalfEven { places } => Self(
                self.0
                    .round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven),
            ),
            Rounding::HalfUp { places } => Self(
                self.0
                    .round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero),
            ),
            Rounding::UpToInteger => Self(
                self.0
                    .round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity),
            ),
            Rounding::Truncate { places } => Self(
                self.0
                    .round_dp_with_strategy(places, RoundingStrategy::ToZero),
            ),
        }
    }

    /// The value with exactly `places` decimals shown; digits are added, never cut.
    #[must_use]
    pub fn with_at_least_places(self, places: u32) -> Self {
        let mut value = self.0;
        if value.scale() < places {
            value.rescale(places);
        }
        Self(value)
    }

    /// The nearest binary floating-point number, for charts and maps only.
    pub fn approximate_to_f64(self) -> f64 {
        self.0.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl From<i32> for Decimal {
    fn from(value: i32) -> Self {
        Self(rust_decimal::Decimal::from(value))
    }
}

impl From<u32> for Decimal {
    fn from(value: u32) -> Self {
        Self(rust_decimal::Decimal::from(value))
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self(rust_decimal::Decimal::from(value))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        crate::text::parse(text)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// Panics when the exact sum needs more than 28 digits; use [`Decimal::checked_add`] for input
/// that a device or a person gave.
impl Add for Decimal {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.checked_add(other).expect("sum within 28 digits")
    }
}

/// Panics like [`Add`]; use [`Decimal::checked_subtract`] for outside input.
impl Sub for Decimal {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.checked_subtract(other)
            .expect("difference within 28 digits")
    }
}

impl PartialEq<i32> for Decimal {
    fn eq(&self, other: &i32) -> bool {
        self.0 == rust_decimal::Decimal::from(*other)
    }
}

impl PartialOrd<i32> for Decimal {
    fn partial_cmp(&self, other: &i32) -> Option<Ordering> {
        self.0.partial_cmp(&rust_decimal::Decimal::from(*other))
    }
}

impl serde::Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

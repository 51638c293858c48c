//! Money as whole fen; people write and read 万元 (10⁴ yuan), the plan 亿元 (10⁸ yuan).

use core::fmt;
use core::iter::Sum;

use exact_decimal::Decimal;

/// Places of 万元 down to the fen.
const TEN_THOUSAND_PLACES: u32 = 6;
/// Places of 亿元 down to the fen.
const HUNDRED_MILLION_PLACES: u32 = 10;
/// The most that one amount may be: 10⁵ 亿元, more than any city spends on anything.
const MOST_FEN: i64 = 1_000_000_000_000_000;

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no amount in 万元 between 0 and 1,000,000,000 with at most six places")]
pub struct MoneyError {
    /// The text as given, at most its first 40 characters.
    pub text: String,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many fen.
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// In fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads an amount in 万元, such as `123.45`.
    ///
    /// # Errors
    /// [`MoneyError`] for what is no number, negative, too large or finer than a fen.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let refused = || MoneyError {
            text: text.chars().take(40).collect(),
        };
        let value: Decimal = text.trim().parse().map_err(|_syntax| refused())?;
        Self::of(value, TEN_THOUSAND_PLACES).ok_or_else(refused)
    }

    /// An amount of the plan in 亿元; none when it is negative, too large or finer than a fen.
    pub fn from_hundred_million_yuan(value: Decimal) -> Option<Self> {
        Self::of(value, HUNDRED_MILLION_PLACES)
    }

    fn of(value: Decimal, places: u32) -> Option<Self> {
        let (mantissa, scale) = value.normalized().mantissa_and_scale();
        let shift = places.checked_sub(scale)?;
        let fen = mantissa.checked_mul(10_i128.checked_pow(shift)?)?;
        let fen = i64::try_from(fen).ok()?;
        (0..=MOST_FEN).contains(&fen).then_some(Self(fen))
    }

    /// In 万元, without zeros that say nothing.
    pub fn ten_thousand_yuan(self) -> Decimal {
        self.scaled(TEN_THOUSAND_PLACES)
    }

    /// In 亿元, without zeros that say nothing.
    pub fn hundred_million_yuan(self) -> Decimal {
        self.scaled(HUNDRED_MILLION_PLACES)
    }

    fn scaled(self, places: u32) -> Decimal {
        Decimal::from_mantissa_and_scale(self.0, places)
            .map(Decimal::normalized)
            .unwrap_or_default()
    }

    /// What one is more than the other; below zero when it is less.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Money {
    /// In 万元.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ten_thousand_yuan(), formatter)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_the_same_in_both_units() {
        for (text, fen, plan) in [
            ("493036.2", 493_036_200_000, "49.30362"),
            ("0.000001", 1, "0.0000000001"),
            ("0", 0, "0"),
            ("12.50", 12_500_000, "0.00125"),
        ] {
            let money = Money::parse(text).unwrap();
            assert_eq!(money.fen(), fen, "{text}");
            assert_eq!(money.hundred_million_yuan().to_string(), plan, "{text}");
            let back = Money::from_hundred_million_yuan(plan.parse().unwrap());
            assert_eq!(back, Some(money), "{text}");
        }
        assert_eq!(Money::parse("12.50").unwrap().to_string(), "12.5");
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "-1", "1e3", "0.0000001", "1000000001", "十万", "1,000"] {
            assert!(Money::parse(text).is_err(), "{text}");
        }
        assert!(Money::parse("1000000000").is_ok());
    }
}

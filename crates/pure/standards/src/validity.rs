//! Missing and invalid are values: never 0, -1 or NaN.

/// A statistic that may be missing or invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity<T> {
    /// There is a value and it counts.
    Valid(T),
    /// There is a value, but the standard's demand on the data is not met.
    Invalid(T, InvalidReason),
    /// There is no value.
    Missing,
}

/// Why a statistic does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidReason {
    /// Fewer data than the standard demands.
    TooFew {
        /// How many there are.
        have: u32,
        /// How many there must be.
        need: u32,
    },
    /// A month of the year has fewer data than the standard demands.
    MonthTooFew {
        /// The month, 1..=12.
        month: u8,
        /// How many there are.
        have: u32,
        /// How many there must be.
        need: u32,
    },
}

impl<T> Validity<T> {
    /// The value when it counts.
    pub fn valid(self) -> Option<T> {
        match self {
            Self::Valid(value) => Some(value),
            Self::Invalid(..) | Self::Missing => None,
        }
    }

    /// The value, whether or not it counts.
    pub fn any(self) -> Option<T> {
        match self {
            Self::Valid(value) | Self::Invalid(value, _) => Some(value),
            Self::Missing => None,
        }
    }

    /// The same validity with the value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Validity<U> {
        match self {
            Self::Valid(value) => Validity::Valid(change(value)),
            Self::Invalid(value, reason) => Validity::Invalid(change(value), reason),
            Self::Missing => Validity::Missing,
        }
    }

    /// `valid`, `invalid` or `missing`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Valid(_) => "valid",
            Self::Invalid(..) => "invalid",
            Self::Missing => "missing",
        }
    }
}

impl core::fmt::Display for InvalidReason {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooFew { have, need } => write!(formatter, "{have} values, {need} needed"),
            Self::MonthTooFew { month, have, need } => {
                write!(formatter, "month {month}: {have} values, {need} needed")
            }
        }
    }
}

//! The rounding rules that standards order, by name.

/// How a value is rounded; each standard names its rule and the number of decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Round half to even, 四舍六入五成双 (GB/T 8170-2008, 3.2: 修约), to `places` decimals.
    HalfEven {
        /// Decimal places kept.
        places: u32,
    },
    /// Round half away from zero, 四舍五入, to `places` decimals.
    HalfUp {
        /// Decimal places kept.
        places: u32,
    },
    /// Round up to the next integer, 进位取整 (HJ 633-2012, 6.2): 50.01 becomes 51.
    UpToInteger,
    /// Cut off after `places` decimals (截尾).
    Truncate {
        /// Decimal places kept.
        places: u32,
    },
}

impl Rounding {
    /// Decimal places that the rule keeps.
    pub fn places(self) -> u32 {
        match self {
            Self::HalfEven { places } | Self::HalfUp { places } | Self::Truncate { places } => {
                places
            }
            Self::UpToInteger => 0,
        }
    }

    /// `numerator ÷ denominator` rounded to an integer by the rule, once; the places are the
    /// caller's. `None` when the denominator is zero or the result leaves 128 bits.
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        if denominator == 0 {
            return None;
        }
        let is_negative = (numerator < 0) != (denominator < 0);
        let (numerator, denominator) = (numerator.unsigned_abs(), denominator.unsigned_abs());
        let quotient = numerator / denominator;
        let remainder = numerator % denominator;
        // remainder against the half, without doubling beyond the range
        let to_half = remainder.cmp(&(denominator - remainder));
        let is_up = match self {
            Self::Truncate { .. } => false,
            Self::UpToInteger => remainder != 0 && !is_negative,
            Self::HalfUp { .. } => remainder != 0 && to_half.is_ge(),
            Self::HalfEven { .. } => {
                to_half.is_gt() || (remainder != 0 && to_half.is_eq() && quotient % 2 == 1)
            }
        };
        let magnitude = i128::try_from(quotient.checked_add(u128::from(is_up))?).ok()?;
        Some(if is_negative { -magnitude } else { magnitude })
    }

    /// The rule's name as results print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::HalfEven { .. } => "half to even, once (GB/T 8170)",
            Self::HalfUp { .. } => "half up",
            Self::UpToInteger => "up to the next integer",
            Self::Truncate { .. } => "cut off",
        }
    }
}

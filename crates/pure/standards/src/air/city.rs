//! City means from stations (HJ 663, 城市范围).

use exact_decimal::{Decimal, Fraction, Rounding};

use crate::{InvalidReason, StandardError, Validity};

/// A city's concentration: the exact mean over its sites, and how many took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CityMean {
    /// Exact arithmetic mean over the valid sites.
    pub exact: Fraction,
    /// Rounded half to even, once, to the places asked for.
    pub rounded: Decimal,
    /// Sites with a valid value.
    pub sites: u32,
}

/// Whether enough sites are valid on a day: at least 75 %, at least 50 % for a city of fewer than
/// four sites. To be verified: from memory of HJ 663-2013.
pub fn is_city_day_valid(valid_sites: u32, all_sites: u32) -> bool {
    let share = if all_sites < 4 { 50 } else { 75 };
    all_sites > 0 && valid_sites * 100 >= all_sites * share
}

/// The arithmetic mean over the city's evaluation sites (not the worst site).
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_city_mean(
    sites: &[Option<Decimal>],
    places: u32,
) -> Result<Validity<CityMean>, StandardError> {
    let mut sum = Decimal::ZERO;
    let mut count = 0_u32;
    for value in sites.iter().flatten() {
        sum = sum.checked_add(*value)?;
        count += 1;
    }
    if count == 0 {
        return Ok(Validity::Missing);
    }
    let exact = Fraction::try_from(sum)?.checked_divide(Fraction::from(i64::from(count)))?;
    let mean = CityMean {
        exact,
        rounded: exact.rounded(Rounding::HalfEven { places })?,
        sites: count,
    };
    let all = u32::try_from(sites.len()).unwrap_or(u32::MAX);
    Ok(if is_city_day_valid(count, all) {
        Validity::Valid(mean)
    } else {
        let share = if all < 4 { 50 } else { 75 };
        Validity::Invalid(
            mean,
            InvalidReason::TooFew {
                have: count,
                need: (all * share).div_ceil(100),
            },
        )
    })
}

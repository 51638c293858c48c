//! City means from stations (HJ 663, 城市范围).

use exact_decimal::{Decimal, Fraction, Rounding};

use crate::based::Rule;
use crate::{Based, Confidence, InvalidReason, StandardError, Validity};

/// 城市均值: what a mean over sites rests on.
const MEAN: Rule = Rule {
    edition: "HJ 663",
    clause: "城市范围",
    method: "arithmetic mean over the valid sites, not the worst site",
    parameters: "HJ 663: 75 % of the sites, 50 % of fewer than four",
    confidence: Confidence::MemoryMedium,
    rounding: "half to even, once (GB/T 8170)",
};

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
) -> Result<Based<Validity<CityMean>>, StandardError> {
    let mut sum = Decimal::ZERO;
    let mut count = 0_u32;
    for value in sites.iter().flatten() {
        sum = sum.checked_add(*value)?;
        count += 1;
    }
    let all = u32::try_from(sites.len()).unwrap_or(u32::MAX);
    let inputs: crate::based::Inputs<'_> = &[("valid sites", &count), ("sites", &all)];
    if count == 0 {
        return Ok(MEAN.based(Validity::Missing, inputs));
    }
    let exact = Fraction::try_from(sum)?.checked_divide(Fraction::from(i64::from(count)))?;
    let mean = CityMean {
        exact,
        rounded: exact.rounded(Rounding::HalfEven { places })?,
        sites: count,
    };
    let mean = if is_city_day_valid(count, all) {
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
    };
    Ok(MEAN.based(mean, inputs))
}

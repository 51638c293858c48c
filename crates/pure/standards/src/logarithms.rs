//! The only binary floating point of the crate: logarithms and powers that standards need.
//!
//! Error bound: the inputs are decimals of at most 15 significant digits, so their conversion is
//! within half a unit in the last place; `ln`, `log10` and `powf` of the platform are within one
//! unit. Over the ranges used here (sums of at most 10⁵ terms, results below 1000) the absolute
//! error is below 10⁻⁹; a result is rounded to at most 4 decimals, so a wrong last digit is only
//! possible within 10⁻⁹ of an exact half. Results from equal inputs are equal bit by bit on one
//! platform.
#![expect(
    clippy::float_arithmetic,
    reason = "logarithms and powers have no exact decimal; the bound stands above"
)]

use exact_decimal::{Decimal, DecimalError, Rounding};

/// Back to a decimal, half to even to `places`; through 12 decimals, beyond the error bound.
fn to_decimal(value: f64, places: u32) -> Result<Decimal, DecimalError> {
    if !value.is_finite() || value.abs() > 1e12 {
        return Err(DecimalError::OutOfRange);
    }
    let text: Decimal = format!("{value:.12}").parse()?;
    Ok(text.rounded(Rounding::HalfEven { places }))
}

/// 10·(a + b·ln x), summed with weights: the form of the trophic level index. Each term is
/// (weight, a, b, x), x above zero.
pub(crate) fn weighted_logarithms(
    terms: &[(Decimal, Decimal, Decimal, Decimal)],
    places: u32,
) -> Result<Decimal, DecimalError> {
    let mut sum = 0.0;
    let mut weights = 0.0;
    for (weight, a, b, x) in terms {
        let weight = weight.approximate_to_f64();
        let term =
            10.0 * (a.approximate_to_f64() + b.approximate_to_f64() * x.approximate_to_f64().ln());
        sum += weight * term;
        weights += weight;
    }
    to_decimal(sum / weights, places)
}

/// −lg of the mean of 10^−pH.
pub(crate) fn mean_ph(values: &[Decimal], places: u32) -> Result<Decimal, DecimalError> {
    let mut sum = 0.0;
    let mut count = 0.0;
    for value in values {
        sum += 10_f64.powf(-value.approximate_to_f64());
        count += 1.0;
    }
    to_decimal(-(sum / count).log10(), places)
}

/// 10·lg of the weighted mean of 10^(0.1 L); each is (weight, level).
pub(crate) fn energy_mean(
    levels: &[(Decimal, Decimal)],
    places: u32,
) -> Result<Decimal, DecimalError> {
    let mut sum = 0.0;
    let mut weights = 0.0;
    for (weight, level) in levels {
        let weight = weight.approximate_to_f64();
        sum += weight * 10_f64.powf(0.1 * level.approximate_to_f64());
        weights += weight;
    }
    if weights == 0.0 {
        return Err(DecimalError::DivisionByZero);
    }
    to_decimal(10.0 * (sum / weights).log10(), places)
}

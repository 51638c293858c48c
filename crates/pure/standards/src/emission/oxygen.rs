//! Conversion of a concentration to the reference oxygen content (折算浓度).

use exact_decimal::{Decimal, Fraction};

use crate::based::{EXACT, Rule};
use crate::{Based, Confidence, StandardError};

/// 折算浓度: what a converted concentration rests on.
const CONVERSION: Rule = Rule {
    edition: "GB 13271-2014, GB 4915-2013, GB 18484-2020",
    clause: "折算",
    method: "measured × (air - reference) / (air - measured oxygen)",
    parameters: "reference oxygen as given; 21 % for air",
    confidence: Confidence::ConfirmedPrimary,
    rounding: EXACT,
};

/// What a concentration is converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OxygenRule {
    /// 基准氧含量, percent.
    pub baseline: Decimal,
    /// Oxygen of the combustion air, percent: 21 for air; another for enriched air
    /// (GB 18484-2020, 8.2: φ0).
    pub combustion_air: Decimal,
    /// The least difference between combustion air and flue gas that still converts: below it the
    /// factor has no meaning (start-up, leakage) and the value is marked, never made infinite.
    /// A guard of ours, not of a standard.
    pub least_difference: Decimal,
}

impl OxygenRule {
    /// The rule of a reference oxygen content with ordinary air.
    pub fn with_air(baseline: Decimal) -> Self {
        Self {
            baseline,
            combustion_air: Decimal::from(21),
            least_difference: Decimal::ONE,
        }
    }
}

/// A converted concentration, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// The exact converted concentration.
    Converted(Fraction),
    /// The flue gas holds (almost) as much oxygen as the air: not converted, not valid.
    TooMuchOxygen,
}

/// C = C' × (21 − O₂ reference) ÷ (21 − O₂ measured) (GB 13271-2014, 5.2; GB 4915-2013, 5.1).
///
/// # Errors
/// For a concentration or oxygen content below zero, oxygen above the combustion air, or a
/// reference at or above the combustion air.
pub fn convert_to_oxygen(
    rule: &OxygenRule,
    measured: Decimal,
    oxygen: Decimal,
) -> Result<Based<Conversion>, StandardError> {
    let bad = |name, value: Decimal, detail| StandardError::BadInput {
        name,
        value: value.to_string(),
        detail,
    };
    if measured.is_negative() {
        return Err(bad("concentration", measured, "is below zero"));
    }
    if oxygen.is_negative() {
        return Err(bad("oxygen", oxygen, "is below zero"));
    }
    if rule.baseline >= rule.combustion_air {
        return Err(bad(
            "reference oxygen",
            rule.baseline,
            "is not below the oxygen of the combustion air",
        ));
    }
    let inputs: crate::based::Inputs<'_> = &[
        ("measured", &measured),
        ("oxygen", &oxygen),
        ("reference oxygen", &rule.baseline),
        ("combustion air", &rule.combustion_air),
    ];
    let difference = rule.combustion_air.checked_subtract(oxygen)?;
    if difference < rule.least_difference || difference.is_zero() {
        return Ok(CONVERSION.based(Conversion::TooMuchOxygen, inputs));
    }
    let converted = Fraction::try_from(measured)?
        .checked_multiply(Fraction::try_from(
            rule.combustion_air.checked_subtract(rule.baseline)?,
        )?)?
        .checked_divide(Fraction::try_from(difference)?)?;
    Ok(CONVERSION.based(Conversion::Converted(converted), inputs))
}

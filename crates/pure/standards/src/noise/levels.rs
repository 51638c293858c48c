//! Levels made of levels: the day-night level, the energy mean, the correction for background.

use exact_decimal::{Decimal, Rounding};

use crate::based::{Rule, listed};
use crate::{Based, Confidence, Explanation, StandardError, logarithms};

/// 等效连续 A 声级: the energy mean of levels.
const ENERGY: Rule = Rule {
    edition: "GB 3096-2008",
    clause: "3.2",
    method: "energy mean of weighted levels",
    parameters: "GB 3096-2008, 3.2",
    confidence: Confidence::MemoryHigh,
    rounding: "half to even to one decimal, once; logarithm in binary floating point within 1e-9",
};

/// 昼夜等效声级: the level of a day.
const DAY_NIGHT: Rule = Rule {
    edition: "HJ 640-2012",
    clause: "昼夜等效声级",
    method: "energy mean of 16 hours of day and 8 of night raised by 10 dB(A)",
    parameters: "HJ 640-2012: 16 h, 8 h, 10 dB(A)",
    confidence: Confidence::MemoryHigh,
    rounding: "half to even to one decimal, once; logarithm in binary floating point within 1e-9",
};

/// 背景噪声修正: the level corrected for the background.
const BACKGROUND: Rule = Rule {
    edition: "GB 12348-2008",
    clause: "5.7, table 4",
    method: "correction by the difference to the background",
    parameters: "GB 12348-2008, table 4: -3, -2, -1 dB(A)",
    confidence: Confidence::MemoryHigh,
    rounding: "difference half to even to a whole number (GB/T 8170)",
};

/// The energy mean of levels with weights (hours, seconds): 10·lg(Σ w·10^(0.1 L) ÷ Σ w), rounded
/// half to even to one decimal (GB 3096, 3.2).
///
/// # Errors
/// Without levels, with a weight below zero, or when the sum of weights is zero.
pub fn compute_energy_mean(levels: &[(Decimal, Decimal)]) -> Result<Based<Decimal>, StandardError> {
    if levels.is_empty() || levels.iter().any(|(weight, _)| weight.is_negative()) {
        return Err(StandardError::BadInput {
            name: "levels",
            value: levels.len().to_string(),
            detail: "an energy mean needs levels with weights that are not below zero",
        });
    }
    let told = levels
        .iter()
        .map(|(weight, level)| format!("{weight} × {level}"));
    Ok(ENERGY.based(
        logarithms::energy_mean(levels, 1)?,
        &[("levels", &listed(told))],
    ))
}

/// 昼夜等效声级: `Ldn` = 10·lg[(16·10^(0.1 `Ld`) + 8·10^(0.1(`Ln` + 10))) ÷ 24], one decimal
/// (to be verified against the text of HJ 640).
///
/// # Errors
/// When a level is out of range.
pub fn compute_day_night_level(
    day: Decimal,
    night: Decimal,
) -> Result<Based<Decimal>, StandardError> {
    let level = compute_energy_mean(&[
        (Decimal::from(16), day),
        (Decimal::from(8), night.checked_add(Decimal::from(10))?),
    ])?;
    Ok(DAY_NIGHT.based(level.value, &[("day", &day), ("night", &night)]))
}

/// The day-night level, told like a worked example.
///
/// # Errors
/// As [`compute_day_night_level`].
pub fn explain_day_night_level(day: Decimal, night: Decimal) -> Result<Explanation, StandardError> {
    let level = compute_day_night_level(day, night)?;
    let raised = night.checked_add(Decimal::from(10))?;
    let mut told = Explanation::default();
    told.push(
        format!("夜间等效声级加 10 dB(A)：{night} + 10 = {raised} dB(A)。"),
        format!("The level of the night is raised by 10 dB(A): {night} + 10 = {raised} dB(A)."),
    );
    told.push(
        format!(
            "Ldn = 10 × lg[(16 × 10^(0.1 × {day}) + 8 × 10^(0.1 × {raised})) / 24] = {level} dB(A)\
             （修约到一位小数）。"
        ),
        format!(
            "Ldn = 10 × lg[(16 × 10^(0.1 × {day}) + 8 × 10^(0.1 × {raised})) / 24] = {level} dB(A) \
             (one decimal)."
        ),
    );
    Ok(told)
}

/// A measured level corrected for the background (GB 12348, 5.7 and table 4: values to be
/// verified). Both levels are at one decimal; the difference is rounded half to even to a whole
/// number: above 10 dB no correction; 6 to 10 dB −1; 4 to 5 dB −2; 3 dB −3; below 3 dB the measurement must
/// be made again.
///
/// # Errors
/// [`StandardError::BadInput`] for a difference below 3 dB.
pub fn compute_background_correction(
    measured: Decimal,
    background: Decimal,
) -> Result<Based<Decimal>, StandardError> {
    let difference = measured.checked_subtract(background)?;
    if difference < 3 {
        return Err(StandardError::BadInput {
            name: "background",
            value: background.to_string(),
            detail: "is less than 3 dB below the measured level: measure again",
        });
    }
    let correction = if difference > 10 {
        0
    } else {
        match difference
            .rounded(Rounding::HalfEven { places: 0 })
            .mantissa_and_scale()
            .0
        {
            ..=3 => 3,
            4..=5 => 2,
            _ => 1,
        }
    };
    Ok(BACKGROUND.based(
        measured.checked_subtract(Decimal::from(correction))?,
        &[("measured", &measured), ("background", &background)],
    ))
}

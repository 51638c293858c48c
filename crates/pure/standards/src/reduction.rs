//! Total-amount reduction: rates, year paths and projects (总量减排). Formulas of the projects are to
//! be verified.

use exact_decimal::{Decimal, Fraction, Rounding};

use crate::StandardError;

fn not_negative(name: &'static str, value: Decimal) -> Result<Fraction, StandardError> {
    if value.is_negative() {
        return Err(StandardError::BadInput {
            name,
            value: value.to_string(),
            detail: "is below zero",
        });
    }
    Ok(Fraction::try_from(value)?)
}

/// Reduction in percent, two decimals: (base − now) ÷ base × 100; below zero when it rose.
///
/// # Errors
/// For a base of zero or a value below zero.
pub fn compute_reduction_rate(base: Decimal, now: Decimal) -> Result<Decimal, StandardError> {
    let base = not_negative("base", base)?;
    Ok(base
        .checked_subtract(not_negative("emission", now)?)?
        .checked_multiply(Fraction::from(100))?
        .checked_divide(base)?
        .rounded(Rounding::HalfEven { places: 2 })?)
}

/// The emission of a year: base + increment − reduction by projects (12th and 13th plan).
///
/// # Errors
/// For a value below zero.
pub fn compute_year_emission(
    base: Decimal,
    increment: Decimal,
    reduction: Decimal,
) -> Result<Decimal, StandardError> {
    for (name, value) in [
        ("base", base),
        ("increment", increment),
        ("reduction", reduction),
    ] {
        not_negative(name, value)?;
    }
    Ok(base.checked_add(increment)?.checked_subtract(reduction)?)
}

/// A project that reduces emission; each counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReductionProject {
    /// A new water plant: water in m³ a year, concentrations in and out in mg/L.
    NewWaterPlant {
        /// m³ a year.
        water: Decimal,
        /// mg/L before.
        inlet: Decimal,
        /// mg/L after.
        outlet: Decimal,
    },
    /// A better water plant: concentration out before and after.
    UpgradedWaterPlant {
        /// m³ a year.
        water: Decimal,
        /// mg/L before the upgrade.
        old_outlet: Decimal,
        /// mg/L after it.
        new_outlet: Decimal,
    },
    /// Better cleaning of flue gas: raw emission in t a year, efficiencies in percent.
    FlueGas {
        /// t a year before cleaning.
        raw: Decimal,
        /// Percent before.
        old_efficiency: Decimal,
        /// Percent after.
        new_efficiency: Decimal,
    },
    /// A closed source: its emission of the base year in t.
    Closure {
        /// t in the base year.
        base_year: Decimal,
    },
}

/// What a project reduces, in t a year, exact. A project that makes it worse gives a value below
/// zero, never hidden as zero.
///
/// # Errors
/// For a value below zero or an efficiency above 100 %.
pub fn compute_project_reduction(project: &ReductionProject) -> Result<Fraction, StandardError> {
    // mg/L × m³ = g; 10⁻⁶ t
    let water = |water: Decimal, before: Decimal, after: Decimal| {
        Ok(not_negative("water", water)?
            .checked_multiply(
                not_negative("concentration", before)?
                    .checked_subtract(not_negative("concentration", after)?)?,
            )?
            .checked_divide(Fraction::from(1_000_000))?)
    };
    match *project {
        ReductionProject::NewWaterPlant {
            water: volume,
            inlet,
            outlet,
        } => water(volume, inlet, outlet),
        ReductionProject::UpgradedWaterPlant {
            water: volume,
            old_outlet,
            new_outlet,
        } => water(volume, old_outlet, new_outlet),
        ReductionProject::FlueGas {
            raw,
            old_efficiency,
            new_efficiency,
        } => {
            for efficiency in [old_efficiency, new_efficiency] {
                if efficiency > 100 {
                    return Err(StandardError::BadInput {
                        name: "efficiency",
                        value: efficiency.to_string(),
                        detail: "is above 100 %",
                    });
                }
            }
            Ok(not_negative("raw emission", raw)?
                .checked_multiply(
                    not_negative("efficiency", new_efficiency)?
                        .checked_subtract(not_negative("efficiency", old_efficiency)?)?,
                )?
                .checked_divide(Fraction::from(100))?)
        }
        ReductionProject::Closure { base_year } => not_negative("base year", base_year),
    }
}

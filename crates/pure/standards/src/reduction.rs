//! Total-amount reduction: rates, year paths and projects (总量减排). Formulas of the projects are to
//! be verified.

use exact_decimal::{Decimal, Fraction, Rounding};

use crate::based::{EXACT, Inputs, Rule, TWO_DECIMALS};
use crate::{Based, Confidence, Explanation, StandardError};

/// 削减率: what a rate of reduction rests on.
const RATE: Rule = Rule {
    edition: "主要污染物总量减排核算（十二五、十三五）",
    clause: "削减率",
    method: "(base - now) / base × 100",
    parameters: "formula; no numbers of its own",
    confidence: Confidence::MemoryHigh,
    rounding: TWO_DECIMALS,
};

/// 当年排放量: what the emission of a year rests on.
const YEAR: Rule = Rule {
    edition: "主要污染物总量减排核算（十二五、十三五）",
    clause: "排放量核算",
    method: "base + increment - reduction by projects",
    parameters: "formula; no numbers of its own",
    confidence: Confidence::MemoryHigh,
    rounding: EXACT,
};

/// 项目减排量: what the reduction of a project rests on.
const PROJECT: Rule = Rule {
    edition: "主要污染物总量减排核算（十四五：环办综合函〔2022〕350号）",
    clause: "项目减排量",
    method: "formula of the kind of project",
    parameters: "formula; 10⁻⁶ t in a gram",
    confidence: Confidence::MemoryMedium,
    rounding: EXACT,
};

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
pub fn compute_reduction_rate(
    base: Decimal,
    now: Decimal,
) -> Result<Based<Decimal>, StandardError> {
    let exact = not_negative("base", base)?;
    let rate = exact
        .checked_subtract(not_negative("emission", now)?)?
        .checked_multiply(Fraction::from(100))?
        .checked_divide(exact)?
        .rounded(Rounding::HalfEven { places: 2 })?;
    Ok(RATE.based(rate, &[("base", &base), ("emission", &now)]))
}

/// The reduction in percent, told like a worked example.
///
/// # Errors
/// As [`compute_reduction_rate`].
pub fn explain_reduction_rate(base: Decimal, now: Decimal) -> Result<Explanation, StandardError> {
    let rate = compute_reduction_rate(base, now)?;
    let mut told = Explanation::default();
    told.push(
        format!("削减率 = (基准年排放量 - 现排放量) / 基准年排放量 × 100 = ({base} - {now}) / {base} × 100 = {rate}%（修约到两位小数）。"),
        format!("Reduction = (base - now) / base × 100 = ({base} - {now}) / {base} × 100 = {rate} % (two decimals)."),
    );
    if rate.is_negative() {
        told.push(
            "结果为负：排放量比基准年增加。".to_owned(),
            "It is below zero: more is emitted than in the base year.".to_owned(),
        );
    }
    Ok(told)
}

/// The emission of a year: base + increment − reduction by projects (12th and 13th plan).
///
/// # Errors
/// For a value below zero.
pub fn compute_year_emission(
    base: Decimal,
    increment: Decimal,
    reduction: Decimal,
) -> Result<Based<Decimal>, StandardError> {
    for (name, value) in [
        ("base", base),
        ("increment", increment),
        ("reduction", reduction),
    ] {
        not_negative(name, value)?;
    }
    Ok(YEAR.based(
        base.checked_add(increment)?.checked_subtract(reduction)?,
        &[
            ("base", &base),
            ("increment", &increment),
            ("reduction", &reduction),
        ],
    ))
}

/// The emission of a year, told like a worked example.
///
/// # Errors
/// As [`compute_year_emission`].
pub fn explain_year_emission(
    base: Decimal,
    increment: Decimal,
    reduction: Decimal,
) -> Result<Explanation, StandardError> {
    let emission = compute_year_emission(base, increment, reduction)?;
    let mut told = Explanation::default();
    told.push(
        format!("当年排放量 = 基准年排放量 + 新增量 - 项目减排量 = {base} + {increment} - {reduction} = {emission} t。"),
        format!("Emission of the year = base + increment - reduction by projects = {base} + {increment} - {reduction} = {emission} t."),
    );
    Ok(told)
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
pub fn compute_project_reduction(
    project: &ReductionProject,
) -> Result<Based<Fraction>, StandardError> {
    let tons = tons_of(project)?;
    let inputs: Inputs<'_> = match project {
        ReductionProject::NewWaterPlant {
            water,
            inlet,
            outlet,
        } => &[("water", water), ("inlet", inlet), ("outlet", outlet)],
        ReductionProject::UpgradedWaterPlant {
            water,
            old_outlet,
            new_outlet,
        } => &[
            ("water", water),
            ("old outlet", old_outlet),
            ("new outlet", new_outlet),
        ],
        ReductionProject::FlueGas {
            raw,
            old_efficiency,
            new_efficiency,
        } => &[
            ("raw emission", raw),
            ("old efficiency", old_efficiency),
            ("new efficiency", new_efficiency),
        ],
        ReductionProject::Closure { base_year } => &[("base year", base_year)],
    };
    Ok(PROJECT.based(tons, inputs))
}

fn tons_of(project: &ReductionProject) -> Result<Fraction, StandardError> {
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

/// What a project reduces, told like a worked example.
///
/// # Errors
/// As [`compute_project_reduction`].
pub fn explain_project_reduction(project: &ReductionProject) -> Result<Explanation, StandardError> {
    let tons = compute_project_reduction(project)?;
    let shown = tons.rounded(Rounding::HalfEven { places: 6 })?.normalized();
    let mut told = Explanation::default();
    let mut water = |zh: &str, en: &str, water: Decimal, before: Decimal, after: Decimal| {
        told.push(
            format!("{zh}：减排量 = 水量 × (处理前浓度 - 处理后浓度) × 10^-6（mg/L × m³ = g，换算为 t）。"),
            format!("{en}: reduction = water × (before - after) × 10^-6 (mg/L × m³ = g, to t)."),
        );
        told.push(
            format!("{water} × ({before} - {after}) × 10^-6 = {shown} t。"),
            format!("{water} × ({before} - {after}) × 10^-6 = {shown} t."),
        );
    };
    match *project {
        ReductionProject::NewWaterPlant {
            water: volume,
            inlet,
            outlet,
        } => water("新建污水处理厂", "New water plant", volume, inlet, outlet),
        ReductionProject::UpgradedWaterPlant {
            water: volume,
            old_outlet,
            new_outlet,
        } => water(
            "污水处理厂提标",
            "Upgraded water plant",
            volume,
            old_outlet,
            new_outlet,
        ),
        ReductionProject::FlueGas {
            raw,
            old_efficiency,
            new_efficiency,
        } => {
            told.push(
                "烟气治理：减排量 = 产生量 × (改造后效率 - 改造前效率)。".to_owned(),
                "Flue gas: reduction = raw emission × (new - old efficiency).".to_owned(),
            );
            told.push(
                format!("{raw} × ({new_efficiency}% - {old_efficiency}%) = {shown} t。"),
                format!("{raw} × ({new_efficiency} % - {old_efficiency} %) = {shown} t."),
            );
        }
        ReductionProject::Closure { base_year } => told.push(
            format!("关停：减排量为基准年排放量 {base_year} t。"),
            format!("Closure: the emission of the base year, {base_year} t."),
        ),
    }
    if *tons < Fraction::ZERO {
        told.push(
            "结果为负：该项目使排放量增加，如实计入。".to_owned(),
            "It is below zero: the project makes it worse, and counts so.".to_owned(),
        );
    }
    Ok(told)
}

//! Drinking-water sources of surface water (GB 3838-2002, tables 1 to 3).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use super::{Samples, WaterBody, WaterClass, WaterMethod, WaterRules};
use crate::based::{ONE_DECIMAL, Rule};
use crate::{Based, Basis, Confidence, Explanation, Input, Parameters, StandardError};

/// 达标率 of drinking-water sources.
const RATE: Rule = Rule {
    edition: "GB 3838-2002",
    clause: "集中式饮用水水源达标率",
    method: "qualified over all, in percent",
    parameters: "集中式饮用水水源地水质评价: sources or volumes of water",
    confidence: Confidence::MemoryMedium,
    rounding: ONE_DECIMAL,
};

/// An item over its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrinkingExceedance {
    /// Key of the item.
    pub key: String,
    /// The value.
    pub value: Decimal,
    /// The limit; none for an item of table 1, which is judged by class.
    pub limit: Option<Decimal>,
}

/// Whether a source is qualified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrinkingCheck {
    /// Whether every item is within class III or its limit.
    pub is_qualified: bool,
    /// What is over.
    pub exceedances: Vec<DrinkingExceedance>,
    /// What it rests on.
    pub basis: Basis,
}

/// Judges a surface source: table 1 at class III (without temperature, total nitrogen and fecal
/// coliform, which are for reference), tables 2 and 3 within their limits. `others` are items of
/// tables 2 and 3 by key. The choice of items is to be verified.
///
/// # Errors
/// For an unknown item or a value below zero.
pub fn check_drinking_source(
    parameters: &Parameters,
    date: CivilDate,
    body: WaterBody,
    samples: &Samples,
    others: &[(String, Decimal)],
) -> Result<DrinkingCheck, StandardError> {
    let told = &mut Explanation::default();
    tell_drinking_source((parameters, date), body, samples, others, told)
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`check_drinking_source`].
pub fn explain_drinking_source(
    parameters: &Parameters,
    date: CivilDate,
    body: WaterBody,
    samples: &Samples,
    others: &[(String, Decimal)],
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_drinking_source((parameters, date), body, samples, others, &mut told)?;
    Ok(told)
}

fn tell_drinking_source(
    (parameters, date): (&Parameters, CivilDate),
    body: WaterBody,
    samples: &Samples,
    others: &[(String, Decimal)],
    told: &mut Explanation,
) -> Result<DrinkingCheck, StandardError> {
    let rules = WaterRules::on(parameters, date)?;
    let section = rules.classify_section(body, WaterMethod::ManualRounded, samples)?;
    told.steps.extend(rules.explain(&section).steps);
    told.push(
        "饮用水水源地：表 1 各项（水温、总氮、粪大肠菌群除外）应达到 Ⅲ 类，表 2、表 3 各项不超过限值。"
            .to_owned(),
        "Drinking-water source: table 1 at class Ⅲ (without temperature, total nitrogen, fecal \
         coliform), tables 2 and 3 within their limits."
            .to_owned(),
    );
    let mut exceedances: Vec<_> = section
        .items
        .iter()
        .filter(|item| item.is_evaluated && item.class > WaterClass::Three)
        .map(|item| DrinkingExceedance {
            key: item.item.key().to_owned(),
            value: item.value,
            limit: rules.find_class_three_limit(item.item, body),
        })
        .collect();
    let version = parameters.load_version("drinking-source-limits", date)?;
    // the choice of items is from memory
    let mut confidence = rules.confidence.max(Confidence::MemoryMedium);
    for (key, value) in others {
        let row = version.load_row(key)?;
        confidence = confidence.max(row.confidence);
        let limit = row.load_decimal("limit")?;
        let (sign, zh, en) = if *value > limit {
            ('>', "超标", "over")
        } else {
            ('≤', "达标", "within")
        };
        told.push(
            format!("{key}：{value} {sign} {limit} mg/L，{zh}。"),
            format!("{key}: {value} {sign} {limit} mg/L: {en}."),
        );
        if *value > limit {
            exceedances.push(DrinkingExceedance {
                key: key.clone(),
                value: *value,
                limit: Some(limit),
            });
        }
    }
    let keys: Vec<&str> = exceedances.iter().map(|over| over.key.as_str()).collect();
    if keys.is_empty() {
        told.push(
            "各项均达标：水源地达标。".to_owned(),
            "All within: qualified.".to_owned(),
        );
    } else {
        told.push(
            format!("超标项目：{}；水源地不达标。", keys.join("、")),
            format!("Over: {}; not qualified.", keys.join(", ")),
        );
    }
    let mut basis = rules.basis(&section);
    basis.clause = "table 1 at class III, tables 2 and 3";
    basis.parameters = format!("{}; {}", basis.parameters, version.citation());
    basis.confidence = confidence;
    basis.inputs.extend(others.iter().map(|(key, value)| Input {
        name: key.clone(),
        value: value.to_string(),
    }));
    Ok(DrinkingCheck {
        is_qualified: exceedances.is_empty(),
        exceedances,
        basis,
    })
}

/// 达标率 of sources or of water volume: qualified ÷ all × 100, one decimal.
///
/// # Errors
/// For a total of zero.
pub fn compute_qualified_rate(
    qualified: Decimal,
    all: Decimal,
) -> Result<Based<Decimal>, StandardError> {
    let rate = Fraction::try_from(qualified)?
        .checked_multiply(Fraction::from(100))?
        .checked_divide(Fraction::try_from(all)?)?
        .rounded(Rounding::HalfEven { places: 1 })?;
    Ok(RATE.based(rate, &[("qualified", &qualified), ("all", &all)]))
}

//! Pollution equivalents and the environmental protection tax (环境保护税法, annexes 1 and 2).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use crate::based::{EXACT, Rule, TWO_DECIMALS, TableRule};
use crate::{Based, Basis, Confidence, Explanation, Parameters, StandardError};

/// 污染当量数: what the equivalents of a pollutant rest on.
const EQUIVALENTS: TableRule = TableRule {
    clause: "article 8, annex 2",
    method: "mass over equivalent value",
    rounding: EXACT,
};

/// 减征: what the tax of a pollutant rests on.
const TAX: Rule = Rule {
    edition: "环境保护税法 2018",
    clause: "articles 11 and 13",
    method: "equivalents × rate × share by the concentration",
    parameters: "环境保护税法, article 13: 30 % below 75 %, 50 % below 50 %",
    confidence: Confidence::ConfirmedPrimary,
    rounding: TWO_DECIMALS,
};

/// Air or water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaxMedium {
    /// 大气污染物.
    Air,
    /// 水污染物.
    Water,
}

impl TaxMedium {
    fn name(self) -> &'static str {
        match self {
            Self::Air => "air",
            Self::Water => "water",
        }
    }
}

/// The equivalents of one pollutant at one outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equivalent {
    /// The pollutant as annex 2 calls it.
    pub pollutant: String,
    /// Mass ÷ equivalent value, exact.
    pub equivalents: Fraction,
    /// What it rests on.
    pub basis: Basis,
}

/// The equivalents of an outlet's pollutants: mass in kg ÷ equivalent value in kg.
///
/// # Errors
/// For a pollutant without an equivalent value or a mass below zero.
pub fn compute_equivalents(
    parameters: &Parameters,
    date: CivilDate,
    medium: TaxMedium,
    masses_kg: &[(&str, Decimal)],
) -> Result<Vec<Equivalent>, StandardError> {
    let told = &mut Explanation::default();
    tell_equivalents((parameters, date), medium, masses_kg, told)
}

/// The equivalents of an outlet and which of them are taxed, told like a worked example.
///
/// # Errors
/// As [`compute_equivalents`].
pub fn explain_equivalents(
    parameters: &Parameters,
    date: CivilDate,
    medium: TaxMedium,
    masses_kg: &[(&str, Decimal)],
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    let outlet = tell_equivalents((parameters, date), medium, masses_kg, &mut told)?;
    let taxed = select_taxed(medium, outlet);
    let mut sum = Fraction::ZERO;
    for entry in &taxed {
        sum = sum.checked_add(entry.equivalents)?;
    }
    let names: Vec<_> = taxed.iter().map(|entry| entry.pollutant.as_str()).collect();
    let (rule_zh, rule_en) = match medium {
        TaxMedium::Air => ("前三项", "the first three"),
        TaxMedium::Water => (
            "第一类水污染物前五项、其他类前三项",
            "the first five of the first class and the first three others",
        ),
    };
    let sum = shown(sum)?;
    told.push(
        format!(
            "按污染当量数从大到小，取{rule_zh}征税：{}，共 {sum} 个污染当量。",
            names.join("、")
        ),
        format!(
            "Taxed by falling equivalents are {rule_en}: {}; {sum} equivalents in all.",
            names.join(", ")
        ),
    );
    Ok(told)
}

fn shown(value: Fraction) -> Result<Decimal, StandardError> {
    Ok(value
        .rounded(Rounding::HalfEven { places: 4 })?
        .normalized())
}

fn tell_equivalents(
    (parameters, date): (&Parameters, CivilDate),
    medium: TaxMedium,
    masses_kg: &[(&str, Decimal)],
    told: &mut Explanation,
) -> Result<Vec<Equivalent>, StandardError> {
    let version = parameters.load_version("pollution-equivalents", date)?;
    masses_kg
        .iter()
        .map(|(pollutant, mass)| {
            if mass.is_negative() {
                return Err(StandardError::BadInput {
                    name: "mass",
                    value: mass.to_string(),
                    detail: "is below zero",
                });
            }
            let row = version.load_row(&format!("{}.{pollutant}", medium.name()))?;
            let value = row.load_decimal("equivalent_kg")?;
            let equivalents =
                Fraction::try_from(*mass)?.checked_divide(Fraction::try_from(value)?)?;
            let result = shown(equivalents)?;
            told.push(
                format!("{pollutant}：{mass} kg / {value} kg = {result} 个污染当量。"),
                format!("{pollutant}: {mass} kg / {value} kg = {result} equivalents."),
            );
            Ok(Equivalent {
                pollutant: (*pollutant).to_owned(),
                equivalents,
                basis: EQUIVALENTS.basis(
                    version,
                    row.confidence,
                    &[
                        ("pollutant", pollutant),
                        ("mass (kg)", mass),
                        ("equivalent value (kg)", &value),
                    ],
                ),
            })
        })
        .collect()
}

/// 第一类水污染物 (GB 8978-1996, table 1, those with an equivalent value).
const FIRST_CLASS: [&str; 10] = [
    "总汞",
    "总镉",
    "总铬",
    "六价铬",
    "总砷",
    "总铅",
    "总镍",
    "苯并(a)芘",
    "总铍",
    "总银",
];

/// The pollutants of an outlet that are taxed, by falling equivalents: of air the first three; of
/// water the first five of the first class and the first three of the others (article 9).
pub fn select_taxed(medium: TaxMedium, mut outlet: Vec<Equivalent>) -> Vec<Equivalent> {
    outlet.sort_by(|a, b| {
        b.equivalents
            .cmp(&a.equivalents)
            .then_with(|| a.pollutant.cmp(&b.pollutant))
    });
    let (mut first, mut others) = (5, 3);
    outlet.retain(|entry| {
        let is_first =
            medium == TaxMedium::Water && FIRST_CLASS.contains(&entry.pollutant.as_str());
        let left = if is_first { &mut first } else { &mut others };
        if *left == 0 {
            return false;
        }
        *left -= 1;
        true
    });
    outlet
}

/// The tax in yuan, to the fen: equivalents × rate, 75 % of it when the concentration is at least
/// 30 % below the limit, 50 % at least 50 % below (article 13).
///
/// # Errors
/// For a limit of zero or a value below zero.
pub fn compute_tax(
    equivalents: Fraction,
    rate_yuan: Decimal,
    concentration: Decimal,
    limit: Decimal,
) -> Result<Based<Decimal>, StandardError> {
    let judged = (concentration, limit);
    let tax = tell_tax(equivalents, rate_yuan, judged, &mut Explanation::default())?;
    Ok(TAX.based(
        tax,
        &[
            ("equivalents", &shown(equivalents)?),
            ("rate (yuan)", &rate_yuan),
            ("concentration", &concentration),
            ("limit", &limit),
        ],
    ))
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_tax`].
pub fn explain_tax(
    equivalents: Fraction,
    rate_yuan: Decimal,
    concentration: Decimal,
    limit: Decimal,
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_tax(equivalents, rate_yuan, (concentration, limit), &mut told)?;
    Ok(told)
}

fn tell_tax(
    equivalents: Fraction,
    rate_yuan: Decimal,
    (concentration, limit): (Decimal, Decimal),
    told: &mut Explanation,
) -> Result<Decimal, StandardError> {
    for (name, value) in [("rate", rate_yuan), ("concentration", concentration)] {
        if value.is_negative() {
            return Err(StandardError::BadInput {
                name,
                value: value.to_string(),
                detail: "is below zero",
            });
        }
    }
    let share = Fraction::try_from(concentration)?.checked_divide(Fraction::try_from(limit)?)?;
    let (percent, zh, en) = if share <= Fraction::new(50, 100)? {
        (
            50,
            "不高于 50%，减按 50% 征收",
            "at most 50 %: 50 % of the tax",
        )
    } else if share <= Fraction::new(70, 100)? {
        (
            75,
            "不高于 70%，减按 75% 征收",
            "at most 70 %: 75 % of the tax",
        )
    } else {
        (100, "高于 70%，不减征", "above 70 %: the whole tax")
    };
    let tax = equivalents
        .checked_multiply(Fraction::try_from(rate_yuan)?)?
        .checked_multiply(Fraction::new(percent, 100)?)?
        .rounded(Rounding::HalfEven { places: 2 })?;
    let shown_share = shown(share.checked_multiply(Fraction::from(100))?)?;
    told.push(
        format!("浓度为限值的 {concentration} / {limit} × 100 = {shown_share}%，{zh}。"),
        format!(
            "The concentration is {concentration} / {limit} × 100 = {shown_share} % of the limit, {en}."
        ),
    );
    let shown_equivalents = shown(equivalents)?;
    told.push(
        format!("税额：{shown_equivalents} × {rate_yuan} × {percent}% = {tax} 元（修约到分）。"),
        format!("Tax: {shown_equivalents} × {rate_yuan} × {percent} % = {tax} yuan (to the fen)."),
    );
    Ok(tax)
}

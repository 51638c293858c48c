//! Pollution equivalents and the environmental protection tax (环境保护税法, annexes 1 and 2).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use crate::{Confidence, Parameters, StandardError};

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
    /// How sure the equivalent value is.
    pub confidence: Confidence,
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
            Ok(Equivalent {
                pollutant: (*pollutant).to_owned(),
                equivalents: Fraction::try_from(*mass)?
                    .checked_divide(Fraction::try_from(row.load_decimal("equivalent_kg")?)?)?,
                confidence: row.confidence,
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
    let percent = if share <= Fraction::new(50, 100)? {
        50
    } else if share <= Fraction::new(70, 100)? {
        75
    } else {
        100
    };
    Ok(equivalents
        .checked_multiply(Fraction::try_from(rate_yuan)?)?
        .checked_multiply(Fraction::new(percent, 100)?)?
        .rounded(Rounding::HalfEven { places: 2 })?)
}

//! Single indices of a year: concentration over limit (HJ 663-2013, 单项指数法). To be verified.

use exact_decimal::Fraction;

use super::{AttainmentItem, Pollutant};
use crate::based::{EXACT, Rule, listed};
use crate::{Basis, Confidence, StandardError};

/// 单项指数、最大指数、综合指数: what the single indices of a year rest on.
const SINGLE: Rule = Rule {
    edition: "HJ 663-2013",
    clause: "单项指数法",
    method: "larger of mean over annual limit and percentile over daily limit",
    parameters: "limits of the edition of GB 3095 in force, as given",
    confidence: Confidence::MemoryMedium,
    rounding: EXACT,
};

/// A year's statistics of one pollutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearStatistic {
    /// The pollutant.
    pub pollutant: Pollutant,
    /// Annual mean; none for CO and ozone.
    pub mean: Option<exact_decimal::Decimal>,
    /// The percentile of the daily values.
    pub percentile: exact_decimal::Decimal,
}

/// The single indices of a year, the largest of them and their sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleIndices {
    /// Index by pollutant, exact.
    pub single: Vec<(Pollutant, Fraction)>,
    /// 最大指数: the largest.
    pub largest: Fraction,
    /// 综合指数: the sum.
    pub sum: Fraction,
    /// What they rest on.
    pub basis: Basis,
}

/// `I = max(mean ÷ annual limit, percentile ÷ daily limit)` for each pollutant.
///
/// # Errors
/// For a pollutant without limits, or a limit of zero.
pub fn compute_single_indices(
    items: &[AttainmentItem],
    year: &[YearStatistic],
) -> Result<SingleIndices, StandardError> {
    let mut single = Vec::with_capacity(year.len());
    let (mut largest, mut sum) = (Fraction::ZERO, Fraction::ZERO);
    for statistic in year {
        let item = items
            .iter()
            .find(|item| item.pollutant == statistic.pollutant)
            .ok_or_else(|| StandardError::NoRow {
                table: "air-annual-items".to_owned(),
                edition: String::new(),
                key: statistic.pollutant.key().to_owned(),
            })?;
        let mut index = Fraction::try_from(statistic.percentile)?
            .checked_divide(Fraction::try_from(item.percentile_limit)?)?;
        if let (Some(mean), Some(limit)) = (statistic.mean, item.mean_limit) {
            index =
                index.max(Fraction::try_from(mean)?.checked_divide(Fraction::try_from(limit)?)?);
        }
        largest = largest.max(index);
        sum = sum.checked_add(index)?;
        single.push((statistic.pollutant, index));
    }
    let given = year.iter().map(|statistic| {
        let mean = statistic
            .mean
            .map_or_else(|| "-".to_owned(), |mean| mean.to_string());
        format!(
            "{} {mean} {}",
            statistic.pollutant.key(),
            statistic.percentile
        )
    });
    Ok(SingleIndices {
        single,
        largest,
        sum,
        basis: SINGLE.basis(&[("statistics", &listed(given))]),
    })
}

//! A section over a period: period means and main pollutants (环办〔2011〕22号).

use exact_decimal::{Decimal, Fraction, Rounding};

use super::{Samples, SectionClass, WaterClass, WaterItem};
use crate::based::{EXACT, Rule, listed};
use crate::{Based, Confidence, StandardError, logarithms};

/// 河流、流域的主要污染指标 (环办〔2011〕22号).
const RIVER_MAIN: Rule = Rule {
    edition: "环办〔2011〕22号",
    clause: "主要污染指标的确定：河流、流域（水系）",
    method: "three items with the largest share of sections over class III",
    parameters: "环办〔2011〕22号: three items",
    confidence: Confidence::MemoryHigh,
    rounding: EXACT,
};

/// A main pollutant of a section with its exceedance multiple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MainPollutant {
    /// The item.
    pub item: WaterItem,
    /// 超标倍数 over class III; none for pH and dissolved oxygen.
    pub exceedance_multiple: Option<Decimal>,
}

/// The main pollutants of a section worse than class III: at most three, the worst classes first,
/// equal classes by exceedance multiple; cyanide and heavy metals over the limit come before all.
pub fn compute_main_pollutants(section: &SectionClass) -> Vec<MainPollutant> {
    if section.class.is_none_or(|class| class <= WaterClass::Three) {
        return Vec::new();
    }
    let mut over: Vec<_> = section
        .items
        .iter()
        .filter(|item| item.is_evaluated && item.class > WaterClass::Three)
        .collect();
    over.sort_by(|a, b| {
        b.item
            .takes_precedence()
            .cmp(&a.item.takes_precedence())
            .then(b.class.cmp(&a.class))
            .then(b.exceedance_multiple.cmp(&a.exceedance_multiple))
            .then(a.item.cmp(&b.item))
    });
    over.into_iter()
        .take(3)
        .map(|item| MainPollutant {
            item: item.item,
            exceedance_multiple: item.exceedance_multiple,
        })
        .collect()
}

/// The mean of a period's samples of one item, rounded half to even to `places`. The mean of pH
/// is by hydrogen-ion activity: see [`super::compute_mean_ph`].
///
/// # Errors
/// Without samples, or when the arithmetic leaves its range.
pub fn compute_period_mean(samples: &[Decimal], places: u32) -> Result<Decimal, StandardError> {
    let mut sum = Decimal::ZERO;
    for sample in samples {
        sum = sum.checked_add(*sample)?;
    }
    let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
    Ok(Fraction::try_from(sum)?
        .checked_divide(Fraction::from(count))?
        .rounded(Rounding::HalfEven { places })?)
}

/// The mean pH of a period: −lg of the mean hydrogen-ion activity, rounded half to even to
/// `places`.
///
/// # Errors
/// Without samples.
pub fn compute_mean_ph(samples: &[Decimal], places: u32) -> Result<Decimal, StandardError> {
    Ok(logarithms::mean_ph(samples, places)?)
}

/// The main pollutants of a river or basin of five sections or more: the three items with the
/// largest share of sections over class III, each with the exact share in percent; equal shares
/// in the order of the standard's table.
///
/// # Errors
/// Without sections.
pub fn compute_river_main_pollutants(
    sections: &[SectionClass],
) -> Result<Based<Vec<(WaterItem, Fraction)>>, StandardError> {
    let all = i128::try_from(sections.len()).unwrap_or(i128::MAX);
    let mut shares = Vec::new();
    for item in WaterItem::ALL {
        let over = sections
            .iter()
            .filter(|section| {
                section.items.iter().any(|judged| {
                    judged.item == *item && judged.is_evaluated && judged.class > WaterClass::Three
                })
            })
            .count();
        let share = Fraction::new(i128::try_from(over).unwrap_or(0) * 100, all)?;
        if over > 0 {
            shares.push((*item, share));
        }
    }
    shares.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    shares.truncate(3);
    let classes = sections
        .iter()
        .map(|section| section.class.map_or("-", WaterClass::published_name));
    Ok(RIVER_MAIN.based(shares, &[("classes", &listed(classes))]))
}

/// A river or basin of fewer than five sections as one section: the mean of each item over the
/// sections that have it, unrounded beyond 12 decimals; pH by hydrogen-ion activity.
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_mean_section(sections: &[Samples]) -> Result<Samples, StandardError> {
    let mut mean = Samples::default();
    for item in WaterItem::ALL {
        let values: Vec<Decimal> = sections
            .iter()
            .filter_map(|samples| samples.get(*item))
            .collect();
        if values.is_empty() {
            continue;
        }
        let value = if *item == WaterItem::Ph {
            compute_mean_ph(&values, 6)?
        } else {
            compute_period_mean(&values, 12)?
        };
        mean.set(*item, value.normalized());
    }
    Ok(mean)
}

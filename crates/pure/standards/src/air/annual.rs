//! The year of a station or a city: percentiles, attainment, composite index, share of good days
//! (HJ 663 and the city ranking rules).

use beijing_time::{CivilDate, StatDay};
use exact_decimal::{Decimal, Fraction, Rounding};

use super::{AreaClass, Pollutant};
use crate::based::{ONE_DECIMAL, Rule};
use crate::{Based, Basis, Confidence, InvalidReason, Parameters, StandardError, Validity};

/// 达标率: what a rate of attainment rests on.
const ATTAINMENT: Rule = Rule {
    edition: "HJ 663",
    clause: "达标率",
    method: "attained over valid, in percent",
    parameters: "formula; no numbers of its own",
    confidence: Confidence::MemoryHigh,
    rounding: ONE_DECIMAL,
};

/// 优良天数比例: what a share of good days rests on.
const GOOD_DAYS: Rule = Rule {
    edition: "HJ 663",
    clause: "优良天数比例",
    method: "days with an index of at most 100 over valid days, in percent",
    parameters: "HJ 663: index 100",
    confidence: Confidence::MemoryHigh,
    rounding: ONE_DECIMAL,
};

/// A valid daily statistic: a daily mean, or the largest 8-hour mean of ozone, as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyValue {
    /// The day.
    pub day: StatDay,
    /// The concentration, rounded to the published places.
    pub value: Decimal,
}

/// What a pollutant's year is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttainmentItem {
    /// The pollutant.
    pub pollutant: Pollutant,
    /// The percentile, for example 95.
    pub percentile: u32,
    /// Limit of the annual mean; none for CO and ozone.
    pub mean_limit: Option<Decimal>,
    /// Limit of the percentile.
    pub percentile_limit: Decimal,
    confidence: Confidence,
}

/// The rules of a year's evaluation, by the edition in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnualRules {
    edition: String,
    citation: String,
    items: Vec<AttainmentItem>,
}

/// The year of one pollutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnualEvaluation {
    /// The pollutant.
    pub pollutant: Pollutant,
    /// Valid days.
    pub days: u32,
    /// The exact annual mean with its validity: 324 days and 27 in each month (25 in February).
    pub mean: Validity<Fraction>,
    /// The annual mean as published: half to even, whole µg/m³, CO one decimal.
    pub mean_rounded: Option<Decimal>,
    /// The percentile by HJ 663, exact.
    pub percentile: Option<Decimal>,
    /// The percentile as published.
    pub percentile_rounded: Option<Decimal>,
    /// Whether both the mean and the percentile are within their limits.
    pub attains: Option<bool>,
    /// Days within the daily limit.
    pub days_within: u32,
    /// 达标率: days within ÷ valid days × 100, one decimal.
    pub attainment_rate: Option<Decimal>,
    /// What it rests on.
    pub basis: Basis,
}

impl AnnualRules {
    /// The rules in force on a day of the year that is judged, for an area class.
    ///
    /// # Errors
    /// When no edition was in force or a table is damaged.
    pub fn on(
        parameters: &Parameters,
        date: CivilDate,
        class: AreaClass,
    ) -> Result<Self, StandardError> {
        let version = parameters.load_version("air-annual-items", date)?;
        let limits = parameters.load_version("air-quality-limits", date)?;
        let column = match class {
            AreaClass::First => "class1",
            AreaClass::Second => "class2",
        };
        let mut items = Vec::new();
        for row in &version.rows {
            let Some(pollutant) = Pollutant::ALL
                .into_iter()
                .find(|pollutant| pollutant.key() == row.key)
            else {
                continue;
            };
            let mean_limit = row
                .find_text("mean_limit")
                .map(|key| limits.load_row(key)?.load_decimal(column))
                .transpose()?;
            let limit = limits.load_row(row.load_text("percentile_limit")?)?;
            let percentile = row.load_decimal("percentile")?.mantissa_and_scale().0;
            items.push(AttainmentItem {
                pollutant,
                percentile: u32::try_from(percentile).unwrap_or(100).min(100),
                mean_limit,
                percentile_limit: limit.load_decimal(column)?,
                confidence: row.confidence.max(limit.confidence),
            });
        }
        Ok(Self {
            edition: version.edition.clone(),
            citation: format!("{}; {}", version.citation(), limits.citation()),
            items,
        })
    }

    /// The items.
    pub fn items(&self) -> &[AttainmentItem] {
        &self.items
    }

    /// Judges one pollutant's year from its valid daily values.
    ///
    /// # Errors
    /// When the rules have no such pollutant or the arithmetic leaves its range.
    pub fn evaluate(
        &self,
        pollutant: Pollutant,
        values: &[DailyValue],
    ) -> Result<AnnualEvaluation, StandardError> {
        let item = self
            .items
            .iter()
            .find(|item| item.pollutant == pollutant)
            .ok_or_else(|| StandardError::NoRow {
                table: "air-annual-items".to_owned(),
                edition: self.edition.clone(),
                key: pollutant.key().to_owned(),
            })?;
        let places = pollutant.places();
        let half_even = Rounding::HalfEven { places };
        let days = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let mean = compute_annual_mean(values)?;
        let mean_rounded = mean.any().map(|mean| mean.rounded(half_even)).transpose()?;
        let mut sorted: Vec<Decimal> = values.iter().map(|value| value.value).collect();
        sorted.sort_unstable();
        let exact = percentile(&sorted, item.percentile)?;
        let percentile_rounded = exact.map(|value| value.rounded(half_even));
        let attains = match (mean.valid(), mean_rounded, percentile_rounded) {
            (Some(_), Some(mean), Some(high)) => Some(
                item.mean_limit.is_none_or(|limit| mean <= limit) && high <= item.percentile_limit,
            ),
            _ => None,
        };
        let within = sorted.partition_point(|value| *value <= item.percentile_limit);
        let days_within = u32::try_from(within).unwrap_or(u32::MAX);
        Ok(AnnualEvaluation {
            pollutant,
            days,
            mean,
            mean_rounded,
            percentile: exact,
            percentile_rounded,
            attains,
            days_within,
            attainment_rate: compute_attainment_rate(days_within, days)?.map(|rate| rate.value),
            basis: Basis {
                edition: self.edition.clone(),
                clause: "table 1; percentile by annex A",
                method: "annual evaluation of one item",
                parameters: self.citation.clone(),
                confidence: item.confidence,
                rounding: half_even.name(),
                inputs: vec![crate::Input {
                    name: format!("{} daily values", pollutant.key()),
                    value: days.to_string(),
                }],
            },
        })
    }
}

fn compute_annual_mean(values: &[DailyValue]) -> Result<Validity<Fraction>, StandardError> {
    let mut sum = Decimal::ZERO;
    let mut months = [0_u32; 12];
    for value in values {
        sum = sum.checked_add(value.value)?;
        let month = usize::try_from(value.day.month().month() - 1).unwrap_or(0);
        if let Some(count) = months.get_mut(month) {
            *count += 1;
        }
    }
    let days = u32::try_from(values.len()).unwrap_or(u32::MAX);
    if days == 0 {
        return Ok(Validity::Missing);
    }
    let mean = Fraction::try_from(sum)?.checked_divide(Fraction::from(i64::from(days)))?;
    for (month, have) in (1_u8..).zip(months) {
        let need = if month == 2 { 25 } else { 27 };
        if have < need {
            return Ok(Validity::Invalid(
                mean,
                InvalidReason::MonthTooFew { month, have, need },
            ));
        }
    }
    if days < 324 {
        return Ok(Validity::Invalid(
            mean,
            InvalidReason::TooFew {
                have: days,
                need: 324,
            },
        ));
    }
    Ok(Validity::Valid(mean))
}

/// The percentile of HJ 663: X₁…Xₙ rising, k = 1 + (n − 1) × p%, s = ⌊k⌋,
/// m = `X_s` + (X_{s+1} − `X_s`) × (k − s), exact. `sorted` must rise.
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn percentile(sorted: &[Decimal], percent: u32) -> Result<Option<Decimal>, StandardError> {
    let Some(last) = sorted.len().checked_sub(1) else {
        return Ok(None);
    };
    let position = last * usize::try_from(percent).unwrap_or(100);
    let (whole, part) = (position / 100, position % 100);
    let Some(&low) = sorted.get(whole) else {
        return Ok(sorted.last().copied());
    };
    let Some(&high) = sorted.get(whole + 1) else {
        return Ok(Some(low));
    };
    let part = Decimal::from_mantissa_and_scale(i64::try_from(part).unwrap_or(0), 2)?;
    Ok(Some(low.checked_add(
        high.checked_subtract(low)?.checked_multiply(part)?,
    )?))
}

/// 达标率: attained ÷ valid × 100, one decimal, half to even; none without valid data.
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_attainment_rate(
    attained: u32,
    valid: u32,
) -> Result<Option<Based<Decimal>>, StandardError> {
    let rate = percent(attained, valid)?;
    Ok(rate.map(|rate| ATTAINMENT.based(rate, &[("attained", &attained), ("valid", &valid)])))
}

fn percent(part: u32, all: u32) -> Result<Option<Decimal>, StandardError> {
    if all == 0 {
        return Ok(None);
    }
    Ok(Some(Decimal::from(part).multiply_then_divide(
        Decimal::from(100),
        Decimal::from(all),
        Rounding::HalfEven { places: 1 },
    )?))
}

/// 优良天数比例: days with an index of at most 100 ÷ valid days × 100, one decimal.
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_good_day_rate(
    indices: impl IntoIterator<Item = u16>,
) -> Result<Option<Based<Decimal>>, StandardError> {
    let (mut good, mut valid) = (0_u32, 0_u32);
    for index in indices {
        valid += 1;
        good += u32::from(index <= 100);
    }
    let rate = percent(good, valid)?;
    Ok(rate.map(|rate| GOOD_DAYS.based(rate, &[("good days", &good), ("valid days", &valid)])))
}

/// 超标倍数: (C − S) ÷ S.
///
/// # Errors
/// For a limit of zero, or when the arithmetic leaves its range.
pub fn compute_exceedance_multiple(
    value: Decimal,
    limit: Decimal,
    rounding: Rounding,
) -> Result<Decimal, StandardError> {
    Ok(value
        .checked_subtract(limit)?
        .multiply_then_divide(Decimal::ONE, limit, rounding)?)
}

/// The composite index of the city ranking (环境空气质量综合指数): the sum over the six of
/// concentration ÷ divisor (× weight), two decimals; the smaller the better.
///
/// `statistics` are the annual mean of SO2, NO2, PM10 and PM2.5, the 95th percentile of CO and the
/// 90th percentile of ozone's largest 8-hour mean, in the order of [`Pollutant::ALL`].
///
/// # Errors
/// [`StandardError::Disabled`] for an edition whose numbers could not be confirmed.
pub fn compute_composite_index(
    parameters: &Parameters,
    date: CivilDate,
    statistics: &[Decimal; 6],
) -> Result<Based<Decimal>, StandardError> {
    let version = parameters.load_version("composite-index", date)?;
    let mut sum = Fraction::ZERO;
    let mut confidence = version.confidence.min(Confidence::MemoryHigh);
    let mut inputs = Vec::new();
    for (pollutant, value) in Pollutant::ALL.into_iter().zip(statistics) {
        let row = version.load_row(pollutant.key())?;
        confidence = confidence.max(row.confidence);
        let single = Fraction::try_from(*value)?
            .checked_multiply(Fraction::try_from(row.load_decimal("weight")?)?)?
            .checked_divide(Fraction::try_from(row.load_decimal("divisor")?)?)?;
        sum = sum.checked_add(single)?;
        inputs.push(crate::Input {
            name: pollutant.key().to_owned(),
            value: value.to_string(),
        });
    }
    let rounding = Rounding::HalfEven { places: 2 };
    Ok(Based {
        value: sum.rounded(rounding)?,
        basis: Basis {
            edition: version.edition.clone(),
            clause: "综合指数",
            method: "sum of concentration over divisor, rounded once",
            parameters: version.citation(),
            confidence,
            rounding: rounding.name(),
            inputs,
        },
    })
}

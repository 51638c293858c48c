//! The statistics of an air station's month and year, with attainment (HJ 663, GB 3095).

use beijing_time::Timestamp;
use exact_decimal::{Decimal, Rounding};
use standards::air::{
    AnnualEvaluation, AnnualRules, DailyValue, Pollutant, compute_attainment_rate,
    compute_composite_index,
};
use standards::{Explanation, StandardError, Validity};

use super::air::{code_of, daily_item, pollutant_name};
use super::{Bench, Judged};
use crate::inputs::Inputs;
use crate::rulebook::area_class;
use crate::{Outcome, Verdict, VerdictItem, VerdictKind, VerdictState, VerdictsError};

/// The fewest valid days of a month (GB 3095, table 4: 27, in February 25).
const fn days_needed(month: i8) -> u32 {
    if month == 2 { 25 } else { 27 }
}

fn item(key: String, value: &impl ToString, mark: &str) -> VerdictItem {
    VerdictItem {
        key,
        value: value.to_string(),
        mark: mark.to_owned(),
    }
}

impl Bench<'_> {
    pub(super) fn judge_air_statistics(
        &self,
        kind: VerdictKind,
        start: Timestamp,
        days: &[Verdict],
    ) -> Result<Option<Judged>, VerdictsError> {
        if days.is_empty() {
            return Ok(None);
        }
        // the rules in force at the end of the period judge all of it
        let last = kind.end(start).plus_ms(-1).stat_day().date();
        let last = self.rulebook.day_of_rules(last);
        let class = area_class(self.setting.area_class);
        let parameters = &self.rulebook.parameters;
        let rules = match AnnualRules::on(parameters, last, class) {
            Ok(rules) => rules,
            Err(StandardError::NotInForce { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut inputs = Inputs::new(self.is_told);
        let mut told = Explanation::default();
        let mut items = count_levels(days, &mut inputs)?;
        let mut years = Vec::new();
        for pollutant in Pollutant::ALL {
            if self.point.factor(code_of(pollutant)).is_none() {
                continue;
            }
            let values = daily_values(pollutant, days)?;
            for value in &values {
                let key = daily_item(pollutant).key();
                inputs.take_item(value.day.start(), key, value.value);
            }
            let year = rules.evaluate(pollutant, &values)?;
            years.push(year);
        }
        let is_enough = is_enough(kind, start, &years);
        for year in &years {
            items.extend(statistics_items(kind, year));
            if self.is_told {
                tell(&mut told, kind, year);
            }
        }
        items.extend(self.composite(&years, last)?);
        let deciding: Vec<String> = years
            .iter()
            .filter(|year| year.attains == Some(false))
            .map(|year| year.pollutant.key().to_owned())
            .collect();
        let is_attained = (kind == VerdictKind::Year && is_enough)
            .then(|| years.iter().all(|year| year.attains == Some(true)));
        if self.is_told {
            tell_end(&mut told, is_enough, is_attained);
        }
        let Some(first) = years.first() else {
            return Ok(None);
        };
        let mut basis = self.rulebook.keep(&first.basis);
        "statistics of one station".clone_into(&mut basis.method);
        let outcome = Outcome {
            state: if is_enough {
                VerdictState::Given
            } else {
                VerdictState::Insufficient
            },
            figure: None,
            grade: None,
            is_attained,
            deciding: if is_attained.is_some() {
                deciding
            } else {
                Vec::new()
            },
            items,
        };
        Ok(Some(
            Judged::new(outcome, basis, inputs).told(self.is_told.then_some(told)),
        ))
    }

    /// The composite index, where all six are there and its numbers are confirmed.
    fn composite(
        &self,
        years: &[AnnualEvaluation],
        date: beijing_time::CivilDate,
    ) -> Result<Option<VerdictItem>, VerdictsError> {
        let statistics: Vec<Decimal> = years
            .iter()
            .filter_map(|year| match year.pollutant {
                Pollutant::Co | Pollutant::O3 => year.percentile_rounded,
                _ => year.mean_rounded,
            })
            .collect();
        let Ok(statistics) = <[Decimal; 6]>::try_from(statistics) else {
            return Ok(None);
        };
        match compute_composite_index(&self.rulebook.parameters, date, &statistics) {
            Ok(index) => Ok(Some(item("composite".to_owned(), &index, ""))),
            // an edition whose weights could not be confirmed has no index until the city enables it
            Err(StandardError::Disabled { .. } | StandardError::NotInForce { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Valid days by level, good days, and their share.
fn count_levels(days: &[Verdict], inputs: &mut Inputs) -> Result<Vec<VerdictItem>, VerdictsError> {
    let mut levels = [0_u32; 6];
    for day in days {
        let (Some(grade), Some(figure)) = (day.outcome.grade, day.outcome.figure) else {
            continue;
        };
        inputs.take_item(day.time, "aqi", Decimal::from(figure));
        if let Some(count) = usize::try_from(grade - 1)
            .ok()
            .and_then(|place| levels.get_mut(place))
        {
            *count += 1;
        }
    }
    let valid: u32 = levels.iter().sum();
    let good: u32 = levels.iter().take(2).sum();
    let mut items = vec![
        item("days".to_owned(), &valid, ""),
        item("days_good".to_owned(), &good, ""),
    ];
    for (level, count) in (1..).zip(levels) {
        items.push(item(format!("days_level_{level}"), &count, ""));
    }
    if let Some(rate) = compute_attainment_rate(good, valid)? {
        items.push(item("good_day_rate".to_owned(), &rate, ""));
    }
    Ok(items)
}

fn daily_values(pollutant: Pollutant, days: &[Verdict]) -> Result<Vec<DailyValue>, VerdictsError> {
    let key = daily_item(pollutant).key();
    days.iter()
        .filter_map(|day| Some((day, day.outcome.item(key)?)))
        .map(|(day, item)| {
            Ok(DailyValue {
                day: day.time.stat_day(),
                value: item.value.parse()?,
            })
        })
        .collect()
}

fn is_enough(kind: VerdictKind, start: Timestamp, years: &[AnnualEvaluation]) -> bool {
    !years.is_empty()
        && years.iter().all(|year| match kind {
            VerdictKind::Year => year.mean.valid().is_some(),
            _ => year.days >= days_needed(start.civil().date().month()),
        })
}

fn statistics_items(kind: VerdictKind, year: &AnnualEvaluation) -> Vec<VerdictItem> {
    let key = year.pollutant.key();
    let mark = match year.attains.filter(|_| kind == VerdictKind::Year) {
        Some(true) => "within",
        Some(false) => "over",
        None => "",
    };
    let mut items = Vec::new();
    if let Some(mean) = year.mean_rounded {
        items.push(item(key.to_owned(), &mean, mark));
    }
    if let Some(percentile) = year.percentile_rounded {
        items.push(item(format!("{key}_high"), &percentile, mark));
    }
    if let Some(rate) = year.attainment_rate {
        items.push(item(format!("{key}_rate"), &rate, ""));
    }
    items.push(item(format!("{key}_days"), &year.days, ""));
    items
}

fn tell(told: &mut Explanation, kind: VerdictKind, year: &AnnualEvaluation) {
    let name = pollutant_name(year.pollutant);
    let unit = year.pollutant.unit();
    let (Some(mean), Some(high)) = (year.mean_rounded, year.percentile_rounded) else {
        told.push(
            format!("{name}：没有有效日。"),
            format!("{name}: no valid day."),
        );
        return;
    };
    let exact = year
        .percentile
        .map(|value| value.rounded(Rounding::HalfEven { places: 4 }).normalized())
        .map_or_else(String::new, |value| value.to_string());
    told.push(
        format!(
            "{name}：有效日 {} 天，均值 {mean} {unit}，百分位数 {exact} 修约为 {high} {unit}。",
            year.days
        ),
        format!(
            "{name}: {} valid days, mean {mean} {unit}, percentile {exact} rounded to {high} {unit}.",
            year.days
        ),
    );
    if kind != VerdictKind::Year {
        return;
    }
    match (year.attains, year.mean) {
        (Some(attains), _) => {
            let (zh, en) = if attains {
                (
                    "均值与百分位数均不超过限值，达标",
                    "both within their limits: attained",
                )
            } else {
                (
                    "均值或百分位数超过限值，不达标",
                    "one is over its limit: not attained",
                )
            };
            told.push(format!("{name}：{zh}。"), format!("{name}: {en}."));
        }
        (None, Validity::Invalid(_, reason)) => told.push(
            format!("{name}：有效日不足（{reason}），不评价达标（GB 3095 表 4）。"),
            format!("{name}: too few valid days ({reason}): not judged (GB 3095, table 4)."),
        ),
        (None, _) => {}
    }
}

fn tell_end(told: &mut Explanation, is_enough: bool, is_attained: Option<bool>) {
    let (zh, en) = match (is_attained, is_enough) {
        (Some(true), _) => ("各项污染物均达标。", "Every pollutant attains."),
        (Some(false), _) => ("有污染物不达标。", "Not every pollutant attains."),
        (None, true) => ("有效日数满足要求。", "There are enough valid days."),
        (None, false) => (
            "有效日数不足，统计值仅供参考。",
            "Too few valid days: the statistics are for information only.",
        ),
    };
    told.push(zh.to_owned(), en.to_owned());
}

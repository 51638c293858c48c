//! Years of stations or cities from their days: good days, each pollutant's year, the composite
//! index (HJ 663 and the city ranking rules).

use std::collections::{BTreeMap, BTreeSet};

use beijing_time::{CivilDate, StatDay};
use exact_decimal::{Decimal, Rounding};

use super::super::{Fields, Options, OutputColumn, column, yes_or_no};
use super::{Book, Group, GroupKind, Summary, SummaryPeriod, day_of, name_of, period_of};
use crate::air::{
    AnnualEvaluation, AnnualRules, AreaClass, Concentrations, DailyValue, Item, Pollutant,
    compute_composite_index, compute_good_day_rate,
};
use crate::{Basis, Explanation, InvalidReason, Parameters, StandardError, Validity};

/// The most days of stations that are kept.
const MOST_DAYS: usize = 400_000;

pub(in super::super) const COLUMNS: &[OutputColumn] = &[
    column("pollutant", "污染物", false),
    column("days", "有效天数", false),
    column("good_days", "优良天数", false),
    column("good_day_rate", "优良天数比例(%)", true),
    column("mean", "年均值", false),
    column("percentile", "百分位数", false),
    column("attainment_rate", "日达标率(%)", true),
    column("year_attains", "年评价达标", true),
    column("composite_index", "综合指数", true),
];

const DAYS: [Item; 6] = [
    Item::So2Day,
    Item::No2Day,
    Item::CoDay,
    Item::O3EightHours,
    Item::Pm10Day,
    Item::Pm25Day,
];

#[derive(Debug, Default)]
struct Days {
    taken: BTreeSet<CivilDate>,
    values: BTreeMap<Pollutant, Vec<DailyValue>>,
    indices: Vec<u16>,
}

/// Keeps what summaries of days of air need.
pub(in super::super) struct AirLedger<'a> {
    parameters: &'a Parameters,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    has_station: bool,
    groups: BTreeMap<(String, String), Days>,
    kept: usize,
    book: Book,
}

impl<'a> AirLedger<'a> {
    /// A ledger of a table.
    pub(in super::super) fn open(
        parameters: &'a Parameters,
        options: &Options,
        has: impl Fn(&str) -> bool,
    ) -> Self {
        Self {
            parameters,
            date: options.date,
            rules_of: options.rules_of,
            has_station: has("station") || has("city"),
            groups: BTreeMap::new(),
            kept: 0,
            book: Book::default(),
        }
    }

    /// Takes a judged day.
    pub(in super::super) fn take(
        &mut self,
        row: &Fields<'_>,
        day: CivilDate,
        values: &Concentrations,
        index: Option<u16>,
    ) {
        let period = period_of(row, SummaryPeriod::Year, Some(day));
        let station = name_of(row, ["city", "station"]);
        let station = station.as_str();
        let place = (station, period.as_str());
        if self.kept >= MOST_DAYS {
            self.book.leave(
                row.number,
                place,
                "日数据超过 400000 行，不再参与汇总",
                "there are more than 400000 days",
            );
            return;
        }
        let key = (station.to_owned(), period.clone());
        let days = self.groups.entry(key).or_default();
        if !days.taken.insert(day) {
            let (zh, en) = if self.has_station {
                (
                    "同一站点同一天已有一行，不重复统计",
                    "its station has this day already",
                )
            } else {
                (
                    "同一天已有一行；多个站点须有“站点”一列",
                    "this day is there already: several stations need a column `station`",
                )
            };
            self.book.leave(row.number, place, zh, en);
            return;
        }
        self.kept += 1;
        days.indices.extend(index);
        for item in DAYS {
            let Some(value) = values.get(item) else {
                continue;
            };
            let places = item.pollutant().places();
            days.values
                .entry(item.pollutant())
                .or_default()
                .push(DailyValue {
                    day: StatDay::of(day),
                    value: value.rounded(Rounding::HalfEven { places }),
                });
        }
    }

    /// Takes note of a row that could not be judged.
    pub(in super::super) fn refuse(&mut self, row: &Fields<'_>) {
        let period = period_of(row, SummaryPeriod::Year, day_of(row, self.date));
        let station = name_of(row, ["city", "station"]);
        let station = station.as_str();
        self.book.refuse(row.number, (station, &period));
    }

    /// The summary of what was taken.
    pub(in super::super) fn close(mut self) -> Summary {
        let mut groups = Vec::new();
        for ((name, period), days) in std::mem::take(&mut self.groups) {
            if let Err(error) = self.judge((&name, &period), &days, &mut groups) {
                self.book.fail((&name, &period), &error);
            }
        }
        self.book.close(COLUMNS, groups)
    }

    fn judge(
        &self,
        (name, period): (&str, &str),
        days: &Days,
        groups: &mut Vec<Group>,
    ) -> Result<(), StandardError> {
        let rows = u64::try_from(days.taken.len()).unwrap_or(u64::MAX);
        let mut add = |kind, rows, values, basis: Basis, explanation| {
            groups.push(Group {
                kind,
                name: name.to_owned(),
                period: period.to_owned(),
                values,
                rows,
                left_out: 0,
                basis,
                explanation,
            });
        };
        if let Some(rate) = compute_good_day_rate(days.indices.iter().copied())? {
            let good = days.indices.iter().filter(|index| **index <= 100).count();
            let valid = days.indices.len();
            let mut told = Explanation::default();
            told.push(
                format!("优良天数比例 = AQI ≤ 100 的天数 / 有效天数 × 100 = {good} / {valid} × 100 = {rate}%（修约到一位小数）。"),
                format!("Share of good days = days with an AQI of at most 100 / valid days × 100 = {good} / {valid} × 100 = {rate} % (one decimal)."),
            );
            let mut values = vec![None; COLUMNS.len()];
            set(&mut values, "days", valid);
            set(&mut values, "good_days", good);
            set(&mut values, "good_day_rate", rate.value);
            add(GroupKind::GoodDays, rows, values, rate.basis, told);
        }
        let Some(last) = days.taken.last().copied() else {
            return Ok(());
        };
        let of = self.rules_of.unwrap_or(last);
        let rules = AnnualRules::on(self.parameters, of, AreaClass::Second)?;
        let mut statistics = Vec::new();
        for pollutant in Pollutant::ALL {
            let Some(daily) = days.values.get(&pollutant) else {
                continue;
            };
            let year = rules.evaluate(pollutant, daily)?;
            let statistic = match pollutant {
                Pollutant::Co | Pollutant::O3 => year.percentile_rounded,
                _ => year.mean_rounded,
            };
            statistics.extend(statistic);
            let told = tell_year(&rules, &year);
            let mut values = vec![None; COLUMNS.len()];
            set(&mut values, "pollutant", published_name(pollutant));
            set(&mut values, "days", year.days);
            set_some(&mut values, "mean", year.mean_rounded);
            set_some(&mut values, "percentile", year.percentile_rounded);
            set_some(&mut values, "attainment_rate", year.attainment_rate);
            set_some(&mut values, "year_attains", year.attains.map(yes_or_no));
            let rows = u64::from(year.days);
            add(GroupKind::AirItem, rows, values, year.basis, told);
        }
        let Ok(statistics) = <[Decimal; 6]>::try_from(statistics) else {
            return Ok(());
        };
        match compute_composite_index(self.parameters, of, &statistics) {
            Ok(index) => {
                let mut values = vec![None; COLUMNS.len()];
                set(&mut values, "composite_index", index.value);
                let told = self.tell_composite(of, &statistics, (index.value, rows))?;
                add(GroupKind::Composite, rows, values, index.basis, told);
                Ok(())
            }
            // an edition whose weights could not be confirmed has no index until the city enables it
            Err(StandardError::Disabled { .. } | StandardError::NotInForce { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn tell_composite(
        &self,
        date: CivilDate,
        statistics: &[Decimal; 6],
        (index, days): (Decimal, u64),
    ) -> Result<Explanation, StandardError> {
        let version = self.parameters.load_version("composite-index", date)?;
        let mut told = Explanation::default();
        told.push(
            format!("统计 {days} 天的日均值（不足一年的，不等同于年综合指数）。"),
            format!("Of {days} days; of less than a year it is not the index of the year."),
        );
        let mut terms = Vec::new();
        for (pollutant, value) in Pollutant::ALL.into_iter().zip(statistics) {
            let row = version.load_row(pollutant.key())?;
            let (weight, divisor) = (row.load_decimal("weight")?, row.load_decimal("divisor")?);
            terms.push(if weight == 1 {
                format!("{value} / {divisor}")
            } else {
                format!("{weight} × {value} / {divisor}")
            });
        }
        let terms = terms.join(" + ");
        let order = Pollutant::ALL.map(published_name).join(", ");
        told.push(
            format!("综合指数 = {terms} = {index}（依次为 {order}；修约到两位小数）。"),
            format!("Composite index = {terms} = {index} ({order} in this order; two decimals)."),
        );
        Ok(told)
    }
}

fn set(values: &mut [Option<String>], key: &str, value: impl core::fmt::Display) {
    set_some(values, key, Some(value));
}

fn set_some(values: &mut [Option<String>], key: &str, value: Option<impl core::fmt::Display>) {
    let place = COLUMNS.iter().position(|column| column.key == key);
    if let Some(cell) = place.and_then(|place| values.get_mut(place)) {
        *cell = value.map(|value| value.to_string());
    }
}

/// The year of a pollutant, told like a worked example.
fn tell_year(rules: &AnnualRules, year: &AnnualEvaluation) -> Explanation {
    let mut told = Explanation::default();
    let key = published_name(year.pollutant);
    let Some(item) = rules
        .items()
        .iter()
        .find(|item| item.pollutant == year.pollutant)
    else {
        return told;
    };
    let edition = &year.basis.edition;
    told.push(
        format!(
            "依据 {edition}，二级浓度限值，有效日均值 {} 天。",
            year.days
        ),
        format!(
            "By {edition}, limits of class II, {} valid days.",
            year.days
        ),
    );
    if let (Some(mean), Some(limit)) = (year.mean_rounded, item.mean_limit) {
        let sign = if mean <= limit { '≤' } else { '>' };
        told.push(
            format!("{key} 年均值 {mean} {sign} {limit}。"),
            format!("{key}, annual mean: {mean} {sign} {limit}."),
        );
    }
    if let Some(high) = year.percentile_rounded {
        let (percent, limit) = (item.percentile, item.percentile_limit);
        let sign = if high <= limit { '≤' } else { '>' };
        told.push(
            format!("{key} 日均值第 {percent} 百分位数 {high} {sign} {limit}。"),
            format!("{key}, percentile {percent} of the days: {high} {sign} {limit}."),
        );
    }
    if let Some(rate) = year.attainment_rate {
        let (within, days) = (year.days_within, year.days);
        told.push(
            format!("日达标率 {within} / {days} × 100 = {rate}%。"),
            format!("Days within the daily limit: {within} / {days} × 100 = {rate} %."),
        );
    }
    match (year.attains, year.mean) {
        (Some(true), _) => told.push("年评价达标。".to_owned(), "The year attains.".to_owned()),
        (Some(false), _) => {
            told.push(
                "年评价不达标。".to_owned(),
                "The year does not attain.".to_owned(),
            );
        }
        (None, Validity::Invalid(_, reason)) => {
            let (zh, en) = tell_reason(reason);
            told.push(
                format!("{zh}，不作年评价。"),
                format!("{en}: the year is not judged."),
            );
        }
        (None, _) => {}
    }
    told
}

fn tell_reason(reason: InvalidReason) -> (String, String) {
    match reason {
        InvalidReason::TooFew { have, need } => (
            format!("有效天数 {have} 天，不足 {need} 天"),
            format!("{have} valid days, fewer than {need}"),
        ),
        InvalidReason::MonthTooFew { month, have, need } => (
            format!("{month} 月有效天数 {have} 天，不足 {need} 天"),
            format!("{have} valid days in month {month}, fewer than {need}"),
        ),
    }
}

/// As it is published: `PM2.5`.
fn published_name(pollutant: Pollutant) -> &'static str {
    match pollutant {
        Pollutant::So2 => "SO2",
        Pollutant::No2 => "NO2",
        Pollutant::Co => "CO",
        Pollutant::O3 => "O3",
        Pollutant::Pm10 => "PM10",
        Pollutant::Pm25 => "PM2.5",
    }
}

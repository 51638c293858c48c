//! The index of an air station's hours and day.

use beijing_time::StatDay;
use exact_decimal::{Decimal, Rounding};
use monitoring::{Field, Record};
use standards::air::{
    AirDay, AirIndex, AqiRules, Concentrations, IndexMethod, Item, Mean, Pollutant, Reading,
    compute_day,
};
use standards::{Explanation, Validity};

use super::{Bench, Judged, Judgements};
use crate::inputs::{Inputs, Read, Unit, hour_of, read};
use crate::{Outcome, VerdictItem, VerdictKind, VerdictState, VerdictsError};

/// Finer digits than these are rounded half to even before means are taken: no monitor has them.
const MOST_PLACES: u32 = 4;

/// The code of a pollutant (HJ 525).
pub(crate) const fn code_of(pollutant: Pollutant) -> &'static str {
    match pollutant {
        Pollutant::So2 => "a21026",
        Pollutant::No2 => "a21004",
        Pollutant::Co => "a21005",
        Pollutant::O3 => "a05024",
        Pollutant::Pm10 => "a34002",
        Pollutant::Pm25 => "a34004",
    }
}

const fn hour_item(pollutant: Pollutant) -> Item {
    match pollutant {
        Pollutant::So2 => Item::So2Hour,
        Pollutant::No2 => Item::No2Hour,
        Pollutant::Co => Item::CoHour,
        Pollutant::O3 => Item::O3Hour,
        Pollutant::Pm10 => Item::Pm10Hour,
        Pollutant::Pm25 => Item::Pm25Hour,
    }
}

/// The values of one pollutant over a day, by hour.
type Hours = [Option<Decimal>; 24];

impl Bench<'_> {
    pub(super) fn read_air<'r>(
        &self,
        record: &'r Record,
        pollutant: Pollutant,
    ) -> Option<Read<'r>> {
        let code = code_of(pollutant);
        self.point.factor(code)?;
        let unit = if pollutant == Pollutant::Co {
            Unit::MilligramsPerCubicMetre
        } else {
            Unit::MicrogramsPerCubicMetre
        };
        let read = read(record, code, &Field::Avg)?.into_unit(self.point, unit);
        Some(self.minutes.hold(record.time, read))
    }

    /// Pollutants that the station does not measure: not in its plan (HJ 633-2026, 5.3.2).
    pub(super) fn not_monitored(&self) -> Vec<Pollutant> {
        Pollutant::ALL
            .into_iter()
            .filter(|pollutant| self.point.factor(code_of(*pollutant)).is_none())
            .collect()
    }

    pub(super) fn judge_air(
        &self,
        day: StatDay,
        records: &[Record],
        judgements: &mut Judgements,
    ) -> Result<(), VerdictsError> {
        // before the first edition of the index there is none
        let Some(rules) = self.rulebook.air(day.date()) else {
            return Ok(());
        };
        let mut of_day = Inputs::new(self.is_told);
        let mut series: [Hours; 6] = [[None; 24]; 6];
        let not_monitored = self.not_monitored();
        for record in records {
            let mut of_hour = Inputs::new(self.is_told);
            let mut values = Concentrations::default();
            for (pollutant, hours) in Pollutant::ALL.into_iter().zip(&mut series) {
                let Some(read) = self.read_air(record, pollutant) else {
                    continue;
                };
                of_hour.take(record.time, &read);
                of_day.take(record.time, &read);
                let value = read.value.ok();
                values.set(hour_item(pollutant), value);
                if let Some(slot) = hours.get_mut(hour_of(day, record.time)) {
                    *slot = value;
                }
            }
            let method = IndexMethod::published_hourly(rules);
            let judged = self.judge_index(rules, method, &values, &not_monitored, of_hour, None)?;
            judgements.insert((VerdictKind::Hour, record.time), judged);
        }
        let limit = self.rulebook.ozone_limit(day.date())?;
        let statistics = compute_statistics(&series, limit);
        let told = self.is_told.then(|| tell_day(&statistics, &series));
        let method = IndexMethod::daily(rules);
        let values = statistics.concentrations();
        let judged = self.judge_index(rules, method, &values, &not_monitored, of_day, told)?;
        judgements.insert((VerdictKind::Day, day.start()), judged);
        Ok(())
    }

    pub(super) fn judge_index(
        &self,
        rules: &AqiRules,
        method: IndexMethod,
        values: &Concentrations,
        not_monitored: &[Pollutant],
        inputs: Inputs,
        told: Option<Explanation>,
    ) -> Result<Judged, VerdictsError> {
        let index = rules.compute_index(method, values, not_monitored)?;
        let told = if self.is_told {
            let mut all = told.unwrap_or_default();
            all.steps.extend(rules.explain(&index, values)?.steps);
            Some(all)
        } else {
            None
        };
        let basis = self.rulebook.keep(&index.basis(rules, values));
        Ok(Judged::new(outcome(rules, &index, values), basis, inputs).told(told))
    }
}

/// What an index says.
pub(crate) fn outcome(rules: &AqiRules, index: &AirIndex, values: &Concentrations) -> Outcome {
    let items = Item::ALL
        .into_iter()
        .filter_map(|item| {
            let value = values.get(item)?;
            Some(VerdictItem {
                key: item.key().to_owned(),
                value: value.to_string(),
                mark: index
                    .sub_index(item)
                    .map_or_else(String::new, |number| number.to_string()),
            })
        })
        .collect();
    let state = match (index.index, index.largest) {
        (Some(_), _) => VerdictState::Given,
        (None, Some(_)) => VerdictState::Withheld,
        (None, None) => VerdictState::Insufficient,
    };
    let level = index.index.and_then(|number| rules.find_level(number));
    Outcome {
        state,
        figure: index.index.map(i64::from),
        grade: level.map(|level| i64::from(level.number)),
        is_attained: index.index.map(|number| number <= 100),
        deciding: index
            .primary
            .iter()
            .map(|item| item.key().to_owned())
            .collect(),
        items,
    }
}

/// The scale that holds a series, and its mantissas.
fn readings(hours: &Hours) -> ([Reading; 24], u32) {
    let scale = hours
        .iter()
        .flatten()
        .map(|value| value.scale())
        .max()
        .unwrap_or(0)
        .min(MOST_PLACES);
    let mut readings = [Reading::MISSING; 24];
    for (slot, value) in readings.iter_mut().zip(hours) {
        let Some(value) = value else { continue };
        let value = value.rounded(Rounding::HalfEven { places: scale });
        let (mantissa, own) = value.mantissa_and_scale();
        let power = 10_i128.pow(scale.saturating_sub(own));
        // what does not fit is beyond what a monitor measures
        *slot = i32::try_from(mantissa * power).map_or(Reading::MISSING, Reading::new);
    }
    (readings, scale)
}

/// The daily statistics.
fn compute_statistics(series: &[Hours; 6], ozone_limit: Decimal) -> AirDay {
    let all = series.each_ref().map(readings);
    let [_, _, _, (_, ozone_scale), _, _] = &all;
    let (mantissa, own) = ozone_limit.mantissa_and_scale();
    let power = 10_i128.pow(ozone_scale.saturating_sub(own));
    let limit = i32::try_from(mantissa * power).ok();
    compute_day(
        &all.each_ref().map(|(readings, scale)| (readings, *scale)),
        limit,
    )
}

/// The means of a day step by step.
fn tell_day(day: &AirDay, series: &[Hours; 6]) -> Explanation {
    let mut told = Explanation::default();
    for ((pollutant, mean), hours) in Pollutant::ALL.into_iter().zip(day.means).zip(series) {
        if pollutant == Pollutant::O3 {
            continue;
        }
        let name = pollutant_name(pollutant);
        let demand = Demand {
            pollutant,
            have: hours.iter().flatten().count(),
            need: 20,
            what: ("小时", "hours"),
        };
        let names = (format!("{name} 日均值"), format!("{name}, daily mean"));
        tell_mean(&mut told, &names, mean, &demand);
    }
    let demand = Demand {
        pollutant: Pollutant::O3,
        have: count_windows(series.get(3)),
        need: 14,
        what: ("8 小时滑动平均", "8-hour means"),
    };
    let names = (
        "O3 日最大 8 小时平均".to_owned(),
        "O3, largest 8-hour mean of the day".to_owned(),
    );
    tell_mean(&mut told, &names, day.ozone_eight_hours, &demand);
    told
}

/// What a standard demands of the data of a mean.
struct Demand {
    pollutant: Pollutant,
    have: usize,
    need: u32,
    what: (&'static str, &'static str),
}

/// The 8-hour windows of ozone with at least 6 values, of those that end at hours 8 to 24.
fn count_windows(hours: Option<&Hours>) -> usize {
    let Some(hours) = hours else { return 0 };
    hours
        .windows(8)
        .filter(|window| window.iter().flatten().count() >= 6)
        .count()
}

fn tell_mean(
    told: &mut Explanation,
    (name_zh, name_en): &(String, String),
    mean: Validity<Mean>,
    demand: &Demand,
) {
    let Demand {
        pollutant,
        have,
        need,
        what: (what_zh, what_en),
    } = demand;
    let places = pollutant.places();
    let unit = pollutant.unit();
    let sum = |mean: Mean| {
        Decimal::from_mantissa_and_scale(mean.sum, mean.scale)
            .map_or_else(|_| mean.sum.to_string(), |sum| sum.to_string())
    };
    match mean {
        Validity::Missing => told.push(
            format!("{name_zh}：无有效数据。"),
            format!("{name_en}: no valid data."),
        ),
        Validity::Valid(mean) => told.push(
            format!(
                "{name_zh}：有效{what_zh} {have} 个（要求不少于 {need}），{} ÷ {} 按 GB/T 8170 修约为 {} {unit}。",
                sum(mean),
                mean.count,
                mean.rounded(places)
            ),
            format!(
                "{name_en}: {have} valid {what_en} (at least {need}), {} ÷ {} rounded half to even to {} {unit}.",
                sum(mean),
                mean.count,
                mean.rounded(places)
            ),
        ),
        Validity::Invalid(..) => told.push(
            format!("{name_zh}：有效{what_zh} {have} 个，少于 {need} 个，无效，不参与评价（GB 3095 表 4）。"),
            format!("{name_en}: {have} valid {what_en}, fewer than {need}: not valid (GB 3095, table 4)."),
        ),
    }
}

pub(super) const fn pollutant_name(pollutant: Pollutant) -> &'static str {
    match pollutant {
        Pollutant::So2 => "SO2",
        Pollutant::No2 => "NO2",
        Pollutant::Co => "CO",
        Pollutant::O3 => "O3",
        Pollutant::Pm10 => "PM10",
        Pollutant::Pm25 => "PM2.5",
    }
}

/// The daily item of a pollutant that enters the statistics of months and years.
pub(crate) const fn daily_item(pollutant: Pollutant) -> Item {
    match pollutant {
        Pollutant::So2 => Item::So2Day,
        Pollutant::No2 => Item::No2Day,
        Pollutant::Co => Item::CoDay,
        Pollutant::O3 => Item::O3EightHours,
        Pollutant::Pm10 => Item::Pm10Day,
        Pollutant::Pm25 => Item::Pm25Day,
    }
}

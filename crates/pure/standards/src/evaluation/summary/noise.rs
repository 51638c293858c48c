//! The noise of a region by its grid points, of roads by their length, of zones by their readings
//! (HJ 640).

use std::collections::BTreeMap;

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::super::{Fields, Options, OutputColumn, column};
use super::{Book, Group, GroupKind, Summary, SummaryPeriod, day_of, name_of, period_of};
use crate::noise::{
    NoiseObject, Period, compute_functional_rate, compute_noise_grade, compute_region_mean,
    compute_road_mean, explain_region_mean, explain_road_mean,
};
use crate::{Basis, Explanation, Parameters, StandardError};

/// The most levels that are kept.
const MOST_LEVELS: usize = 500_000;
/// Roads that are told one by one.
const TOLD_ROADS: usize = 60;

pub(in super::super) const COLUMNS: &[OutputColumn] = &[
    column("time_of_day", "昼夜", false),
    column("points", "测点（路段）数", false),
    column("length", "路段总长", false),
    column("mean_level", "平均等效声级(dB(A))", true),
    column("grade", "等级", true),
    column("attained", "达标点次", false),
    column("rate", "达标率(%)", true),
];

/// What is put together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: GroupKind,
    name: String,
    period: String,
    is_night: bool,
}

#[derive(Debug, Default)]
struct Sums {
    rows: u64,
    /// Length (1 for a grid point) and level.
    levels: Vec<(Decimal, Decimal)>,
    attained: u32,
    readings: u32,
    first: Option<CivilDate>,
}

/// Keeps what summaries of noise need.
pub(in super::super) struct NoiseLedger<'a> {
    parameters: &'a Parameters,
    by: SummaryPeriod,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    groups: BTreeMap<Key, Sums>,
    kept: usize,
    book: Book,
}

/// What kind of point a row is: as it says, else a road with a length, a grid point of the region
/// with the number of a grid, else a point of a zone.
fn kind_of(row: &Fields<'_>) -> Option<GroupKind> {
    match row.text("object") {
        Some(text) => match text.to_lowercase().as_str() {
            "region" | "区域" | "区域环境" | "区域声环境" => {
                Some(GroupKind::NoiseRegion)
            }
            "road" | "道路" | "道路交通" | "交通" => Some(GroupKind::NoiseRoad),
            "zone" | "functional" | "功能区" => Some(GroupKind::NoiseZone),
            _ => None,
        },
        None if row.text("length").is_some() => Some(GroupKind::NoiseRoad),
        None if row.text("grid").is_some() => Some(GroupKind::NoiseRegion),
        None => Some(GroupKind::NoiseZone),
    }
}

impl<'a> NoiseLedger<'a> {
    /// A ledger of a table.
    pub(in super::super) fn open(parameters: &'a Parameters, options: &Options) -> Self {
        Self {
            parameters,
            by: options.period.unwrap_or(SummaryPeriod::Year),
            date: options.date,
            rules_of: options.rules_of,
            groups: BTreeMap::new(),
            kept: 0,
            book: Book::default(),
        }
    }

    /// Takes a judged row of the sound environment: its class and each level with whether it
    /// attains.
    pub(in super::super) fn take(
        &mut self,
        row: &Fields<'_>,
        (day, class): (CivilDate, &str),
        levels: &[(Period, Decimal, bool)],
    ) {
        let period = period_of(row, self.by, Some(day));
        let area = name_of(row, ["city", "area"]);
        let area = area.as_str();
        let place = (area, period.as_str());
        let Some(kind) = kind_of(row) else {
            self.book.leave(
                row.number,
                ("", ""),
                "监测对象应为区域、道路或功能区",
                "the object is neither region, road nor zone",
            );
            return;
        };
        let length = match (kind, row.decimal("length")) {
            (GroupKind::NoiseRoad, Ok(Some(length))) if length > 0 => length,
            (GroupKind::NoiseRoad, _) => {
                self.book.leave_of(
                    Some(kind),
                    row.number,
                    place,
                    (
                        "没有大于零的路段长度，不参与长度加权",
                        "the road has no length above zero",
                    ),
                );
                return;
            }
            _ => Decimal::ONE,
        };
        let name = match (kind, area) {
            (GroupKind::NoiseZone, "") => format!("{class} 类"),
            (GroupKind::NoiseZone, area) => format!("{area} {class} 类"),
            (_, area) => area.to_owned(),
        };
        if self.kept + levels.len() > MOST_LEVELS {
            self.book.leave_of(
                Some(kind),
                row.number,
                (&name, &period),
                (
                    "声级超过 500000 个，不再参与汇总",
                    "there are more than 500000 levels",
                ),
            );
            return;
        }
        for (time, level, attains) in levels {
            let key = Key {
                kind,
                name: name.clone(),
                period: period.clone(),
                is_night: *time == Period::Night,
            };
            let sums = self.groups.entry(key).or_default();
            sums.rows += 1;
            sums.readings += 1;
            sums.attained += u32::from(*attains);
            sums.first = Some(sums.first.map_or(day, |first| first.min(day)));
            if kind != GroupKind::NoiseZone {
                sums.levels.push((length, *level));
                self.kept += 1;
            }
        }
    }

    /// Takes note of a row that could not be judged.
    pub(in super::super) fn refuse(&mut self, row: &Fields<'_>) {
        let period = period_of(row, self.by, day_of(row, self.date));
        let area = name_of(row, ["city", "area"]);
        let area = area.as_str();
        // which class of zone it is may be just what is wrong with it
        let kind = kind_of(row).filter(|kind| *kind != GroupKind::NoiseZone);
        let group = if kind.is_some() {
            (area, period.as_str())
        } else {
            ("", "")
        };
        self.book.refuse_of(kind, row.number, group);
    }

    /// The summary of what was taken.
    pub(in super::super) fn close(mut self) -> Summary {
        let mut groups = Vec::new();
        for (key, sums) in std::mem::take(&mut self.groups) {
            match self.judge(&key, &sums) {
                Ok((values, basis, explanation)) => groups.push(Group {
                    kind: key.kind,
                    name: key.name,
                    period: key.period,
                    values,
                    rows: sums.rows,
                    left_out: 0,
                    basis,
                    explanation,
                }),
                Err(error) => self.book.fail((&key.name, &key.period), &error),
            }
        }
        self.book.close(COLUMNS, groups)
    }

    fn judge(
        &self,
        key: &Key,
        sums: &Sums,
    ) -> Result<(Vec<Option<String>>, Basis, Explanation), StandardError> {
        let time = if key.is_night {
            Period::Night
        } else {
            Period::Day
        };
        let mut told = Explanation::default();
        let time_zh = time.chinese_name();
        let mut values = vec![Some(time_zh.to_owned())];
        if key.kind == GroupKind::NoiseZone {
            let (attained, readings) = (sums.attained, sums.readings);
            let rate =
                compute_functional_rate(attained, readings)?.ok_or(StandardError::BadInput {
                    name: "readings",
                    value: "0".to_owned(),
                    detail: "there are none",
                })?;
            told.push(
                format!("{time_zh}达标率 = 达标点次 / 监测点次 × 100 = {attained} / {readings} × 100 = {rate}%（修约到一位小数）。"),
                format!("Rate of the {} = attained / readings × 100 = {attained} / {readings} × 100 = {rate} % (one decimal).", time.english_name()),
            );
            values.extend([
                Some(readings.to_string()),
                None,
                None,
                None,
                Some(attained.to_string()),
                Some(rate.to_string()),
            ]);
            return Ok((values, rate.basis, told));
        }
        let (object, mean, steps, length) = if key.kind == GroupKind::NoiseRoad {
            let mut length = Decimal::ZERO;
            for (of, _) in &sums.levels {
                length = length.checked_add(*of)?;
            }
            let mean = compute_road_mean(&sums.levels)?;
            let steps = explain_road_mean(&sums.levels)?;
            (
                NoiseObject::Road,
                mean,
                steps,
                Some(length.normalized().to_string()),
            )
        } else {
            let levels: Vec<Decimal> = sums.levels.iter().map(|(_, level)| *level).collect();
            let (mean, steps) = (compute_region_mean(&levels)?, explain_region_mean(&levels)?);
            (NoiseObject::Region, mean, steps, None)
        };
        // of many roads only their sum
        let skipped = match sums.levels.len() {
            many if many > TOLD_ROADS && length.is_some() => steps.steps.len() - 1,
            _ => 0,
        };
        told.steps.extend(steps.steps.into_iter().skip(skipped));
        let day = sums
            .first
            .or(self.date)
            .map(|day| self.rules_of.unwrap_or(day));
        let grade = day
            .map(|day| compute_noise_grade(self.parameters, day, object, time, mean.value))
            .transpose()
            // before the standard there were no grades
            .or_else(|error| match error {
                StandardError::NotInForce { .. } => Ok(None),
                other => Err(other),
            })?;
        let mut basis = mean.basis.clone();
        if let Some(grade) = &grade {
            let (number, name, edition) = (grade.number, &grade.name, &grade.basis.edition);
            told.push(
                format!(
                    "依据 {edition}，{time_zh} {mean} dB(A)：{}级，{name}。",
                    chinese_number(number)
                ),
                format!(
                    "By {edition}, {mean} dB(A) of the {}: grade {number}, {}.",
                    time.english_name(),
                    english_grade(number)
                ),
            );
            basis.parameters = format!("{}; {}", basis.parameters, grade.basis.parameters);
            basis.confidence = basis.confidence.max(grade.basis.confidence);
        }
        values.extend([
            Some(sums.levels.len().to_string()),
            length,
            Some(mean.to_string()),
            grade.map(|grade| format!("{}级 {}", chinese_number(grade.number), grade.name)),
            None,
            None,
        ]);
        Ok((values, basis, told))
    }
}

/// 一级 to 五级.
fn chinese_number(number: u8) -> &'static str {
    match number {
        1 => "一",
        2 => "二",
        3 => "三",
        4 => "四",
        _ => "五",
    }
}

/// 好, 较好, 一般, 较差, 差.
fn english_grade(number: u8) -> &'static str {
    match number {
        1 => "good",
        2 => "fairly good",
        3 => "moderate",
        4 => "fairly poor",
        _ => "poor",
    }
}

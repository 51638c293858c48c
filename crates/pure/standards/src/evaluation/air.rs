//! Rows of ambient air: an hour or a day of one station.

use std::collections::BTreeMap;

use beijing_time::CivilDate;

use super::summary::air::AirLedger;
use super::{
    Evaluated, Field, Fields, Judge, Options, OutputColumn, Problem, Summary, column, join,
};
use crate::air::{AirIndex, AqiRules, Concentrations, IndexMethod, Item, Pollutant};
use crate::{Parameters, StandardError};

const COLUMNS: &[OutputColumn] = &[
    column("aqi", "AQI", true),
    column("level", "级别", true),
    column("category", "类别", true),
    column("primary_pollutants", "首要污染物", true),
    column("exceeding_pollutants", "超标污染物", true),
    column("iaqi_so2", "SO2 分指数", false),
    column("iaqi_no2", "NO2 分指数", false),
    column("iaqi_co", "CO 分指数", false),
    column("iaqi_o3", "O3 分指数", false),
    column("iaqi_pm10", "PM10 分指数", false),
    column("iaqi_pm2_5", "PM2.5 分指数", false),
    column("missing", "缺测", false),
    column("notes", "说明", false),
];

/// The fields of an air table; the first are the measured ones.
pub(super) fn fields() -> (Vec<Field>, usize) {
    let mut fields: Vec<Field> = Item::ALL
        .into_iter()
        .map(|item| {
            let aliases: &[&str] = match item {
                Item::So2Hour => &["二氧化硫", "so2_1h"],
                Item::So2Day => &["二氧化硫24小时"],
                Item::No2Hour => &["二氧化氮", "no2_1h"],
                Item::No2Day => &["二氧化氮24小时"],
                Item::CoHour => &["一氧化碳", "co_1h"],
                Item::CoDay => &["一氧化碳24小时"],
                Item::O3Hour => &["臭氧", "臭氧1小时", "o3_1h"],
                Item::O3EightHours => &["臭氧8小时", "o3_max8h", "o3_8h_24h"],
                Item::Pm10Hour => &["可吸入颗粒物", "pm10_1h"],
                Item::Pm10Day => &["可吸入颗粒物24小时"],
                Item::Pm25Hour => &["细颗粒物", "pm2_5_1h"],
                Item::Pm25Day => &["细颗粒物24小时"],
            };
            Field::new(item.key(), aliases)
        })
        .collect();
    let measured = fields.len();
    fields.push(Field::new(
        "time",
        &["时间", "日期", "date", "监测时间", "day"],
    ));
    fields.push(Field::naming(
        "station",
        &[
            "站点",
            "站点名称",
            "点位",
            "点位名称",
            "测点",
            "测站",
            "site",
        ],
    ));
    fields.push(Field::naming("city", &["城市", "城市名称"]));
    fields.push(Field::naming(
        "period_name",
        &["评价时段", "统计时段", "summary_period"],
    ));
    (fields, measured)
}

pub(super) struct AirJudge<'a> {
    parameters: &'a Parameters,
    method: Option<IndexMethod>,
    is_day: Option<bool>,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    rules: BTreeMap<CivilDate, AqiRules>,
    ledger: Option<AirLedger<'a>>,
}

impl<'a> AirJudge<'a> {
    pub(super) fn new(
        parameters: &'a Parameters,
        options: &Options,
        has: impl Fn(&str) -> bool,
    ) -> Result<Self, Vec<Problem>> {
        let method = match options.method.as_deref() {
            None => None,
            Some(name) => Some(IndexMethod::find(name).ok_or_else(|| {
                let names: Vec<_> = IndexMethod::ALL
                    .iter()
                    .map(|method| method.name())
                    .collect();
                vec![Problem::new(
                    "",
                    name,
                    &format!("没有这种方法；有：{}", names.join("、")),
                    &format!("no such method; there are {}", names.join(", ")),
                )]
            })?),
        };
        let is_day = match options.kind.as_deref() {
            None => None,
            Some("hour") => Some(false),
            Some("day") => Some(true),
            Some(other) => {
                return Err(vec![Problem::new(
                    "",
                    other,
                    "应为 hour（小时）或 day（日）",
                    "is neither hour nor day",
                )]);
            }
        };
        Ok(Self {
            parameters,
            method,
            is_day,
            date: options.date,
            rules_of: options.rules_of,
            rules: BTreeMap::new(),
            ledger: options
                .is_summarized
                .then(|| AirLedger::open(parameters, options, has)),
        })
    }

    /// The rules of a day, made once for each version.
    fn rules(&mut self, date: CivilDate) -> Result<&AqiRules, StandardError> {
        let first = self
            .parameters
            .load_version("aqi-breakpoints", date)?
            .in_force_from;
        match self.rules.entry(first) {
            std::collections::btree_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::btree_map::Entry::Vacant(entry) => {
                Ok(entry.insert(AqiRules::on(self.parameters, date)?))
            }
        }
    }
}

/// The item a column holds: in a daily table a plain `so2` is the mean of the day.
fn item_of(column: Item, is_day: bool) -> Item {
    if !is_day {
        return column;
    }
    match column {
        Item::So2Hour => Item::So2Day,
        Item::No2Hour => Item::No2Day,
        Item::CoHour => Item::CoDay,
        Item::Pm10Hour => Item::Pm10Day,
        Item::Pm25Hour => Item::Pm25Day,
        other => other,
    }
}

impl Judge for AirJudge<'_> {
    fn output_columns(&self) -> &'static [OutputColumn] {
        COLUMNS
    }

    fn judge(&mut self, row: &Fields<'_>) -> Result<Evaluated, Vec<Problem>> {
        let mut problems = Vec::new();
        let given = row.required_day(self.date, &mut problems);
        let has_time = given.and_then(|(_, has_time)| has_time);
        let day = given.map(|(day, _)| day);
        // a table with hours says so in its time column or has no 24-hour columns
        let is_day = match (self.method, self.is_day, has_time) {
            (Some(method), ..) => !method.is_hourly(),
            (None, Some(is_day), _) => is_day,
            (None, None, Some(has_time)) => !has_time,
            (None, None, None) => row.has(Item::Pm25Day.key()) || row.has(Item::Pm10Day.key()),
        };
        let mut values = Concentrations::default();
        for column in Item::ALL {
            let value = row.concentration(column.key(), &mut problems);
            let item = item_of(column, is_day);
            if let Some(value) = value {
                if values.get(item).is_some() {
                    problems.push(row.problem(
                        column.key(),
                        "与另一列是同一项日均值",
                        "is the same daily mean as another column",
                    ));
                }
                values.set(item, Some(value));
            }
        }
        let Some(day) = day.filter(|_day| problems.is_empty()) else {
            return Err(problems);
        };
        let of = self.rules_of.unwrap_or(day);
        let method = self.method;
        let mut number = None;
        let judged = (|| {
            let rules = self.rules(of)?;
            let method = method.unwrap_or(if is_day {
                IndexMethod::daily(rules)
            } else {
                IndexMethod::published_hourly(rules)
            });
            let index = rules.compute_index(method, &values, &[])?;
            number = index.index;
            let explanation = rules.explain(&index, &values)?;
            Ok(Evaluated {
                values: output(rules, &index),
                basis: index.basis(rules, &values),
                explanation,
            })
        })();
        if let (Ok(_), true, Some(ledger)) = (&judged, is_day, &mut self.ledger) {
            ledger.take(row, day, &values, number);
        }
        judged.map_err(|error: StandardError| vec![Problem::of_error("", "", &error)])
    }

    fn refuse(&mut self, row: &Fields<'_>) {
        if let Some(ledger) = &mut self.ledger {
            ledger.refuse(row);
        }
    }

    fn summarize(&mut self) -> Option<Summary> {
        self.ledger.take().map(AirLedger::close)
    }
}

fn output(rules: &AqiRules, index: &AirIndex) -> Vec<Option<String>> {
    let level = index.index.and_then(|number| rules.find_level(number));
    let mut values = vec![
        index.index.map(|number| number.to_string()),
        level.map(|level| level.name.clone()),
        level.map(|level| level.category.clone()),
        join(&index.primary_names()),
        join(
            &index
                .exceeding
                .iter()
                .map(Item::published_name)
                .collect::<Vec<_>>(),
        ),
    ];
    values.extend(Pollutant::ALL.into_iter().map(|pollutant| {
        index
            .pollutant_sub_index(pollutant)
            .map(|number| number.to_string())
    }));
    values.push(join(
        &index
            .missing
            .iter()
            .map(|pollutant| pollutant.key())
            .collect::<Vec<_>>(),
    ));
    values.push(join(
        &index
            .notes
            .iter()
            .map(|note| note.name())
            .collect::<Vec<_>>(),
    ));
    values
}

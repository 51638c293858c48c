//! Hourly index, level and primary pollutant as published, against HJ 633-2012 by the practice.

use std::collections::HashMap;

use anyhow::{Context, Result};
use exact_decimal::Decimal;
use standards::Parameters;
use standards::air::{AirIndex, AqiRules, Concentrations, IndexMethod, Item};

use crate::gate::{Demand, Gate, Mismatch};
use crate::source::{Row, Source, hour_of_label, parse_time};

/// Files of station-hours of 2019, and the list of stations.
pub(crate) const HOURLY_FILES: &[&str] = &[
    "air_cnemc_2019_hourly/hengyang_2019H1.csv.zst",
    "air_cnemc_2019_hourly/hunan_other_2019Q1.csv.zst",
    "air_cnemc_2019_hourly/national_20191115.csv.zst",
    "air_cnemc_2019_hourly/edge_rows.csv.zst",
    STATIONS,
];
/// The list of stations with their cities.
const STATIONS: &str = "stations/air_stations_china_2020.csv";
/// A week of 2020 with level and primary pollutant.
pub(crate) const PUBLISHED_2020: &[&str] = &["air_pm25in_2020/hourly.csv.zst"];
/// Two whole national publications.
pub(crate) const SNAPSHOTS: &[&str] = &[
    "air_cnemc_snapshots/cnemc_2017070716.csv.zst",
    "air_cnemc_snapshots/cnemc_2018022007.csv.zst",
];

const METHOD: IndexMethod = IndexMethod::HourlyPractice2012;
/// Six items and their columns.
type Columns = [(Item, &'static str); 6];

const COLUMNS_2019: Columns = [
    (Item::So2Hour, "so2"),
    (Item::No2Hour, "no2"),
    (Item::CoHour, "co"),
    (Item::O3Hour, "o3"),
    (Item::Pm10Hour, "pm10"),
    (Item::Pm25Hour, "pm25"),
];
const COLUMNS_2020: Columns = [
    (Item::So2Hour, "so2"),
    (Item::No2Hour, "no2"),
    (Item::CoHour, "co"),
    (Item::O3Hour, "o3_1h"),
    (Item::Pm10Hour, "pm10"),
    (Item::Pm25Hour, "pm25"),
];
/// In these two publications the columns of ozone are swapped: `o3_24h` holds the hour.
const COLUMNS_SNAPSHOT: Columns = [
    (Item::So2Hour, "so2"),
    (Item::No2Hour, "no2"),
    (Item::CoHour, "co"),
    (Item::O3Hour, "o3_24h"),
    (Item::Pm10Hour, "pm10"),
    (Item::Pm25Hour, "pm2_5"),
];

fn rules(parameters: &Parameters) -> Result<AqiRules> {
    Ok(AqiRules::of_edition(parameters, METHOD.edition())?)
}

fn read(row: &Row<'_>, columns: &Columns) -> Result<(Concentrations, usize)> {
    let mut values = Concentrations::default();
    let mut present = 0;
    for (item, column) in columns {
        let value = row.number(column)?;
        present += usize::from(value.is_some());
        values.set(*item, value);
    }
    Ok((values, present))
}

fn published_index(row: &Row<'_>) -> Result<Option<u16>> {
    let Some(number) = row.number("aqi")? else {
        return Ok(None);
    };
    let whole = number.normalized();
    anyhow::ensure!(whole.scale() == 0, "the index {number} is not whole");
    Ok(Some(u16::try_from(whole.mantissa_and_scale().0)?))
}

fn show(values: &Concentrations) -> String {
    METHOD
        .items()
        .iter()
        .filter_map(|item| Some(format!("{} {}", item.key(), values.get(*item)?)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn kind_of_difference(published: u16, computed: &AirIndex) -> String {
    match computed.index {
        None => "no index computed".to_owned(),
        Some(index) if index.abs_diff(published) == 1 => "by one: another rounding".to_owned(),
        Some(_) => "by more than one".to_owned(),
    }
}

/// Where the row is not judged: the archive's damaged hour, and the week in which Beijing was
/// published rounded half up.
fn unjudged(time: &str, hour: i64, is_beijing: bool, window: (i64, i64)) -> Option<&'static str> {
    if time.starts_with("2019-04-24T23:00") {
        Some("the archive's damaged hour 2019-04-24T23:00")
    } else if is_beijing && hour >= window.0 && hour <= window.1 {
        Some("Beijing 2019-09-30T20:00 to 10-08T07:00, published rounded half up")
    } else {
        None
    }
}

/// The hourly index of 2019: six pollutants present must be equal; with fewer the rate is
/// reported.
pub(crate) fn verify_hourly(source: &Source<'_>, parameters: &Parameters) -> Result<Vec<Gate>> {
    let rules = rules(parameters)?;
    let mut cities = HashMap::new();
    source.each_row(STATIONS, |row| {
        cities.insert(
            row.text("监测点编码").to_owned(),
            row.text("城市") == "北京",
        );
        Ok(())
    })?;
    let window = (
        hour_of_label(parse_time("2019-09-30T20:00")?),
        hour_of_label(parse_time("2019-10-08T07:00")?),
    );
    let mut whole = Gate::new("hourly index, six pollutants, 2019", Demand::AllBut(0));
    let mut partial = Gate::new("hourly index, a pollutant missing, 2019", Demand::None);
    for file in HOURLY_FILES.iter().filter(|file| **file != STATIONS) {
        source.each_row(file, |row| {
            let (time, station) = (row.text("time"), row.text("station"));
            let (values, present) = read(row, &COLUMNS_2019)?;
            let gate = if present == 6 {
                &mut whole
            } else {
                &mut partial
            };
            let Some(published) = published_index(row)? else {
                gate.leave_out("no index published");
                return Ok(());
            };
            let is_beijing = cities.get(station).copied().unwrap_or(false);
            let hour = hour_of_label(parse_time(time)?);
            if let Some(reason) = unjudged(time, hour, is_beijing, window) {
                gate.leave_out(reason);
                return Ok(());
            }
            let computed = rules.compute_index(METHOD, &values, &[])?;
            gate.count(computed.index == Some(published), || Mismatch {
                kind: kind_of_difference(published, &computed),
                detail: format!(
                    "{time} {station}: published {published}, computed {:?} from {}",
                    computed.index,
                    show(&values)
                ),
            });
            Ok(())
        })?;
    }
    Ok(vec![whole, partial])
}

/// The three gates of a publication with level and primary pollutant.
struct Three {
    index: Gate,
    level: Gate,
    primary: Gate,
}

impl Three {
    fn judge(&mut self, rules: &AqiRules, row: &Published<'_>) -> Result<()> {
        let computed = rules.compute_index(METHOD, &row.values, &[])?;
        let label = row.label;
        self.index
            .count(computed.index == Some(row.index), || Mismatch {
                kind: kind_of_difference(row.index, &computed),
                detail: format!(
                    "{label}: published {}, computed {:?} from {}",
                    row.index,
                    computed.index,
                    show(&row.values)
                ),
            });
        let level = rules
            .find_level(row.index)
            .context("every index has a level")?;
        self.level.count(level.category == row.level, || Mismatch {
            kind: "another level".to_owned(),
            detail: format!(
                "{label}: index {}, published {}, computed {}",
                row.index, row.level, level.category
            ),
        });
        let mut published: Vec<&str> = row
            .primary
            .split(',')
            .map(str::trim)
            .filter(|name| !matches!(*name, "" | "—" | "-"))
            .collect();
        published.sort_unstable();
        let mut names = computed.primary_names();
        names.sort_unstable();
        self.primary.count(published == names, || Mismatch {
            kind: if row.present == 6 {
                "another pollutant".to_owned()
            } else {
                "a pollutant is withheld".to_owned()
            },
            detail: format!(
                "{label}: index {}, published {}, computed {} from {}",
                row.index,
                published.join("+"),
                names.join("+"),
                show(&row.values)
            ),
        });
        Ok(())
    }

    fn into_gates(self) -> Vec<Gate> {
        vec![self.index, self.level, self.primary]
    }
}

struct Published<'a> {
    label: &'a str,
    values: Concentrations,
    present: usize,
    index: u16,
    level: &'a str,
    primary: &'a str,
}

/// A week of 2020. Two rows of 岱山公园 name a withheld PM10 as primary; one stray row of 三沙 of
/// 2017 has another index.
pub(crate) fn verify_2020(source: &Source<'_>, parameters: &Parameters) -> Result<Vec<Gate>> {
    let rules = rules(parameters)?;
    let mut three = Three {
        index: Gate::new("hourly index, 2020", Demand::AllBut(0)),
        level: Gate::new("level of the index, 2020", Demand::AllBut(0)),
        primary: Gate::new("primary pollutant, 2020", Demand::AllBut(2)),
    };
    for file in PUBLISHED_2020 {
        source.each_row(file, |row| {
            let Some(index) = published_index(row)? else {
                return Ok(());
            };
            let (values, present) = read(row, &COLUMNS_2020)?;
            let label = format!(
                "{} {} {}",
                row.text("time"),
                row.text("city"),
                row.text("station_name")
            );
            three.judge(
                &rules,
                &Published {
                    label: &label,
                    values,
                    present,
                    index,
                    level: row.text("level"),
                    primary: row.text("primary"),
                },
            )
        })?;
    }
    Ok(three.into_gates())
}

/// Two whole national publications, of 2017 and 2018.
pub(crate) fn verify_snapshots(source: &Source<'_>, parameters: &Parameters) -> Result<Vec<Gate>> {
    let rules = rules(parameters)?;
    let mut three = Three {
        index: Gate::new("hourly index, 2017 and 2018", Demand::AllBut(0)),
        level: Gate::new("level of the index, 2017 and 2018", Demand::AllBut(0)),
        primary: Gate::new("primary pollutant, 2017 and 2018", Demand::AllBut(0)),
    };
    for file in SNAPSHOTS {
        source.each_row(file, |row| {
            let Some(index) = published_index(row)?.filter(|index| *index > 0) else {
                three.index.leave_out("no index published");
                return Ok(());
            };
            let (values, present) = read(row, &COLUMNS_SNAPSHOT)?;
            if present == 0 {
                three.index.leave_out("no concentration published");
                return Ok(());
            }
            let label = format!("{} {}", row.text("timepoint"), row.text("stationcode"));
            three.judge(
                &rules,
                &Published {
                    label: &label,
                    values,
                    present,
                    index,
                    level: row.text("quality"),
                    primary: row.text("primarypollutant"),
                },
            )
        })?;
    }
    Ok(three.into_gates())
}

/// The decimal of a mantissa, for messages.
pub(crate) fn decimal(mantissa: i64, scale: u32) -> Decimal {
    Decimal::from_mantissa_and_scale(mantissa, scale).unwrap_or_default()
}

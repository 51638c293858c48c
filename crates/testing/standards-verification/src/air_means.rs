//! Running means, running maxima and largest 8-hour means as published, from the hours published.

use std::collections::BTreeMap;

use anyhow::Result;
use standards::Parameters;
use standards::air::{
    Reading, compute_maximum_eight_hours, compute_running_eight_hours, compute_running_maximum,
    compute_running_mean,
};

use crate::air_index::decimal;
use crate::gate::{Demand, Gate, Mismatch};
use crate::source::{Source, hour_of_label, parse_time};

/// The files of Hunan.
pub(crate) const FILES: &[&str] = &[
    "air_cnemc_2019_hourly/hengyang_2019H1.csv.zst",
    "air_cnemc_2019_hourly/hunan_other_2019Q1.csv.zst",
];

/// Column of the hours, column of the published 24-hour mean, decimals, name and demand.
const MEANS: [(&str, &str, u32, &str); 5] = [
    ("pm25", "pm25_24h", 0, "running 24-hour mean of PM2.5"),
    ("pm10", "pm10_24h", 0, "running 24-hour mean of PM10"),
    ("so2", "so2_24h", 0, "running 24-hour mean of SO2"),
    ("no2", "no2_24h", 0, "running 24-hour mean of NO2"),
    (
        "co",
        "co_24h",
        1,
        "running 24-hour mean of CO within 0.1 mg/m³",
    ),
];
const OZONE: [&str; 3] = ["o3_24h", "o3_8h", "o3_8h_24h"];

/// One station: for each column the values by hour.
#[derive(Debug, Default)]
struct Station {
    columns: BTreeMap<&'static str, BTreeMap<i64, i32>>,
}

impl Station {
    fn value(&self, column: &str, hour: i64) -> Option<i32> {
        self.columns.get(column)?.get(&hour).copied()
    }

    /// The hours of a column without gaps in time, missing where nothing was published, and the
    /// number of the first.
    fn series(&self, column: &str) -> Option<(i64, Vec<Reading>)> {
        let values = self.columns.get(column)?;
        let (first, last) = (*values.keys().next()?, *values.keys().next_back()?);
        let series = (first..=last)
            .map(|hour| Reading::from(values.get(&hour).copied()))
            .collect();
        Some((first, series))
    }
}

fn load(source: &Source<'_>) -> Result<BTreeMap<String, Station>> {
    let mut stations: BTreeMap<String, Station> = BTreeMap::new();
    let columns = MEANS
        .iter()
        .flat_map(|(hour, day, scale, _)| [(*hour, *scale), (*day, *scale)])
        .chain([("o3", 0)])
        .chain(OZONE.map(|column| (column, 0)))
        .collect::<Vec<_>>();
    for file in FILES {
        source.each_row(file, |row| {
            let hour = hour_of_label(parse_time(row.text("time"))?);
            let station = stations.entry(row.text("station").to_owned()).or_default();
            for (column, scale) in &columns {
                if let Some(value) = row.mantissa(column, *scale)? {
                    station
                        .columns
                        .entry(column)
                        .or_default()
                        .insert(hour, value);
                }
            }
            Ok(())
        })?;
    }
    Ok(stations)
}

fn label(hour: i64) -> String {
    let end = beijing_time::Timestamp::from_epoch_ms(
        (hour + 1) * beijing_time::HOUR_MS - beijing_time::BEIJING_OFFSET_MS,
    );
    end.civil().to_string()
}

/// All of it, over full windows only: where an hour is missing it cannot be known what the
/// publisher had.
pub(crate) fn verify(source: &Source<'_>, _parameters: &Parameters) -> Result<Vec<Gate>> {
    let stations = load(source)?;
    let mut gates = Vec::new();
    for (hours, published, scale, name) in MEANS {
        let mut gate = Gate::new(name, Demand::PerMille(999));
        for (code, station) in &stations {
            verify_mean(&mut gate, code, station, (hours, published, scale));
        }
        gates.push(gate);
    }
    let mut largest = Gate::new("largest hour of ozone in 24 hours", Demand::PerMille(999));
    let mut running = Gate::new("running 8-hour mean of ozone", Demand::PerMille(999));
    let mut maximum = Gate::new(
        "largest 8-hour mean of ozone in a day",
        Demand::PerMille(999),
    );
    for (code, station) in &stations {
        verify_largest_hour(&mut largest, code, station);
        verify_ozone_days(&mut running, &mut maximum, code, station);
    }
    gates.extend([largest, running, maximum]);
    Ok(gates)
}

fn differs(code: &str, hour: i64, published: i32, computed: i64, scale: u32) -> Mismatch {
    Mismatch {
        kind: match i64::from(published) - computed {
            1 => "published one step above".to_owned(),
            -1 => "published one step below".to_owned(),
            _ => "by more than a step".to_owned(),
        },
        detail: format!(
            "{} {code}: published {}, computed {}",
            label(hour),
            decimal(i64::from(published), scale),
            decimal(computed, scale)
        ),
    }
}

fn verify_mean(gate: &mut Gate, code: &str, station: &Station, what: (&str, &str, u32)) {
    let (hours, published, scale) = what;
    let Some((first, series)) = station.series(hours) else {
        return;
    };
    let means = compute_running_mean(&series, scale, 24, 24);
    for (hour, mean) in (first..).zip(means) {
        let Some(published) = station.value(published, hour) else {
            continue;
        };
        let Some(mean) = mean else {
            gate.leave_out("an hour of the window is missing");
            continue;
        };
        let computed = mean.rounded_mantissa(scale);
        // halves of CO go even and odd alike: unrounded hours were averaged
        let step = i64::from(hours == "co");
        gate.count((i64::from(published) - computed).abs() <= step, || {
            differs(code, hour, published, computed, scale)
        });
    }
}

fn verify_largest_hour(gate: &mut Gate, code: &str, station: &Station) {
    let Some((first, series)) = station.series("o3") else {
        return;
    };
    let full = compute_running_mean(&series, 0, 24, 24);
    let maxima = compute_running_maximum(&series, 24);
    for ((hour, full), maximum) in (first..).zip(full).zip(maxima) {
        let (Some(published), Some(maximum)) = (station.value("o3_24h", hour), maximum) else {
            continue;
        };
        if full.is_none() {
            gate.leave_out("an hour of the window is missing");
            continue;
        }
        gate.count(published == maximum, || {
            differs(code, hour, published, i64::from(maximum), 0)
        });
    }
}

fn verify_ozone_days(running: &mut Gate, maximum: &mut Gate, code: &str, station: &Station) {
    let Some((first, series)) = station.series("o3") else {
        return;
    };
    let hours = i64::try_from(series.len()).unwrap_or(0);
    for day in first.div_euclid(24)..=(first + hours).div_euclid(24) {
        let mut readings = [Reading::MISSING; 24];
        for (hour, slot) in (day * 24..).zip(&mut readings) {
            *slot = Reading::from(station.value("o3", hour));
        }
        for ((position, hour), mean) in (day * 24..)
            .enumerate()
            .zip(compute_running_eight_hours(&readings, 0))
        {
            let Some(published) = station.value("o3_8h", hour) else {
                continue;
            };
            let wanted = u32::try_from(position + 1).unwrap_or(8).min(8);
            let Some(mean) = mean.filter(|mean| mean.count == wanted) else {
                running.leave_out("an hour of the window is missing");
                continue;
            };
            let computed = mean.rounded_mantissa(0);
            running.count(i64::from(published) == computed, || {
                differs(code, hour, published, computed, 0)
            });
        }
        let last = day * 24 + 23;
        let Some(published) = station.value("o3_8h_24h", last) else {
            continue;
        };
        if readings.iter().any(|reading| reading.value().is_none()) {
            maximum.leave_out("an hour of the day is missing");
            continue;
        }
        if let Some(mean) = compute_maximum_eight_hours(&readings, 0, None).valid() {
            let computed = mean.rounded_mantissa(0);
            maximum.count(i64::from(published) == computed, || {
                differs(code, last, published, computed, 0)
            });
        }
    }
}

//! Averages and trends of the crate `statistics` beside those that openair computed from the same
//! hours.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use standards::Parameters;
use statistics::{
    Seasons, decompose_by, mean, mean_direction, mean_with_capture, percentile, theil_sen,
};

use crate::gate::{Demand, Gate, Mismatch};
use crate::partial_sort;
use crate::source::{Row, Source};

/// The files.
pub(crate) const FILES: &[&str] = &[
    HOURS,
    "openair_peer/timeAverage_mean_day.csv",
    "openair_peer/timeAverage_mean_day_thresh75.csv",
    "openair_peer/timeAverage_mean_month.csv",
    "openair_peer/timeAverage_mean_year.csv",
    "openair_peer/timeAverage_max_month.csv",
    "openair_peer/timeAverage_p95_month.csv",
    "openair_peer/TheilSen_nox_monthly.csv",
    "openair_peer/TheilSen_o3_monthly.csv",
    SEASONLESS,
];

/// The trend of nitrogen oxides without their seasons. That of ozone rests on a month that openair
/// fills by a model of its own.
const SEASONLESS: &str = "openair_peer/TheilSen_nox_deseasonTRUE_res.csv";

const HOURS: &str = "openair_peer/mydata.csv.zst";

/// Scalars; the direction of the wind is a vector and the wind's speed its own column.
const COLUMNS: [&str; 8] = ["ws", "nox", "no2", "o3", "pm10", "so2", "co", "pm25"];

/// The hours of one period by column.
#[derive(Default)]
struct Hours {
    values: BTreeMap<&'static str, Vec<Option<f64>>>,
    directions: Vec<Option<f64>>,
}

fn number(row: &Row<'_>, column: &str) -> Result<Option<f64>> {
    match row.text(column) {
        "" | "NA" => Ok(None),
        text => {
            Ok(Some(text.parse().with_context(|| {
                format!("{column}: `{text}` is no number")
            })?))
        }
    }
}

/// The hours by the first `letters` of their time: 10 a day, 7 a month, 4 a year.
fn read_hours(source: &Source<'_>, letters: usize) -> Result<BTreeMap<String, Hours>> {
    let mut periods: BTreeMap<String, Hours> = BTreeMap::new();
    source.each_row(HOURS, |row| {
        let key = row
            .text("date")
            .get(..letters)
            .context("a time")?
            .to_owned();
        let hours = periods.entry(key).or_default();
        for column in COLUMNS {
            let value = number(row, column)?;
            hours.values.entry(column).or_default().push(value);
        }
        hours.directions.push(number(row, "wd")?);
        Ok(())
    })?;
    Ok(periods)
}

fn is_near(computed: Option<f64>, expected: Option<f64>, bound: f64) -> bool {
    match (computed, expected) {
        (None, None) => true,
        (Some(computed), Some(expected)) => (computed - expected).abs() <= bound,
        _ => false,
    }
}

fn count(gate: &mut Gate, what: &str, computed: Option<f64>, expected: Option<f64>, bound: f64) {
    gate.count(is_near(computed, expected, bound), || Mismatch {
        kind: "another number".to_owned(),
        detail: format!("{what}: openair {expected:?}, computed {computed:?}"),
    });
}

/// One column of one period.
type Statistic = fn(&[Option<f64>]) -> Option<f64>;

/// Files, what they hold, letters of the period, the statistic.
const AVERAGES: [(&str, &str, usize, Statistic); 6] = [
    ("openair: means of days", "mean_day", 10, |values| {
        mean(values.iter().copied())
    }),
    (
        "openair: means of days with 75 % of the hours",
        "mean_day_thresh75",
        10,
        |values| mean_with_capture(values, 0.75),
    ),
    ("openair: means of months", "mean_month", 7, |values| {
        mean(values.iter().copied())
    }),
    ("openair: means of years", "mean_year", 4, |values| {
        mean(values.iter().copied())
    }),
    ("openair: maxima of months", "max_month", 7, |values| {
        statistics::maximum(values.iter().copied())
    }),
    (
        "openair: 95th percentiles of months",
        "p95_month",
        7,
        |values| percentile(values.iter().copied(), 0.95),
    ),
];

/// Every gate.
pub(crate) fn verify(source: &Source<'_>, _parameters: &Parameters) -> Result<Vec<Gate>> {
    let mut gates = Vec::new();
    for (name, file, letters, statistic) in AVERAGES {
        let periods = read_hours(source, letters)?;
        let mut gate = Gate::new(name, Demand::AllBut(0));
        source.each_row(&format!("openair_peer/timeAverage_{file}.csv"), |row| {
            let key = row.text("date").get(..letters).context("a time")?;
            let hours = periods.get(key).context("no hours of the period")?;
            for column in COLUMNS {
                let values = hours.values.get(column).map_or(&[][..], Vec::as_slice);
                let what = format!("{key} {column}");
                count(
                    &mut gate,
                    &what,
                    statistic(values),
                    number(row, column)?,
                    1e-9,
                );
            }
            Ok(())
        })?;
        gates.push(gate);
    }
    gates.push(directions(source)?);
    gates.extend(trends(source)?);
    Ok(gates)
}

fn directions(source: &Source<'_>) -> Result<Gate> {
    let mut gate = Gate::new("openair: wind directions of months", Demand::AllBut(0));
    let periods = read_hours(source, 7)?;
    source.each_row("openair_peer/timeAverage_mean_month.csv", |row| {
        let key = row.text("date").get(..7).context("a time")?;
        let hours = periods.get(key).context("no hours of the month")?;
        let speeds = hours.values.get("ws").map_or(&[][..], Vec::as_slice);
        let winds = speeds.iter().copied().zip(hours.directions.iter().copied());
        count(
            &mut gate,
            key,
            mean_direction(winds),
            number(row, "wd")?,
            1e-9,
        );
        Ok(())
    })?;
    Ok(gate)
}

/// Days from 1970-01-01 to the first of a month.
fn day_number(month: &str) -> Result<f64> {
    let date: beijing_time::CivilDate = format!("{month}-01").parse()?;
    let days = beijing_time::StatDay::of(date).number();
    Ok(f64::from(i32::try_from(days)?))
}

/// A position in days, and the mean of the month that begins there.
type Months = Vec<(f64, f64)>;

/// The monthly means, and the slope a year over the months that have one; openair counts a year
/// as 365 days.
fn trends(source: &Source<'_>) -> Result<Vec<Gate>> {
    let mut monthly = Gate::new("openair: monthly means under a trend", Demand::AllBut(0));
    let mut slopes = Gate::new("openair: Theil-Sen slopes", Demand::AllBut(0));
    let mut seasonless = Gate::new(
        "openair: Theil-Sen slope without seasons, by the middle that R takes",
        Demand::AllBut(0),
    );
    let periods = read_hours(source, 7)?;
    for column in ["nox", "o3"] {
        let mut points = Months::new();
        let mut expected = None;
        source.each_row(
            &format!("openair_peer/TheilSen_{column}_monthly.csv"),
            |row| {
                let key = row.text("date").get(..7).context("a month")?;
                let hours = periods.get(key).context("no hours of the month")?;
                let computed = mean(hours.values.get(column).into_iter().flatten().copied());
                let theirs = number(row, "conc")?;
                if theirs.is_none() {
                    monthly.leave_out("openair takes no mean of the month");
                    return Ok(());
                }
                let what = format!("{key} {column}");
                count(&mut monthly, &what, computed, theirs, 1e-9);
                if let Some(computed) = computed {
                    points.push((day_number(key)?, computed));
                }
                expected = expected.or(number(row, "slope")?);
                Ok(())
            },
        )?;
        let what = format!("{column} a year");
        count(&mut slopes, &what, slope_a_year(&points), expected, 1e-4);
        if column == "nox" {
            compare_seasonless(source, &points, &mut seasonless)?;
        } else {
            seasonless.leave_out("openair fills a month by a model of its own");
        }
    }
    Ok(vec![monthly, slopes, seasonless])
}

fn slope_a_year(points: &[(f64, f64)]) -> Option<f64> {
    let trend = theil_sen(points, None).ok()?;
    Some(trend.slope * 365.0)
}

fn compare_seasonless(source: &Source<'_>, points: &[(f64, f64)], gate: &mut Gate) -> Result<()> {
    let (days, means): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let parts = decompose_by(&means, Seasons::MONTHLY, partial_sort::middle)?;
    let plain: Months = days
        .into_iter()
        .zip(means.iter().zip(&parts.season))
        .map(|(day, (mean, season))| (day, mean - season))
        .collect();
    source.each_row(SEASONLESS, |row| {
        let expected = number(row, "slope")?;
        count(gate, "nox a year", slope_a_year(&plain), expected, 1e-9);
        Ok(())
    })
}

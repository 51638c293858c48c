//! Ten years of hours of a hundred stations, from memory on one core, to daily indices, annual
//! statistics and attainment: how long it takes. Prints one line of JSON.
#![expect(clippy::print_stdout, reason = "the result goes to the caller's pipe")]

use std::time::Instant;

use anyhow::{Context, Result};
use beijing_time::{CivilDate, StatDay};
use exact_decimal::Decimal;
use standards::Parameters;
use standards::air::{
    AnnualRules, AqiRules, AreaClass, DailyValue, IndexMethod, Item, Pollutant, Reading,
    compute_day,
};

const STATIONS: usize = 100;
const FIRST_YEAR: i16 = 2016;
const YEARS: i16 = 10;

/// Lowest value and range of each pollutant in the order of [`Pollutant::ALL`], CO in tenths.
const SHAPES: [(u64, u64); 6] = [(4, 36), (10, 80), (3, 17), (10, 210), (20, 180), (8, 132)];

/// The value of an hour: the same arithmetic stands in the comparison program.
fn value(station: usize, pollutant: usize, hour: usize) -> Reading {
    let number = (station as u64 * 6 + pollutant as u64) * 100_000 + hour as u64;
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^= mixed >> 32;
    if mixed.is_multiple_of(50) {
        return Reading::MISSING;
    }
    let (low, range) = SHAPES.get(pollutant).copied().unwrap_or((0, 1));
    Reading::new(i32::try_from(low + (mixed >> 8) % range).unwrap_or(0))
}

/// What came out: the comparison program must find the same.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Found {
    days: u64,
    index_sum: u64,
    good_days: u64,
    attained: u64,
    judged: u64,
}

/// The rules of one year.
struct YearRules {
    index: AqiRules,
    annual: AnnualRules,
}

fn main() -> Result<()> {
    let parameters = Parameters::shipped()?;
    let days = StatDay::of(CivilDate::new(FIRST_YEAR + YEARS, 1, 1)?).number()
        - StatDay::of(CivilDate::new(FIRST_YEAR, 1, 1)?).number();
    let days = usize::try_from(days)?;
    let hours = days * 24;
    // station by station, pollutant by pollutant, hour by hour
    let mut values: Vec<Reading> = Vec::with_capacity(STATIONS * 6 * hours);
    for station in 0..STATIONS {
        for pollutant in 0..6 {
            values.extend((0..hours).map(|hour| value(station, pollutant, hour)));
        }
    }
    let start = Instant::now();
    let mut found = Found::default();
    for station in values.chunks_exact(6 * hours) {
        judge_station(&parameters, station, hours, &mut found)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{{\"values\":{},\"seconds\":{seconds:.3},\"days\":{},\"index_sum\":{},\"good_days\":{},\"attained\":{},\"judged\":{}}}",
        values.len(),
        found.days,
        found.index_sum,
        found.good_days,
        found.attained,
        found.judged
    );
    Ok(())
}

fn judge_station(
    parameters: &Parameters,
    station: &[Reading],
    hours: usize,
    found: &mut Found,
) -> Result<()> {
    let series: Vec<&[[Reading; 24]]> = station
        .chunks_exact(hours)
        .map(|series| series.as_chunks::<24>().0)
        .collect();
    let series: [&[[Reading; 24]]; 6] =
        series.try_into().ok().context("a station has six series")?;
    let mut day = StatDay::of(CivilDate::new(FIRST_YEAR, 1, 1)?);
    let mut position = 0;
    for year in FIRST_YEAR..FIRST_YEAR + YEARS {
        let first = CivilDate::new(year, 1, 1)?;
        let rules = YearRules {
            index: AqiRules::on(parameters, first)?,
            annual: AnnualRules::on(parameters, first, AreaClass::Second)?,
        };
        let mut daily: [Vec<DailyValue>; 6] = Default::default();
        let next = StatDay::of(CivilDate::new(year + 1, 1, 1)?);
        while day < next {
            judge_day(&rules, &series, position, day, &mut daily, found)?;
            day = day.plus(1);
            position += 1;
        }
        for (pollutant, values) in Pollutant::ALL.into_iter().zip(&daily) {
            let year = rules.annual.evaluate(pollutant, values)?;
            found.judged += u64::from(year.attains.is_some());
            found.attained += u64::from(year.attains == Some(true));
        }
    }
    Ok(())
}

fn judge_day(
    rules: &YearRules,
    series: &[&[[Reading; 24]]; 6],
    position: usize,
    day: StatDay,
    daily: &mut [Vec<DailyValue>; 6],
    found: &mut Found,
) -> Result<()> {
    let mut hours = [(&[Reading::MISSING; 24], 0); 6];
    for (number, (slot, series)) in hours.iter_mut().zip(series).enumerate() {
        *slot = (
            series.get(position).context("a day of 24 hours")?,
            // CO is in tenths
            u32::from(number == 2),
        );
    }
    let concentrations = compute_day(&hours, Some(160)).concentrations();
    let index = rules
        .index
        .compute_index(IndexMethod::DailyText2012, &concentrations, &[])?;
    if let Some(number) = index.index {
        found.days += 1;
        found.index_sum += u64::from(number);
        found.good_days += u64::from(number <= 100);
    }
    let items = [
        Item::So2Day,
        Item::No2Day,
        Item::CoDay,
        Item::O3EightHours,
        Item::Pm10Day,
        Item::Pm25Day,
    ];
    for (values, item) in daily.iter_mut().zip(items) {
        if let Some(value) = concentrations.get(item) {
            let value: Decimal = value;
            values.push(DailyValue { day, value });
        }
    }
    Ok(())
}

//! What every monitor of the city measures at any moment, and over any period.

use beijing_time::{HOUR_MS, MINUTE_MS, Timestamp};

use crate::city::{City, SimulatedPoint};
use crate::episode::{Condition, condition_at};
use crate::noise::Noise;
use crate::outlet::{Factor, FactorKind};
use crate::weather::{Weather, phases, wave};

/// Minutes of valid data that a valid hour needs, in parts of a hundred.
const VALID_SHARE_OF_HOUR: usize = 75;
/// Hours of valid data that a valid day needs.
const VALID_HOURS_OF_DAY: usize = 20;
/// Instants that a minute record is the mean of.
const SAMPLES: i64 = 3;

/// One factor over a period (over a moment all three statistics are the same).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodValue {
    /// Minimum, mean, maximum.
    pub measured: [f64; 3],
    /// The same, converted to the reference oxygen content.
    pub converted: Option<[f64; 3]>,
    /// The discharged mass (kg, or g of ug/L) or volume (m3).
    pub amount: Option<f64>,
    /// Data flag.
    pub flag: char,
}

/// The signals of a city.
#[derive(Debug, Clone)]
pub struct Signals {
    seed: u64,
    weather: Weather,
    points: Vec<PointNoise>,
}

#[derive(Debug, Clone)]
struct PointNoise {
    subject: String,
    load: Noise,
    factors: Vec<Noise>,
    /// Each plant runs a little differently from its like.
    scale: f64,
}

impl Signals {
    /// The signals of a city.
    pub fn new(city: &City) -> Self {
        let points = city
            .points
            .iter()
            .map(|point| {
                let site = city.site_of(point).map_or("", |site| site.code.as_str());
                let subject = format!("{site}/{}", point.code);
                let noise = Noise::new(city.seed, &subject);
                PointNoise {
                    load: Noise::new(city.seed, site).of("load"),
                    factors: point
                        .outlet
                        .factors
                        .iter()
                        .map(|factor| noise.of(&factor.code))
                        .collect(),
                    scale: 0.85 + 0.3 * noise.unit(0),
                    subject,
                }
            })
            .collect();
        Self {
            seed: city.seed,
            weather: Weather::new(city.seed),
            points,
        }
    }

    /// How a monitor does at a moment.
    pub fn condition(&self, point: usize, time: Timestamp) -> Condition {
        self.points.get(point).map_or(Condition::NORMAL, |noise| {
            condition_at(self.seed, &noise.subject, time)
        })
    }

    /// What a point shows at a moment.
    pub fn at(&self, city: &City, index: usize, time: Timestamp) -> Vec<PeriodValue> {
        let Some(point) = city.points.get(index) else {
            return Vec::new();
        };
        let condition = self.condition(index, time);
        let values = self.instant(point, index, time, condition);
        let oxygen = oxygen_of(point, &values);
        point
            .outlet
            .factors
            .iter()
            .zip(values)
            .map(|(factor, value)| PeriodValue {
                measured: [round(value, factor.decimals); 3],
                converted: convert(point, factor, [value; 3], oxygen),
                amount: None,
                flag: condition.flag,
            })
            .collect()
    }

    /// The minute record that begins at a moment.
    pub fn minute(&self, city: &City, index: usize, start: Timestamp) -> Vec<PeriodValue> {
        let Some(point) = city.points.get(index) else {
            return Vec::new();
        };
        let length = i64::from(point.minute_interval_min) * MINUTE_MS;
        let middle = start.plus_ms(length / 2);
        let condition = self.condition(index, middle);
        let samples: Vec<Vec<f64>> = (0..SAMPLES)
            .map(|sample| {
                let time = start.plus_ms(length * (2 * sample + 1) / (2 * SAMPLES));
                self.instant(point, index, time, condition)
            })
            .collect();
        let oxygen = samples
            .get(1)
            .map_or(21.0, |values| oxygen_of(point, values));
        let flow = mean_flow(point, &samples);
        point
            .outlet
            .factors
            .iter()
            .enumerate()
            .map(|(place, factor)| {
                let values = samples
                    .iter()
                    .filter_map(|sample| sample.get(place))
                    .copied();
                let measured = summarise(values).map(|value| round(value, factor.decimals));
                PeriodValue {
                    measured,
                    converted: convert(point, factor, measured, oxygen),
                    amount: flow.and_then(|flow| amount(point, factor, measured, flow, length)),
                    flag: condition.flag,
                }
            })
            .collect()
    }

    /// The hour that begins at a moment: the mean of its valid minute records.
    pub fn hour(&self, city: &City, index: usize, start: Timestamp) -> Vec<PeriodValue> {
        let minutes = city
            .points
            .get(index)
            .map_or(10, |point| i64::from(point.minute_interval_min));
        let records: Vec<_> = (0..60 / minutes)
            .map(|step| self.minute(city, index, start.plus_ms(step * minutes * MINUTE_MS)))
            .collect();
        let needed = (records.len() * VALID_SHARE_OF_HOUR).div_ceil(100);
        combine(city, index, &records, needed)
    }

    /// The day that begins at a moment: the mean of its valid hours.
    pub fn day(&self, city: &City, index: usize, start: Timestamp) -> Vec<PeriodValue> {
        let records: Vec<_> = (0..24)
            .map(|hour| self.hour(city, index, start.plus_ms(hour * HOUR_MS)))
            .collect();
        combine(city, index, &records, VALID_HOURS_OF_DAY)
    }

    fn instant(
        &self,
        point: &SimulatedPoint,
        index: usize,
        time: Timestamp,
        condition: Condition,
    ) -> Vec<f64> {
        let Some(noise) = self.points.get(index) else {
            return Vec::new();
        };
        // a broken instrument shows what it showed when it broke
        let time = if condition.flag == 'D' {
            Timestamp::from_epoch_ms(time.epoch_ms().div_euclid(6 * HOUR_MS) * 6 * HOUR_MS)
        } else {
            time
        };
        let load = plant_load(noise.load, point, time);
        point
            .outlet
            .factors
            .iter()
            .zip(&noise.factors)
            .map(|(factor, own)| {
                let value = self.model(factor, *own, load, noise.scale, time);
                let is_pollutant = factor.upper.is_some() && factor.lower.is_none();
                match condition.flag {
                    'F' if factor.is_flow() => 0.0,
                    'F' if is_pollutant => value * 0.05,
                    // span gas
                    'C' if is_pollutant => factor.base * 4.0,
                    _ if is_pollutant => value * condition.excess,
                    _ => value,
                }
            })
            .collect()
    }

    fn model(&self, factor: &Factor, own: Noise, load: f64, scale: f64, time: Timestamp) -> f64 {
        match factor.kind {
            FactorKind::Temperature => self.weather.temperature(time),
            FactorKind::Humidity => self.weather.humidity(time),
            FactorKind::Wind => self.weather.wind_speed(time),
            FactorKind::Direction => self.weather.wind_direction(time),
            FactorKind::WaterTemperature => {
                let (year, _) = phases(time);
                factor.base - 9.0 * wave(year, 0.08) + 0.8 * own.layered(time.epoch_ms())
            }
            FactorKind::Product => {
                let (year, day) = phases(time);
                let scale = if factor.spread < 0.05 { 1.0 } else { scale };
                factor.base
                    * scale
                    * load.powf(factor.load)
                    * (1.0 + factor.day * wave(day, f64::from(factor.peak) / 24.0))
                    * (1.0 + factor.season * wave(year, 0.03))
                    * (1.0 + factor.weather * self.weather.stagnation(time))
                    * (1.0 + factor.rain * self.weather.rain(time))
                    * (factor.spread * 1.6 * own.layered(time.epoch_ms())).exp()
            }
        }
    }
}

/// How hard the plant works, around 1: less at night and on weekends; sewage never rests.
fn plant_load(noise: Noise, point: &SimulatedPoint, time: Timestamp) -> f64 {
    let (_, day) = phases(time);
    let ms = time.epoch_ms();
    let rests = !point.outlet_kind.starts_with("sewage");
    let weekend = if rests && time.civil().date().weekday() >= 6 {
        0.88
    } else {
        1.0
    };
    weekend * (1.0 + 0.05 * wave(day, 0.6) + 0.12 * noise.smooth(ms, 7 * HOUR_MS))
}

fn oxygen_of(point: &SimulatedPoint, values: &[f64]) -> f64 {
    point
        .outlet
        .factors
        .iter()
        .zip(values)
        .find(|(factor, _)| factor.code == "a19001")
        .map_or(21.0, |(_, value)| *value)
}

/// HJ/T 76: converted = measured x (21 - reference) / (21 - measured oxygen).
fn convert(
    point: &SimulatedPoint,
    factor: &Factor,
    measured: [f64; 3],
    oxygen: f64,
) -> Option<[f64; 3]> {
    let baseline = point.outlet.oxygen_baseline.filter(|_| factor.converted)?;
    let ratio = (21.0 - baseline) / (21.0 - oxygen).max(0.5);
    Some(measured.map(|value| round(value * ratio, factor.decimals)))
}

fn mean_flow(point: &SimulatedPoint, samples: &[Vec<f64>]) -> Option<f64> {
    let place = point.outlet.factors.iter().position(Factor::is_flow)?;
    let [_, mean, _] = summarise(
        samples
            .iter()
            .filter_map(|sample| sample.get(place))
            .copied(),
    );
    Some(mean)
}

/// The amount over a period: gas mg/m3 x m3/s, water mg/L x L/s; ug/L gives grams.
fn amount(
    point: &SimulatedPoint,
    factor: &Factor,
    [_, mean, _]: [f64; 3],
    flow: f64,
    length_ms: i64,
) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a period in ms fits a double")]
    let seconds = length_ms as f64 / 1_000.0;
    if factor.is_flow() {
        let volume = mean * seconds;
        return Some(if point.outlet.medium == "waste_gas" {
            volume
        } else {
            volume / 1_000.0
        });
    }
    factor
        .is_concentration()
        .then_some(mean * flow * seconds * 1e-6)
}

/// The mean of valid records; when there are too few, all records with the flag that spoilt them.
fn combine(
    city: &City,
    index: usize,
    records: &[Vec<PeriodValue>],
    needed: usize,
) -> Vec<PeriodValue> {
    let Some(point) = city.points.get(index) else {
        return Vec::new();
    };
    point
        .outlet
        .factors
        .iter()
        .enumerate()
        .map(|(place, factor)| {
            let all: Vec<&PeriodValue> = records
                .iter()
                .filter_map(|record| record.get(place))
                .collect();
            let valid: Vec<&PeriodValue> = all
                .iter()
                .copied()
                .filter(|value| value.flag == 'N')
                .collect();
            let (used, flag) = if valid.len() >= needed {
                (valid, 'N')
            } else {
                let flag = all
                    .iter()
                    .map(|value| value.flag)
                    .find(|flag| *flag != 'N')
                    .unwrap_or('N');
                (all.clone(), flag)
            };
            let of = |pick: fn(&PeriodValue) -> Option<[f64; 3]>| -> [f64; 3] {
                let lowest = used
                    .iter()
                    .filter_map(|value| pick(value))
                    .map(|[low, _, _]| low);
                let highest = used
                    .iter()
                    .filter_map(|value| pick(value))
                    .map(|[_, _, high]| high);
                let means = used
                    .iter()
                    .filter_map(|value| pick(value))
                    .map(|[_, mean, _]| mean);
                let [_, mean, _] = summarise(means);
                [
                    lowest.fold(f64::INFINITY, f64::min),
                    round(mean, factor.decimals),
                    highest.fold(f64::NEG_INFINITY, f64::max),
                ]
            };
            let has_converted = used.iter().any(|value| value.converted.is_some());
            let has_amount = all.iter().any(|value| value.amount.is_some());
            PeriodValue {
                measured: of(|value| Some(value.measured)),
                converted: has_converted.then(|| of(|value| value.converted)),
                amount: has_amount.then(|| all.iter().filter_map(|value| value.amount).sum()),
                flag,
            }
        })
        .collect()
}

/// Minimum, mean, maximum; zeros of nothing.
fn summarise(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let (mut low, mut high, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0);
    for value in values {
        low = low.min(value);
        high = high.max(value);
        sum += value;
        count += 1.0;
    }
    if count > 0.0 {
        [low, sum / count, high]
    } else {
        [0.0; 3]
    }
}

fn round(value: f64, decimals: u8) -> f64 {
    let factor = 10_f64.powi(i32::from(decimals));
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_hour_is_the_mean_of_its_minutes() {
        let city = City::hengyang(1).unwrap();
        let signals = Signals::new(&city);
        let start = at("2016-05-04T15:00:00+08:00");
        for index in 0..city.points.len() {
            let minutes = i64::from(city.points[index].minute_interval_min);
            let records: Vec<_> = (0..60 / minutes)
                .map(|step| signals.minute(&city, index, start.plus_ms(step * minutes * MINUTE_MS)))
                .collect();
            if records.iter().any(|record| record[0].flag != 'N') {
                continue;
            }
            let hour = signals.hour(&city, index, start);
            for (place, factor) in city.points[index].outlet.factors.iter().enumerate() {
                let mean = records.iter().map(|r| r[place].measured[1]).sum::<f64>()
                    / f64::from(u32::try_from(records.len()).unwrap());
                let step = 10_f64.powi(-i32::from(factor.decimals));
                assert!(
                    (hour[place].measured[1] - mean).abs() <= step * 0.51,
                    "{}",
                    factor.code
                );
                assert!(hour[place].measured[0] <= hour[place].measured[1]);
                assert!(hour[place].measured[2] >= hour[place].measured[1]);
            }
        }
    }

    #[test]
    fn most_hours_keep_their_limits_and_some_do_not() {
        let city = City::hengyang(1).unwrap();
        let signals = Signals::new(&city);
        let (mut kept, mut over) = (0, 0);
        for step in 0..200 {
            let start = at("2016-01-01").plus_ms(step * 43 * HOUR_MS);
            for index in 0..city.points.len() {
                for (value, factor) in signals
                    .hour(&city, index, start)
                    .iter()
                    .zip(&city.points[index].outlet.factors)
                {
                    let Some(limit) = factor
                        .upper
                        .as_ref()
                        .map(|text| text.parse::<f64>().unwrap())
                    else {
                        continue;
                    };
                    let value = value.converted.unwrap_or(value.measured)[1];
                    if value > limit { over += 1 } else { kept += 1 }
                }
            }
        }
        assert!(over * 1000 > kept, "{over} of {kept}");
        assert!(over * 20 < kept, "{over} of {kept}");
    }

    #[test]
    fn more_oxygen_in_the_flue_raises_the_converted_value() {
        let city = City::hengyang(1).unwrap();
        let point = city
            .points
            .iter()
            .find(|p| p.outlet_kind == "power_gas")
            .unwrap();
        let factor = &point.outlet.factors[0];
        let low = convert(point, factor, [10.0; 3], 6.0).unwrap();
        let high = convert(point, factor, [10.0; 3], 11.0).unwrap();
        assert!((low[1] - 10.0).abs() < 1e-9, "{low:?}");
        assert!((high[1] - 15.0).abs() < 1e-9, "{high:?}");
    }
}

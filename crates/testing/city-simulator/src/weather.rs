//! The city's weather: what moves the air's quality, the rivers and the plants' rain water.

use std::f64::consts::TAU;

use beijing_time::{DAY_MS, HOUR_MS, Timestamp};

use crate::noise::Noise;

/// The weather of a seed.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    stagnation: Noise,
    cloud: Noise,
    rain: Noise,
    wind: Noise,
}

/// Where in its cycle the year and the day stand, each in [0, 1).
pub(crate) fn phases(time: Timestamp) -> (f64, f64) {
    let local = time.epoch_ms() + 8 * HOUR_MS;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a day and a year in ms fit a double"
    )]
    let (day, year) = (
        local.rem_euclid(DAY_MS) as f64 / DAY_MS as f64,
        local.rem_euclid(DAY_MS * 146_097 / 400) as f64 / (DAY_MS * 146_097 / 400) as f64,
    );
    (year, day)
}

/// 1 at the peak of a cycle, -1 opposite.
pub(crate) fn wave(phase: f64, peak: f64) -> f64 {
    ((phase - peak) * TAU).cos()
}

impl Weather {
    /// The weather of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            stagnation: Noise::new(seed, "stagnation"),
            cloud: Noise::new(seed, "cloud"),
            rain: Noise::new(seed, "rain"),
            wind: Noise::new(seed, "wind"),
        }
    }

    /// How still the air is, in [-1, 1].
    pub fn stagnation(&self, time: Timestamp) -> f64 {
        let ms = time.epoch_ms();
        let (_, day) = phases(time);
        (0.75 * self.stagnation.smooth(ms, 70 * HOUR_MS) + 0.25 * wave(day, 0.95)).clamp(-1.0, 1.0)
    }

    /// How hard it rains, from 0 (dry) to 1.
    pub fn rain(&self, time: Timestamp) -> f64 {
        let ms = time.epoch_ms();
        let (year, _) = phases(time);
        // wettest in May
        let wet = 0.18 * wave(year, 0.38);
        (self.rain.smooth(ms, 19 * HOUR_MS) + 0.3 * self.rain.smooth(ms, 3 * HOUR_MS) - 0.45 + wet)
            .clamp(0.0, 1.0)
    }

    /// Degrees Celsius.
    pub fn temperature(&self, time: Timestamp) -> f64 {
        let (year, day) = phases(time);
        let sun = 4.2 * (1.0 - self.rain(time)) * wave(day, 0.61);
        18.2 - 11.5 * wave(year, 0.05)
            + sun
            + 3.5 * self.cloud.smooth(time.epoch_ms(), 60 * HOUR_MS)
    }

    /// Percent.
    pub fn humidity(&self, time: Timestamp) -> f64 {
        let (_, day) = phases(time);
        (74.0 + 20.0 * self.rain(time) - 12.0 * wave(day, 0.61)
            + 6.0 * self.cloud.smooth(time.epoch_ms(), 31 * HOUR_MS))
        .clamp(28.0, 99.0)
    }

    /// Metres a second.
    pub fn wind_speed(&self, time: Timestamp) -> f64 {
        (1.9 * (-0.9 * self.stagnation(time)).exp()
            * (1.0 + 0.3 * self.wind.smooth(time.epoch_ms(), 20 * 60_000)))
        .max(0.1)
    }

    /// Degrees from north.
    pub fn wind_direction(&self, time: Timestamp) -> f64 {
        let (year, _) = phases(time);
        // north-easterly in winter, southerly in summer
        let main = if wave(year, 0.04) > 0.0 { 35.0 } else { 185.0 };
        (main + 70.0 * self.wind.smooth(time.epoch_ms(), 5 * HOUR_MS)).rem_euclid(360.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn july_is_hot_and_january_is_not() {
        let weather = Weather::new(1);
        let mean = |month: &str| {
            (0..20)
                .map(|day| {
                    let noon: Timestamp =
                        format!("2016-{month}-01T14:00:00+08:00").parse().unwrap();
                    weather.temperature(noon.plus_ms(day * DAY_MS))
                })
                .sum::<f64>()
                / 20.0
        };
        assert!(mean("07") > 26.0, "{}", mean("07"));
        assert!(mean("01") < 15.0, "{}", mean("01"));
    }

    #[test]
    fn it_rains_at_times_and_not_always() {
        let weather = Weather::new(1);
        let wet = (0..2_000)
            .filter(|hour| weather.rain(Timestamp::from_epoch_ms(hour * HOUR_MS)) > 0.05)
            .count();
        assert!((100..1_000).contains(&wet), "{wet}");
    }
}

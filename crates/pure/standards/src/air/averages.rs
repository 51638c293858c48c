//! Means of hours: days, running means and the largest 8-hour mean of ozone, on whole numbers.

use exact_decimal::{Decimal, DecimalError, Fraction};

use super::{Concentrations, Item, Pollutant};
use crate::{InvalidReason, Validity};

/// One hourly value at a fixed scale, or missing; four bytes, for long series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading(i32);

impl Reading {
    /// No value.
    pub const MISSING: Self = Self(i32::MIN);

    /// A value as the mantissa of the series' scale.
    pub const fn new(mantissa: i32) -> Self {
        Self(mantissa)
    }

    /// The mantissa, when there is a value.
    pub const fn value(self) -> Option<i32> {
        if self.0 == i32::MIN {
            None
        } else {
            Some(self.0)
        }
    }
}

impl From<Option<i32>> for Reading {
    fn from(value: Option<i32>) -> Self {
        value.map_or(Self::MISSING, Self)
    }
}

/// An exact mean: a sum at a scale over a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mean {
    /// Sum of the mantissas.
    pub sum: i64,
    /// How many values.
    pub count: u32,
    /// Scale of the mantissas.
    pub scale: u32,
}

impl Mean {
    /// The mean of the values that are there.
    pub fn of(readings: impl IntoIterator<Item = Reading>, scale: u32) -> Option<Self> {
        let (mut sum, mut count) = (0_i64, 0_u32);
        for value in readings.into_iter().filter_map(Reading::value) {
            sum += i64::from(value);
            count += 1;
        }
        (count > 0).then_some(Self { sum, count, scale })
    }

    /// As an exact fraction.
    ///
    /// # Errors
    /// [`DecimalError`] when the scale is absurd.
    pub fn to_fraction(self) -> Result<Fraction, DecimalError> {
        let power = 10_i128
            .checked_pow(self.scale)
            .ok_or(DecimalError::OutOfRange)?;
        Fraction::new(i128::from(self.sum), i128::from(self.count) * power)
    }

    /// Rounded half to even, once (GB/T 8170), to `places` decimals, as a mantissa.
    pub fn rounded_mantissa(self, places: u32) -> i64 {
        let count = i64::from(self.count.max(1));
        let (numerator, denominator) = if places >= self.scale {
            (self.sum.saturating_mul(power(places - self.scale)), count)
        } else {
            (self.sum, count.saturating_mul(power(self.scale - places)))
        };
        divide_half_even(numerator, denominator)
    }

    /// Rounded half to even, once, to `places` decimals.
    pub fn rounded(self, places: u32) -> Decimal {
        Decimal::from_mantissa_and_scale(self.rounded_mantissa(places), places).unwrap_or_default()
    }

    fn is_above(self, other: Self) -> bool {
        i128::from(self.sum) * i128::from(other.count)
            > i128::from(other.sum) * i128::from(self.count)
    }
}

const fn power(exponent: u32) -> i64 {
    let mut result = 1_i64;
    let mut step = 0;
    while step < exponent {
        result = result.saturating_mul(10);
        step += 1;
    }
    result
}

const fn divide_half_even(numerator: i64, denominator: i64) -> i64 {
    let quotient = numerator.div_euclid(denominator);
    let remainder = numerator.rem_euclid(denominator);
    let doubled = remainder.saturating_mul(2);
    if doubled > denominator || (doubled == denominator && quotient % 2 != 0) {
        quotient + 1
    } else {
        quotient
    }
}

/// The mean of a natural day from its hours: at least 20 hourly values (GB 3095, table 4).
pub fn compute_daily_mean(hours: &[Reading], scale: u32) -> Validity<Mean> {
    match Mean::of(hours.iter().copied(), scale) {
        None => Validity::Missing,
        Some(mean) if mean.count >= 20 => Validity::Valid(mean),
        Some(mean) => Validity::Invalid(
            mean,
            InvalidReason::TooFew {
                have: mean.count,
                need: 20,
            },
        ),
    }
}

/// Running means over the `window` hours that end at each hour; missing below `minimum` values.
/// The first `window - 1` hours have the hours before them unknown, so they count as missing.
pub fn compute_running_mean(
    readings: &[Reading],
    scale: u32,
    window: usize,
    minimum: u32,
) -> Vec<Option<Mean>> {
    let (mut sum, mut count) = (0_i64, 0_u32);
    let mut means = Vec::with_capacity(readings.len());
    for (position, reading) in readings.iter().enumerate() {
        if let Some(value) = reading.value() {
            sum += i64::from(value);
            count += 1;
        }
        if let Some(leaving) = position
            .checked_sub(window)
            .and_then(|before| readings.get(before))
            .and_then(|reading| reading.value())
        {
            sum -= i64::from(leaving);
            count -= 1;
        }
        means.push((count >= minimum.max(1)).then_some(Mean { sum, count, scale }));
    }
    means
}

/// The largest value of the `window` hours that end at each hour.
pub fn compute_running_maximum(readings: &[Reading], window: usize) -> Vec<Option<i32>> {
    (0..readings.len())
        .map(|position| {
            let first = (position + 1).saturating_sub(window);
            readings
                .get(first..=position)
                .into_iter()
                .flatten()
                .filter_map(|reading| reading.value())
                .max()
        })
        .collect()
}

/// The running 8-hour means of ozone in one natural day as published: for hours 1 to 7 the mean of
/// the day's hours so far, from hour 8 the mean of 8 hours with at least 6 values (GB 3095, table 4).
pub fn compute_running_eight_hours(day: &[Reading; 24], scale: u32) -> [Option<Mean>; 24] {
    let mut means = [None; 24];
    for (position, slot) in means.iter_mut().enumerate() {
        let first = (position + 1).saturating_sub(8);
        let mean = Mean::of(
            day.get(first..=position).into_iter().flatten().copied(),
            scale,
        );
        *slot = if position < 7 {
            mean
        } else {
            mean.filter(|mean| mean.count >= 6)
        };
    }
    means
}

/// The largest 8-hour mean of ozone in a natural day, over the windows that end at hours 8 to 24.
///
/// At least 14 of the 17 windows must be valid (at least 6 hourly values each); with fewer the
/// day still counts when the largest exceeds `limit` (HJ 663-2013; `limit` as a mantissa of the same scale).
pub fn compute_maximum_eight_hours(
    day: &[Reading; 24],
    scale: u32,
    limit: Option<i32>,
) -> Validity<Mean> {
    let mut windows = 0_u32;
    let mut largest: Option<Mean> = None;
    let (mut sum, mut count) = (0_i64, 0_u32);
    for (position, reading) in day.iter().enumerate() {
        if let Some(value) = reading.value() {
            sum += i64::from(value);
            count += 1;
        }
        if let Some(leaving) = position
            .checked_sub(8)
            .and_then(|before| day.get(before))
            .and_then(|reading| reading.value())
        {
            sum -= i64::from(leaving);
            count -= 1;
        }
        if position >= 7 && count >= 6 {
            windows += 1;
            let mean = Mean { sum, count, scale };
            if largest.is_none_or(|before| mean.is_above(before)) {
                largest = Some(mean);
            }
        }
    }
    match largest {
        None => Validity::Missing,
        Some(mean) if windows >= 14 => Validity::Valid(mean),
        Some(mean)
            if limit.is_some_and(|limit| mean.sum > i64::from(limit) * i64::from(mean.count)) =>
        {
            Validity::Valid(mean)
        }
        Some(mean) => Validity::Invalid(
            mean,
            InvalidReason::TooFew {
                have: windows,
                need: 14,
            },
        ),
    }
}

/// The daily statistics of one station, each with its validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AirDay {
    /// Daily means of SO2, NO2, CO, O3 (not judged), PM10 and PM2.5, in the order of
    /// [`Pollutant::ALL`].
    pub means: [Validity<Mean>; 6],
    /// Largest hour of ozone, as a mantissa of ozone's scale; valid with at least 20 hours.
    pub ozone_hour: Validity<Mean>,
    /// Largest 8-hour mean of ozone.
    pub ozone_eight_hours: Validity<Mean>,
}

/// The daily statistics from the hours of the six pollutants, in the order of
/// [`Pollutant::ALL`], each with its scale. `ozone_limit` is the class 2 limit of the largest
/// 8-hour mean as a mantissa of ozone's scale.
pub fn compute_day(hours: &[(&[Reading; 24], u32); 6], ozone_limit: Option<i32>) -> AirDay {
    let means = hours.map(|(readings, scale)| compute_daily_mean(readings, scale));
    let [_, _, _, (ozone, scale), _, _] = *hours;
    let largest = ozone.iter().filter_map(|reading| reading.value()).max();
    let have = u32::try_from(
        ozone
            .iter()
            .filter(|reading| reading.value().is_some())
            .count(),
    )
    .unwrap_or(0);
    let ozone_hour = match largest {
        None => Validity::Missing,
        Some(value) => {
            let mean = Mean {
                sum: i64::from(value),
                count: 1,
                scale,
            };
            if have >= 20 {
                Validity::Valid(mean)
            } else {
                Validity::Invalid(mean, InvalidReason::TooFew { have, need: 20 })
            }
        }
    };
    AirDay {
        means,
        ozone_hour,
        ozone_eight_hours: compute_maximum_eight_hours(ozone, scale, ozone_limit),
    }
}

impl AirDay {
    /// The valid statistics, rounded once to the published places, as the inputs of a daily index.
    pub fn concentrations(&self) -> Concentrations {
        let mut values = Concentrations::default();
        for (pollutant, mean) in Pollutant::ALL.into_iter().zip(self.means) {
            let item = match pollutant {
                Pollutant::So2 => Item::So2Day,
                Pollutant::No2 => Item::No2Day,
                Pollutant::Co => Item::CoDay,
                Pollutant::Pm10 => Item::Pm10Day,
                Pollutant::Pm25 => Item::Pm25Day,
                Pollutant::O3 => continue,
            };
            values.set(
                item,
                mean.valid().map(|mean| mean.rounded(pollutant.places())),
            );
        }
        values.set(
            Item::O3Hour,
            self.ozone_hour.valid().map(|mean| mean.rounded(0)),
        );
        values.set(
            Item::O3EightHours,
            self.ozone_eight_hours.valid().map(|mean| mean.rounded(0)),
        );
        values
    }
}

//! A series taken apart into trend, season and rest by local regression (STL: Cleveland and others
//! 1990), so that a trend can be read without its seasons.

use crate::averages::count_as_f64;

/// The longest series: forty years of days.
const MOST_VALUES: usize = 15_000;

/// Why a series has no seasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeasonError {
    /// At most two periods long.
    #[error("{count} values: more than two periods of {period} are needed")]
    TooShort {
        /// Values between the first and the last that are there.
        count: usize,
        /// Length of a period.
        period: usize,
    },
    /// Longer than is taken.
    #[error("{count} values, at most {MOST_VALUES} are taken: average them first")]
    TooMany {
        /// How many were given.
        count: usize,
    },
    /// A period below two, or a window that is even or below three.
    #[error("a period is at least 2, a window odd and at least 3")]
    BadSettings,
    /// A value that is infinite or no number.
    #[error("a value is infinite or no number")]
    NotFinite,
}

/// How a series is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seasons {
    /// Values in a period: 12 months in a year.
    pub period: usize,
    /// Periods over which the season may change: odd, at least 3; the smaller, the faster.
    pub window: usize,
    /// Passes after the first, each with less weight for what lies far off.
    pub robust_passes: u32,
}

impl Seasons {
    /// Months of years whose season changes slowly, robust against single months: the settings of
    /// openair's trends without season.
    pub const MONTHLY: Self = Self {
        period: 12,
        window: 11,
        robust_passes: 15,
    };

    /// The smallest odd window that keeps the season out of the trend.
    fn trend_window(self) -> usize {
        (3 * self.period * self.window).div_ceil(2 * self.window - 3) | 1
    }
}

/// Trend and season, one value each for each of the series; the rest is what they leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The trend.
    pub trend: Vec<f64>,
    /// The season.
    pub season: Vec<f64>,
}

/// The series without its season: trend and rest. A missing value stays missing; for taking the
/// series apart it is bridged by a straight line.
///
/// # Errors
/// [`SeasonError`].
pub fn deseasonalise(
    values: &[Option<f64>],
    seasons: Seasons,
) -> Result<Vec<Option<f64>>, SeasonError> {
    let present: Vec<(usize, f64)> = values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| Some((index, (*value)?)))
        .collect();
    let first = present.first().map_or(0, |(index, _)| *index);
    let bridged = interpolate(&present);
    let parts = decompose(&bridged, seasons)?;
    Ok(values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let season = parts.season.get(index.checked_sub(first)?)?;
            Some((*value)? - season)
        })
        .collect())
}

/// Takes a series apart.
///
/// # Errors
/// [`SeasonError`].
pub fn decompose(values: &[f64], seasons: Seasons) -> Result<Decomposition, SeasonError> {
    decompose_by(values, seasons, median)
}

/// Takes a series apart with another middle of the absolute rests than their median: for
/// comparison with software that takes another.
///
/// # Errors
/// [`SeasonError`].
pub fn decompose_by(
    values: &[f64],
    seasons: Seasons,
    middle: impl Fn(&[f64]) -> f64,
) -> Result<Decomposition, SeasonError> {
    let (period, count) = (seasons.period, values.len());
    if period < 2 || seasons.window < 3 || seasons.window.is_multiple_of(2) {
        return Err(SeasonError::BadSettings);
    }
    if count > MOST_VALUES {
        return Err(SeasonError::TooMany { count });
    }
    // a bound on the period too: the windows are multiples of it
    if period > MOST_VALUES || count <= 2 * period {
        return Err(SeasonError::TooShort { count, period });
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(SeasonError::NotFinite);
    }
    let mut trend = vec![0.0; count];
    let mut season = Vec::new();
    let mut trust: Option<Vec<f64>> = None;
    for pass in 0..=seasons.robust_passes {
        let swings = smooth_subseries(&subtract(values, &trend), trust.as_deref(), seasons);
        let averaged = [period, period, 3]
            .into_iter()
            .fold(swings.clone(), |series, width| means(&series, width));
        // what is left of the trend in the swings
        let drift = Local {
            values: &averaged,
            trust: None,
            window: period | 1,
        }
        .smooth();
        season = subtract(swings.get(period..).unwrap_or_default(), &drift);
        trend = Local {
            values: &subtract(values, &season),
            trust: trust.as_deref(),
            window: seasons.trend_window(),
        }
        .smooth();
        if pass < seasons.robust_passes {
            let rests: Vec<f64> = subtract(&subtract(values, &trend), &season)
                .into_iter()
                .map(f64::abs)
                .collect();
            let scale = 6.0 * middle(&rests);
            trust = Some(
                rests
                    .into_iter()
                    .map(|rest| bisquare(rest, scale))
                    .collect(),
            );
        }
    }
    Ok(Decomposition { trend, season })
}

/// The weight of a rest: 1 near zero, 0 from the scale on.
fn bisquare(rest: f64, scale: f64) -> f64 {
    if rest <= 0.001 * scale {
        1.0
    } else if rest <= 0.999 * scale {
        (1.0 - (rest / scale).powi(2)).powi(2)
    } else {
        0.0
    }
}

fn subtract(from: &[f64], values: &[f64]) -> Vec<f64> {
    from.iter()
        .zip(values)
        .map(|(from, value)| from - value)
        .collect()
}

fn means(values: &[f64], width: usize) -> Vec<f64> {
    values
        .windows(width)
        .map(|part| part.iter().sum::<f64>() / count_as_f64(width))
        .collect()
}

fn median(values: &[f64]) -> f64 {
    crate::percentile(values.iter().copied().map(Some), 0.5).unwrap_or_default()
}

/// Each place in the period (all Januaries, all Februaries, …) smoothed by itself and carried on
/// by one period at both ends.
fn smooth_subseries(values: &[f64], trust: Option<&[f64]>, seasons: Seasons) -> Vec<f64> {
    let Seasons { period, window, .. } = seasons;
    let mut all = vec![0.0; values.len() + 2 * period];
    for place in 0..period {
        let every = |series: &[f64]| -> Vec<f64> {
            series.iter().skip(place).step_by(period).copied().collect()
        };
        let part = every(values);
        let part_trust = trust.map(every);
        let local = Local {
            values: &part,
            trust: part_trust.as_deref(),
            window,
        };
        let mut smoothed = local.smooth();
        let before = local.fit(0, -1.0).or(smoothed.first().copied());
        let end = part.len().saturating_sub(window);
        let after = local
            .fit(end, count_as_f64(part.len()))
            .or(smoothed.last().copied());
        smoothed.insert(0, before.unwrap_or_default());
        smoothed.push(after.unwrap_or_default());
        for (target, value) in all.iter_mut().skip(place).step_by(period).zip(smoothed) {
            *target = value;
        }
    }
    all
}

/// A series smoothed by local straight lines.
struct Local<'a> {
    values: &'a [f64],
    trust: Option<&'a [f64]>,
    /// How many neighbours a line is laid through.
    window: usize,
}

impl Local<'_> {
    /// The whole series: lines are laid at every tenth of a window, and joined.
    fn smooth(&self) -> Vec<f64> {
        let count = self.values.len();
        let Some(last) = count.checked_sub(1) else {
            return Vec::new();
        };
        let step = self.window.div_ceil(10).min(last).max(1);
        let used = self.window.min(count);
        let ends_between = (!last.is_multiple_of(step)).then_some(last);
        let knots: Vec<(usize, f64)> = (0..count)
            .step_by(step)
            .chain(ends_between)
            .filter_map(|index| {
                let left = index.saturating_sub(used / 2).min(count - used);
                let own = self.values.get(index).copied()?;
                Some((index, self.fit(left, count_as_f64(index)).unwrap_or(own)))
            })
            .collect();
        interpolate(&knots)
    }

    /// The line through the neighbours from `left` on, at a position; none when they have no
    /// weight.
    fn fit(&self, left: usize, position: f64) -> Option<f64> {
        let count = self.values.len();
        let used = self.window.min(count);
        let far = count_as_f64((left + used).checked_sub(1)?);
        let mut reach = (position - count_as_f64(left)).max(far - position);
        // a window wider than the series: by whole values, as in the authors' program
        reach += count_as_f64(self.window.saturating_sub(count) / 2);
        let mut points: Vec<(f64, f64, f64)> = (left..left + used)
            .filter_map(|index| {
                let place = count_as_f64(index);
                let trust = self
                    .trust
                    .map_or(Some(1.0), |trust| trust.get(index).copied())?;
                let weight = trust * tricube((place - position).abs(), reach);
                Some((place, weight, self.values.get(index).copied()?))
            })
            .collect();
        let sum: f64 = points.iter().map(|(_, weight, _)| weight).sum();
        if sum <= 0.0 {
            return None;
        }
        for (_, weight, _) in &mut points {
            *weight /= sum;
        }
        let centre: f64 = points.iter().map(|(place, weight, _)| weight * place).sum();
        let spread: f64 = points
            .iter()
            .map(|(place, weight, _)| weight * (place - centre).powi(2))
            .sum();
        // one place alone has no slope
        let has_slope = spread.sqrt() > 0.001 * count_as_f64(count - 1);
        let lean = if has_slope {
            (position - centre) / spread
        } else {
            0.0
        };
        Some(
            points
                .iter()
                .map(|(place, weight, value)| weight * (lean * (place - centre) + 1.0) * value)
                .sum(),
        )
    }
}

/// The weight of a neighbour: 1 at the position, 0 at the reach.
fn tricube(distance: f64, reach: f64) -> f64 {
    if distance <= 0.001 * reach {
        1.0
    } else if distance <= 0.999 * reach {
        (1.0 - (distance / reach).powi(3)).powi(3)
    } else {
        0.0
    }
}

/// The series from the first to the last knot, straight between them.
fn interpolate(knots: &[(usize, f64)]) -> Vec<f64> {
    let mut series: Vec<f64> = knots.first().map(|(_, value)| *value).into_iter().collect();
    for pair in knots.windows(2) {
        let [(from, start), (to, end)] = pair else {
            continue;
        };
        let step = (end - start) / count_as_f64(to - from);
        series.extend((1..to - from).map(|part| start + step * count_as_f64(part)));
        series.push(*end);
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of nitrogen oxides over 41 months, with one that lies far off.
    const SERIES: [f64; 41] = [
        168.0, 284.0, 194.0, 177.0, 122.0, 197.0, 191.0, 171.0, 182.0, 205.0, 249.0, 222.0, 234.0,
        206.0, 208.0, 157.0, 172.0, 181.0, 148.0, 900.0, 205.0, 264.0, 233.0, 240.0, 225.0, 279.0,
        174.0, 179.0, 174.0, 215.0, 161.0, 207.0, 230.0, 258.0, 295.0, 225.0, 213.0, 198.0, 180.0,
        162.0, 123.0,
    ];

    fn check(seasons: Seasons, expected: &[(usize, f64, f64)]) {
        let parts = decompose(&SERIES, seasons).unwrap();
        assert_eq!((parts.season.len(), parts.trend.len()), (41, 41));
        for (index, season, trend) in expected {
            let (own_season, own_trend) = (parts.season[*index], parts.trend[*index]);
            assert!((own_season - season).abs() < 1e-7, "{index}: {own_season}");
            assert!((own_trend - trend).abs() < 1e-6, "{index}: {own_trend}");
        }
    }

    // expected: computed with R 4.2.2, stl(s.window = 11, s.degree = 1, robust = TRUE)
    #[test]
    fn takes_months_apart_as_r_does() {
        check(
            Seasons::MONTHLY,
            &[
                (0, -21.655_028_169_25, 191.688_635_6),
                (1, 92.255_964_219_60, 192.282_502_7),
                (13, 61.033_705_152_27, 196.614_841_4),
                (19, -16.373_235_601_54, 204.854_932_9),
                (20, -0.053_899_568_37, 206.622_033_6),
                (34, 87.368_929_605_21, 206.695_888_4),
                (40, -63.248_545_125_04, 191.509_589_1),
            ],
        );
    }

    // expected: computed with R 4.2.2, stl(s.window = 5, s.degree = 1, inner = 1, outer = 0)
    #[test]
    fn takes_months_apart_as_r_does_with_one_pass_and_a_narrow_window() {
        let seasons = Seasons {
            window: 5,
            robust_passes: 0,
            ..Seasons::MONTHLY
        };
        check(
            seasons,
            &[
                (0, -13.871_876_200_7, 171.808_555_4),
                (12, -6.263_599_158_5, 223.484_243_8),
                (19, 265.095_056_008_1, 251.459_749_5),
                (40, -78.356_196_203_2, 191.240_005_0),
            ],
        );
    }

    #[test]
    fn a_pure_season_on_a_line_leaves_the_line() {
        let values: Vec<Option<f64>> = (0..60_u32)
            .map(|month| {
                let swing = [5.0, 1.0, -6.0];
                Some(f64::from(month) * 0.5 + swing[month as usize % 3])
            })
            .collect();
        let seasons = Seasons {
            period: 3,
            window: 7,
            robust_passes: 2,
        };
        let plain = deseasonalise(&values, seasons).unwrap();
        for (month, value) in plain.into_iter().enumerate() {
            let line = count_as_f64(month) * 0.5;
            let value = value.unwrap();
            assert!((value - line).abs() < 1e-6, "{month}: {value}");
        }
    }

    #[test]
    fn what_is_missing_stays_missing() {
        let mut values: Vec<Option<f64>> = SERIES.iter().copied().map(Some).collect();
        values.insert(0, None);
        values.push(None);
        values[7] = None;
        let plain = deseasonalise(&values, Seasons::MONTHLY).unwrap();
        let missing: Vec<usize> = plain
            .iter()
            .enumerate()
            .filter_map(|(index, value)| value.is_none().then_some(index))
            .collect();
        assert_eq!(missing, [0, 7, 42]);
        // the ends that are missing change nothing for the others
        values[7] = Some(SERIES[6]);
        let parts = decompose(&SERIES, Seasons::MONTHLY).unwrap();
        let plain = deseasonalise(&values, Seasons::MONTHLY).unwrap();
        assert_eq!(plain[1], Some(SERIES[0] - parts.season[0]));
    }

    #[test]
    fn refuses_what_has_no_seasons() {
        let check = |count: usize, seasons: Seasons| {
            decompose(&SERIES[..count], seasons).map(|parts| parts.season.len())
        };
        assert_eq!(check(25, Seasons::MONTHLY), Ok(25));
        assert_eq!(
            check(24, Seasons::MONTHLY),
            Err(SeasonError::TooShort {
                count: 24,
                period: 12
            })
        );
        for (period, window) in [(1, 11), (12, 4), (12, 1)] {
            let seasons = Seasons {
                period,
                window,
                robust_passes: 0,
            };
            assert_eq!(check(41, seasons), Err(SeasonError::BadSettings));
        }
        let mut values = SERIES;
        values[3] = f64::NAN;
        assert_eq!(
            decompose(&values, Seasons::MONTHLY),
            Err(SeasonError::NotFinite)
        );
        let many = vec![1.0; MOST_VALUES + 1];
        assert!(matches!(
            decompose(&many, Seasons::MONTHLY),
            Err(SeasonError::TooMany { .. })
        ));
        assert!(deseasonalise(&[None, None], Seasons::MONTHLY).is_err());
    }
}

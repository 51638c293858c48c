//! Theil-Sen trends with an interval by bootstrap.

/// The most points: the slopes of all pairs are held at once (64 MB).
pub(crate) const MOST_POINTS: usize = 4_000;

/// Why there is no trend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrendError {
    /// Fewer than two points with different positions.
    #[error("a trend needs at least two points at different positions")]
    TooFew,
    /// More points than the slopes of all pairs fit in memory.
    #[error("{count} points, at most {MOST_POINTS} are taken: average them first")]
    TooMany {
        /// How many were given.
        count: usize,
    },
    /// A value that is infinite or no number.
    #[error("a point is infinite or no number")]
    NotFinite,
}

/// How the interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// How many resamples.
    pub resamples: u32,
    /// Length of the blocks drawn: neighbours stay together, since they are correlated.
    pub block: usize,
    /// Seed: the same seed gives the same interval.
    pub seed: u64,
}

/// The middle 95 % of the resampled slopes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The 2.5th percentile.
    pub lower: f64,
    /// The 97.5th percentile.
    pub upper: f64,
}

/// A trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TheilSen {
    /// Median of all pairwise slopes, per unit of position.
    pub slope: f64,
    /// Median of value − slope × position.
    pub intercept: f64,
    /// The interval of the slope, when it was asked for.
    pub interval: Option<Interval>,
}

/// The Theil-Sen trend of points (position, value).
///
/// # Errors
/// [`TrendError`].
pub fn theil_sen(
    points: &[(f64, f64)],
    bootstrap: Option<Bootstrap>,
) -> Result<TheilSen, TrendError> {
    if points.len() > MOST_POINTS {
        return Err(TrendError::TooMany {
            count: points.len(),
        });
    }
    if points
        .iter()
        .any(|(position, value)| !position.is_finite() || !value.is_finite())
    {
        return Err(TrendError::NotFinite);
    }
    let mut slopes = Vec::new();
    let slope = median_slope(points, &mut slopes).ok_or(TrendError::TooFew)?;
    let mut rests: Vec<f64> = points
        .iter()
        .map(|(position, value)| value - slope * position)
        .collect();
    let intercept = median(&mut rests).ok_or(TrendError::TooFew)?;
    let interval = bootstrap.and_then(|settings| interval(points, settings, &mut slopes));
    Ok(TheilSen {
        slope,
        intercept,
        interval,
    })
}

fn median_slope(points: &[(f64, f64)], slopes: &mut Vec<f64>) -> Option<f64> {
    slopes.clear();
    for (index, (position, value)) in points.iter().enumerate() {
        for (later, other) in points.get(index + 1..).unwrap_or_default() {
            let distance = later - position;
            if distance != 0.0 {
                slopes.push((other - value) / distance);
            }
        }
    }
    median(slopes)
}

fn median(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let is_odd = values.len() % 2 == 1;
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    if is_odd {
        return Some(middle);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(f64::midpoint(lower, middle))
}

/// Moving blocks of the residuals around the trend are drawn and laid over it again.
fn interval(points: &[(f64, f64)], settings: Bootstrap, slopes: &mut Vec<f64>) -> Option<Interval> {
    let slope = median_slope(points, slopes)?;
    let residuals: Vec<f64> = points
        .iter()
        .map(|(position, value)| value - slope * position)
        .collect();
    let block = settings.block.clamp(1, points.len());
    let starts = u64::try_from(points.len() - block + 1).ok()?;
    let mut random = SplitMix(settings.seed);
    let mut drawn = Vec::with_capacity(settings.resamples as usize);
    for _ in 0..settings.resamples {
        let mut sample = Vec::with_capacity(points.len() + block);
        while sample.len() < points.len() {
            let start = usize::try_from(random.next() % starts).ok()?;
            sample.extend_from_slice(residuals.get(start..start + block)?);
        }
        let resampled: Vec<(f64, f64)> = points
            .iter()
            .zip(&sample)
            .map(|((position, _), residual)| (*position, slope * position + residual))
            .collect();
        drawn.push(median_slope(&resampled, slopes));
    }
    Some(Interval {
        lower: crate::percentile(drawn.iter().copied(), 0.025)?,
        upper: crate::percentile(drawn.iter().copied(), 0.975)?,
    })
}

/// A small generator of numbers for drawing blocks (splitmix64); no secret depends on it.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::averages::count_as_f64;

    /// The points of a series at its positions 0, 1, 2, …, without those that are missing.
    fn at_positions(values: &[f64]) -> Vec<(f64, f64)> {
        values
            .iter()
            .enumerate()
            .map(|(position, value)| (count_as_f64(position), *value))
            .collect()
    }

    const SETTINGS: Bootstrap = Bootstrap {
        resamples: 200,
        block: 3,
        seed: 1,
    };

    #[test]
    fn one_outlier_does_not_turn_the_trend() {
        let mut values: Vec<f64> = (0..21).map(|year| 2.0 * f64::from(year) + 5.0).collect();
        values[20] = -1000.0;
        let trend = theil_sen(&at_positions(&values), None).unwrap();
        assert!((trend.slope - 2.0).abs() < 1e-12, "{trend:?}");
        assert!((trend.intercept - 5.0).abs() < 1e-12, "{trend:?}");
    }

    #[test]
    fn the_slope_is_the_median_of_the_pairs() {
        // slopes 1, 2, 3, 1.5, 2.5, 2 by hand: median 2
        let trend = theil_sen(&[(0.0, 0.0), (1.0, 1.0), (2.0, 3.0), (3.0, 6.0)], None).unwrap();
        assert!((trend.slope - 2.0).abs() < 1e-12, "{trend:?}");
    }

    #[test]
    fn the_interval_holds_the_slope_and_is_the_same_for_the_same_seed() {
        let values: Vec<f64> = (0..60)
            .map(|month| 0.1 * f64::from(month) + f64::from(month * 7919 % 13))
            .collect();
        let points = at_positions(&values);
        let first = theil_sen(&points, Some(SETTINGS)).unwrap();
        let interval = first.interval.unwrap();
        assert!(interval.lower <= first.slope && first.slope <= interval.upper);
        assert!(interval.lower < interval.upper);
        assert_eq!(theil_sen(&points, Some(SETTINGS)).unwrap(), first);
    }

    #[test]
    fn what_has_no_trend_is_refused() {
        assert_eq!(theil_sen(&[], None), Err(TrendError::TooFew));
        assert_eq!(
            theil_sen(&[(1.0, 1.0), (1.0, 2.0)], None),
            Err(TrendError::TooFew)
        );
        assert_eq!(
            theil_sen(&[(1.0, f64::NAN), (2.0, 2.0)], None),
            Err(TrendError::NotFinite)
        );
        let many = vec![(0.0, 0.0); MOST_POINTS + 1];
        assert!(matches!(
            theil_sen(&many, None),
            Err(TrendError::TooMany { .. })
        ));
    }
}

//! Where an indicator is heading, with its uncertainty.
//!
//! Method: ordinary least squares of the value on the year, over the years that have a value; the
//! interval is the 80 % prediction interval of one new observation, `ŷ ± t₀.₉(n−2) · s ·
//! √(1 + 1/n + (x−x̄)²/Σ(xᵢ−x̄)²)` with Student's t. Fewer than three values give no projection:
//! two points fit a line exactly and would pretend to certainty. The probability of meeting the
//! target is not given, for five yearly values do not carry it.
#![expect(
    clippy::float_arithmetic,
    reason = "an estimate; statutory figures are computed elsewhere and exactly"
)]

use exact_decimal::Decimal;

/// One year's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The year.
    pub year: i32,
    /// The value.
    pub value: Decimal,
}

/// An estimate of one year's value. The figures are estimates and carry binary rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// The year that is estimated.
    pub year: i32,
    /// The estimate.
    pub value: f64,
    /// Lower end of the 80 % prediction interval.
    pub lower: f64,
    /// Upper end of the 80 % prediction interval.
    pub upper: f64,
    /// Change a year.
    pub slope: f64,
    /// How many values it rests on.
    pub observations: usize,
}

/// The 0.9 quantile of Student's t for 1 to 10 degrees of freedom, to three decimals.
const T_90: [f64; 10] = [
    3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372,
];
/// The same quantile of the normal distribution, for more degrees of freedom; low by 7 % at 11.
const Z_90: f64 = 1.282;

fn from_count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// The projection to `year`, by the method above. `None` with fewer than three different years,
/// or with values that floating point cannot hold.
pub fn project(observations: &[Observation], year: i32) -> Option<Projection> {
    let mut points: Vec<(f64, f64)> = observations
        .iter()
        .map(|one| (f64::from(one.year), one.value.approximate_to_f64()))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    if points.len() < 3 {
        return None;
    }
    let count = from_count(points.len());
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let spread = points
        .iter()
        .map(|(x, _)| (x - mean_x).powi(2))
        .sum::<f64>();
    let slope = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum::<f64>()
        / spread;
    let estimate = |x: f64| mean_y + slope * (x - mean_x);
    let freedom = points.len() - 2;
    let residual = points
        .iter()
        .map(|(x, y)| (y - estimate(*x)).powi(2))
        .sum::<f64>();
    let deviation = (residual / from_count(freedom)).sqrt();
    let x = f64::from(year);
    let quantile = T_90.get(freedom - 1).copied().unwrap_or(Z_90);
    let half_width =
        quantile * deviation * (1.0 + 1.0 / count + (x - mean_x).powi(2) / spread).sqrt();
    let value = estimate(x);
    (value.is_finite() && half_width.is_finite()).then_some(Projection {
        year,
        value,
        lower: value - half_width,
        upper: value + half_width,
        slope,
        observations: points.len(),
    })
}

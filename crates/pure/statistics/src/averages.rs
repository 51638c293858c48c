//! Averages and percentiles of series with gaps.

/// The arithmetic mean of the values that are there, by a compensated sum; none without any.
pub fn mean(values: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut lost, mut count) = (0.0_f64, 0.0_f64, 0_u32);
    for value in values.into_iter().flatten() {
        // Neumaier: what the larger of the two swallows is kept apart
        let next = sum + value;
        lost += if sum.abs() >= value.abs() {
            (sum - next) + value
        } else {
            (value - next) + sum
        };
        sum = next;
        count += 1;
    }
    (count > 0).then(|| (sum + lost) / f64::from(count))
}

/// The mean when at least `least_share` (0 to 1) of the values are there.
pub fn mean_with_capture(values: &[Option<f64>], least_share: f64) -> Option<f64> {
    let present = values.iter().flatten().count();
    let is_enough = count_as_f64(present) >= least_share * count_as_f64(values.len());
    mean(values.iter().copied()).filter(|_mean| is_enough)
}

/// The largest of the values that are there.
pub fn maximum(values: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    values.into_iter().flatten().max_by(f64::total_cmp)
}

/// The percentile of the values that are there, `share` 0 to 1: linear between the two nearest
/// (R's type 7); none without any.
pub fn percentile(values: impl IntoIterator<Item = Option<f64>>, share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * count_as_f64(last);
    // R's own guard against a position a few units in the last place below a whole number
    let below = (position + 4.0 * f64::EPSILON).floor();
    let part = position - below;
    let index = floor_as_index(below);
    let low = *sorted.get(index)?;
    match sorted.get(index + 1) {
        Some(high) if part > 4.0 * f64::EPSILON => Some(low + part * (high - low)),
        _ => Some(low),
    }
}

/// Means over the `window` values that end at each; none below `least` values.
pub fn running_mean(values: &[Option<f64>], window: usize, least: usize) -> Vec<Option<f64>> {
    (0..values.len())
        .map(|position| {
            let first = (position + 1).saturating_sub(window);
            let part = values.get(first..=position).unwrap_or_default();
            let present = part.iter().flatten().count();
            mean(part.iter().copied()).filter(|_mean| present >= least.max(1))
        })
        .collect()
}

/// The direction of the mean wind vector in degrees, 0 to 360, from pairs of speed and direction;
/// none without any pair. The speed weighs the direction.
pub fn mean_direction(winds: impl IntoIterator<Item = (Option<f64>, Option<f64>)>) -> Option<f64> {
    let components: Vec<(f64, f64)> = winds
        .into_iter()
        .filter_map(|(speed, degrees)| {
            let (speed, radians) = (speed?, degrees?.to_radians());
            Some((speed * radians.sin(), speed * radians.cos()))
        })
        .collect();
    let east = mean(components.iter().map(|(east, _)| Some(*east)))?;
    let north = mean(components.iter().map(|(_, north)| Some(*north)))?;
    let degrees = east.atan2(north).to_degrees();
    Some(if degrees < 0.0 {
        degrees + 360.0
    } else {
        degrees
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of values stay far below 2^52"
)]
pub(crate) fn count_as_f64(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a floor between 0 and a vector's length"
)]
fn floor_as_index(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    fn is_near(got: Option<f64>, expected: f64) -> bool {
        got.is_some_and(|got| (got - expected).abs() < 1e-12)
    }

    #[test]
    fn a_mean_loses_nothing_to_a_large_value() {
        assert!(is_near(mean(some(&[1e16, 1.0, -1e16, 1.0])), 0.5));
        assert_eq!(mean([None, None]), None);
        assert!(is_near(mean([Some(1.0), None, Some(2.0)]), 1.5));
    }

    #[test]
    fn a_mean_needs_its_share_of_the_data() {
        let day = [Some(1.0), None, Some(3.0), Some(2.0)];
        assert!(is_near(mean_with_capture(&day, 0.75), 2.0));
        assert_eq!(mean_with_capture(&day, 0.76), None);
    }

    #[test]
    fn a_percentile_is_linear_between_its_neighbours() {
        let ten = some(&[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        for (share, expected) in [(0.0, 1.0), (0.5, 5.5), (0.95, 9.55), (1.0, 10.0)] {
            assert!(is_near(percentile(ten.clone(), share), expected), "{share}");
        }
        assert_eq!(percentile([], 0.5), None);
        assert!(is_near(percentile(some(&[7.0]), 0.9), 7.0));
    }

    #[test]
    fn north_and_slightly_west_of_it_do_not_average_to_south() {
        let winds = [(Some(1.0), Some(350.0)), (Some(1.0), Some(10.0))];
        let direction = mean_direction(winds).unwrap();
        let from_north = direction.min(360.0 - direction);
        assert!(from_north < 1e-9, "{direction}");
        assert!(is_near(
            mean_direction([(Some(3.0), Some(90.0)), (None, Some(0.0))]),
            90.0
        ));
        assert_eq!(mean_direction([(None, Some(1.0))]), None);
    }

    #[test]
    fn a_running_mean_waits_for_its_least_values() {
        let means = running_mean(&[Some(1.0), None, Some(3.0), Some(5.0)], 2, 2);
        assert_eq!(means, [None, None, None, Some(4.0)]);
    }
}

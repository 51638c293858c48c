//! Counties in order.

use core::cmp::Ordering;

use exact_decimal::Decimal;

/// Which end is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A higher value is better.
    HigherIsBetter,
    /// A lower value is better.
    LowerIsBetter,
}

/// A county in a ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The region.
    pub region: String,
    /// Its value; without one it has no rank.
    pub value: Option<Decimal>,
    /// Its rank; equal values share one, and the ranks after them are left out (1, 2, 2, 4).
    pub rank: Option<u32>,
}

/// Puts regions in order: best first, those without a value last; equal ones by name, so that the
/// order never depends on how they came.
pub fn rank(values: Vec<(String, Option<Decimal>)>, direction: Direction) -> Vec<Ranked> {
    let mut values = values;
    values.sort_by(|(left_name, left), (right_name, right)| {
        let order = match (left, right) {
            (Some(left), Some(right)) => match direction {
                Direction::HigherIsBetter => right.cmp(left),
                Direction::LowerIsBetter => left.cmp(right),
            },
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        order.then_with(|| left_name.cmp(right_name))
    });
    let mut ranked: Vec<Ranked> = Vec::with_capacity(values.len());
    for (region, value) in values {
        let place = u32::try_from(ranked.len() + 1).ok();
        let rank = match (value, ranked.last()) {
            (None, _) => None,
            (Some(value), Some(before)) if before.value == Some(value) => before.rank,
            (Some(_), _) => place,
        };
        ranked.push(Ranked {
            region,
            value,
            rank,
        });
    }
    ranked
}

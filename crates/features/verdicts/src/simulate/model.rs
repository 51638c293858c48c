//! What a simulation is asked, and what it says.

use std::collections::BTreeSet;

use access::RegionCode;
use beijing_time::{StatDay, Timestamp};
use sites::Medium;
use standards::water::WaterClass;

use crate::judge::Judgements;
use crate::{Outcome, VerdictKind};

/// What is judged again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationRequest {
    /// Points of this medium.
    pub medium: Medium,
    /// Verdicts of this period; that of [`simulated_kinds`] that comes first when absent.
    pub kind: Option<VerdictKind>,
    /// The first day.
    pub from: StatDay,
    /// The last day.
    pub to: StatDay,
    /// Points of a region and below it.
    pub region: Option<RegionCode>,
    /// This point only.
    pub point_id: Option<i64>,
    /// The class that sections would have to keep, in place of their own.
    pub target_class: Option<WaterClass>,
}

/// The periods of a medium whose verdicts can turn, the one that is judged first.
pub const fn simulated_kinds(medium: Medium) -> &'static [VerdictKind] {
    match medium {
        Medium::Air => &[VerdictKind::Day, VerdictKind::Hour, VerdictKind::Year],
        Medium::SurfaceWater => &[VerdictKind::Month, VerdictKind::Day, VerdictKind::Year],
        Medium::WasteGas => &[VerdictKind::Hour],
        Medium::WasteWater => &[VerdictKind::Day],
        _ => &[],
    }
}

/// Which way a verdict would turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// What is kept would not be, or the level or class would be worse.
    Worse,
    /// The other way.
    Better,
    /// It could be judged by one of the rules only.
    Other,
}

impl Direction {
    /// The word in the API and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Other => "other",
        }
    }

    pub(super) fn of(present: &Outcome, other: &Outcome) -> Self {
        let is_given = |outcome: &Outcome| outcome.grade.is_some() || outcome.is_attained.is_some();
        if !is_given(present) || !is_given(other) {
            return Self::Other;
        }
        // what is kept comes before the level: it is what somebody is held to
        let rank = |outcome: &Outcome| (outcome.is_attained == Some(false), outcome.grade);
        match rank(other).cmp(&rank(present)) {
            std::cmp::Ordering::Greater => Self::Worse,
            std::cmp::Ordering::Less => Self::Better,
            std::cmp::Ordering::Equal => Self::Other,
        }
    }
}

/// A verdict that would turn. The outcomes are without items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// The point.
    pub point_id: i64,
    /// The period.
    pub kind: VerdictKind,
    /// Its start.
    pub time: Timestamp,
    /// What it says by the rules in force.
    pub present: Outcome,
    /// What it would say.
    pub other: Outcome,
    /// Which way it turns.
    pub direction: Direction,
}

/// What one step found: a month, or a longer period, of one point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationStep {
    /// The point.
    pub point_id: i64,
    /// Its place among the points, from 1.
    pub place: usize,
    /// All points.
    pub points: usize,
    /// Verdicts judged both ways.
    pub judged: u64,
    /// Verdicts whose index or whose deciding items would change, but not their level.
    pub shifted: u64,
    /// Days whose records were removed by retention.
    pub removed_days: u64,
    /// What would turn, in the order of time.
    pub flips: Vec<Flip>,
}

/// What all steps came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SimulationTotals {
    /// Points looked at.
    pub points: usize,
    /// Points of which a verdict would turn.
    pub points_turned: usize,
    /// Verdicts judged both ways.
    pub judged: u64,
    /// Verdicts that would be worse.
    pub worse: u64,
    /// Better.
    pub better: u64,
    /// Given by one of the rules only.
    pub other: u64,
    /// As [`SimulationStep::shifted`].
    pub shifted: u64,
    /// As [`SimulationStep::removed_days`].
    pub removed_days: u64,
}

impl SimulationStep {
    pub(super) fn compare(&mut self, kind: VerdictKind, [present, other]: [Judgements; 2]) {
        let times: BTreeSet<(VerdictKind, Timestamp)> = present
            .keys()
            .chain(other.keys())
            .filter(|(of, _)| *of == kind)
            .copied()
            .collect();
        for key in times {
            let outcome = |judgements: &Judgements| {
                (judgements.get(&key)).map_or_else(Outcome::nothing, |judged| Outcome {
                    items: Vec::new(),
                    ..judged.outcome.clone()
                })
            };
            let (present, other) = (outcome(&present), outcome(&other));
            self.judged += 1;
            let what = |outcome: &Outcome| (outcome.state, outcome.grade, outcome.is_attained);
            if what(&present) != what(&other) {
                self.flips.push(Flip {
                    point_id: self.point_id,
                    kind,
                    time: key.1,
                    direction: Direction::of(&present, &other),
                    present,
                    other,
                });
            } else if !present.says_the_same(&other) {
                self.shifted += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_tells_the_direction_before_the_level_does() {
        let outcome = |grade: Option<i64>, is_attained: Option<bool>| Outcome {
            grade,
            is_attained,
            ..Outcome::nothing()
        };
        let turn = |present: &Outcome, other: &Outcome| Direction::of(present, other);
        let (kept, broken) = (outcome(Some(4), Some(true)), outcome(Some(3), Some(false)));
        assert_eq!(turn(&kept, &broken), Direction::Worse);
        assert_eq!(turn(&broken, &kept), Direction::Better);
        let worse = outcome(Some(5), Some(true));
        assert_eq!(turn(&kept, &worse), Direction::Worse);
        assert_eq!(turn(&kept, &outcome(None, None)), Direction::Other);
    }
}

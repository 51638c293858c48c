//! What the engine remembers of one subject: its trackers, and records that wait a moment so that
//! neighbours that arrive out of order are taken in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::by_kind::ByKind;
use super::gathering::{Gathering, Gatherings};
use super::life::Phase;
use super::observations::RecordObservation;
use super::remembered::Remembered;
use super::{Rule, Subject};
use crate::rules::Condition;
use crate::words::RecordKind;

/// What names a tracker within its subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackerKey {
    /// The rule.
    pub rule_id: i64,
    /// The factor, if it follows one.
    pub factor: Option<Arc<str>>,
    /// The kind of records, if it follows one.
    pub kind: Option<RecordKind>,
    /// Statistic and origin of the limit, or the part of the platform.
    pub detail: Option<Arc<str>>,
}

/// What a tracker remembers; kept as JSON between runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TrackerState {
    /// Where the alarm's life stands.
    pub phase: Phase,
    /// What the condition itself needs.
    pub memory: Memory,
    /// The last reading that met the condition.
    pub last: Remembered,
    /// The worst of this alarm.
    pub peak: Remembered,
}

/// What a condition remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Memory {
    /// Nothing.
    #[default]
    Nothing,
    /// A run of values that hardly move.
    Run {
        /// How many.
        count: u32,
        /// The smallest.
        least: Decimal,
        /// The largest.
        most: Decimal,
    },
    /// A time that runs out unless something comes.
    Clock {
        /// From when it runs: the last sign of life or the last record's time.
        from: Timestamp,
        /// Whether it still runs; it stops when it has run out.
        is_armed: bool,
        /// Whether it waits for the device to come back.
        is_parked: bool,
    },
    /// The last reading taken.
    Last {
        /// When.
        at: Timestamp,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Tracker {
    pub(crate) key: TrackerKey,
    pub(crate) state: TrackerState,
    pub(crate) is_dirty: bool,
}

/// A tracker as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerSnapshot {
    /// Its subject.
    pub subject: Subject,
    /// Its name.
    pub key: TrackerKey,
    /// What it remembers; nothing when it may be forgotten.
    pub state: Option<TrackerState>,
}

/// Up to where the records of a point were taken in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// The point.
    pub point_id: i64,
    /// The kind.
    pub kind: RecordKind,
    /// The time of the last record taken.
    pub taken_until: Timestamp,
    /// The records taken of which parts may still come, by time.
    pub gatherings: Vec<(Timestamp, Gathering)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) record: RecordObservation,
    pub(crate) release_at: Timestamp,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct SubjectState {
    pub(crate) trackers: Vec<Tracker>,
    pub(crate) waiting: ByKind<BTreeMap<Timestamp, Waiting>>,
    pub(crate) taken: ByKind<Timestamp>,
    /// Records taken of which parts may still come.
    pub(crate) gatherings: ByKind<Gatherings>,
    pub(crate) dirty_taken: bool,
    pub(crate) scheduled: Option<Timestamp>,
    pub(crate) peer: Option<Arc<str>>,
}

impl Tracker {
    /// When the condition's own clock runs out.
    pub(crate) fn clock_due(
        &self,
        rule: &Rule,
        interval_and_period_ms: (i64, i64),
    ) -> Option<Timestamp> {
        let Memory::Clock {
            from,
            is_armed: true,
            is_parked: false,
        } = self.state.memory
        else {
            return None;
        };
        match &rule.definition.condition {
            Condition::Offline { after_s } => Some(from.plus_ms(i64::from(*after_s) * 1000)),
            Condition::Missing { count, grace_s, .. } => {
                let (interval, period) = interval_and_period_ms;
                let slots = interval.saturating_mul(i64::from(*count));
                Some(
                    from.plus_ms(
                        slots
                            .saturating_add(period)
                            .saturating_add(i64::from(*grace_s) * 1000),
                    ),
                )
            }
            _ => None,
        }
    }

    /// Lets the condition's own clock run out at `until` at the earliest.
    pub(crate) fn postpone(&mut self, rule: &Rule, times: (i64, i64), until: Timestamp) {
        let Some(due) = self.clock_due(rule, times).filter(|due| *due < until) else {
            return;
        };
        if let Memory::Clock { from, .. } = &mut self.state.memory {
            *from = from.plus_ms(until.ms_since(due));
            self.is_dirty = true;
        }
    }

    /// Whether nothing would be lost if it were forgotten.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.phase == Phase::Quiet && self.state.memory == Memory::Nothing
    }
}

impl SubjectState {
    pub(crate) fn find(&self, key: &TrackerKey) -> Option<usize> {
        self.trackers.iter().position(|tracker| tracker.key == *key)
    }

    /// The place of a tracker, made when there is none.
    pub(crate) fn place_of(&mut self, key: TrackerKey) -> usize {
        if let Some(place) = self.find(&key) {
            return place;
        }
        self.trackers.push(Tracker {
            key,
            state: TrackerState::default(),
            is_dirty: false,
        });
        self.trackers.len() - 1
    }

    /// The earliest release of a waiting record, or end of the wait for parts of one.
    pub(crate) fn next_release(&self) -> Option<Timestamp> {
        let releases = self.waiting.values().flat_map(BTreeMap::values);
        let gathered = self.gatherings.values().filter_map(Gatherings::next_due);
        releases
            .map(|waiting| waiting.release_at)
            .chain(gathered)
            .min()
    }

    /// Up to where each kind was taken, with what may still come.
    pub(crate) fn watermarks(&self, point_id: i64) -> impl Iterator<Item = Watermark> + '_ {
        self.taken.iter().map(move |(kind, taken_until)| Watermark {
            point_id,
            kind,
            taken_until: *taken_until,
            gatherings: self
                .gatherings
                .get(kind)
                .map_or_else(Vec::new, Gatherings::keep),
        })
    }

    /// Takes out the waiting records that are due, and those before them, in order of time.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Vec<RecordObservation> {
        let mut due = Vec::new();
        for waiting in self.waiting.values_mut() {
            let Some(last) = waiting
                .iter()
                .rev()
                .find(|(_, waiting)| waiting.release_at <= now)
                .map(|(time, _)| *time)
            else {
                continue;
            };
            let later = waiting.split_off(&last.plus_ms(1));
            due.extend(
                core::mem::replace(waiting, later)
                    .into_values()
                    .map(|waiting| waiting.record),
            );
        }
        self.waiting.retain(|waiting| !waiting.is_empty());
        due
    }
}

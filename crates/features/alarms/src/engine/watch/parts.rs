//! Records that come in parts: a device splits a long record into packets (PNUM, PNO), or sends
//! its factors in several.
//!
//! A record that lacks an expected factor waits for its other parts for a while. A part that comes
//! later still belongs to the present: its own factors are judged as if they had come in time.

use std::sync::Arc;

use super::{Scene, reading};
use crate::engine::changes::{Circumstance, Side};
use crate::engine::observations::RecordObservation;
use crate::engine::subjects::PointFacts;
use crate::engine::trackers::{SubjectState, Taken};
use crate::engine::{Engine, Rule};
use crate::rules::Condition;

/// Whether every factor that is expected is there, with a value or without.
pub(super) fn is_whole(point: &PointFacts, record: &RecordObservation) -> bool {
    let mut expected = point.expected_factors.iter();
    expected.all(|code| record.factor(code).is_some())
}

/// The factors of a record that its parts taken before did not have, and the others. Nothing is
/// new when the record last taken was of another time, or is no longer remembered.
pub(super) fn part_from(
    taken: Option<&Taken>,
    mut record: RecordObservation,
) -> (Option<RecordObservation>, Option<RecordObservation>) {
    let Some(taken) = taken.filter(|taken| taken.time == record.time && !record.is_history) else {
        return (None, Some(record));
    };
    let (known, new): (Vec<_>, Vec<_>) = core::mem::take(&mut record.factors)
        .into_iter()
        .partition(|factor| taken.factors.contains(&factor.code));
    let with = |factors: Vec<_>| {
        (!factors.is_empty()).then(|| RecordObservation {
            factors,
            ..record.clone()
        })
    };
    (with(new), with(known))
}

impl Engine {
    /// A further part of the record taken last.
    pub(super) fn take_part(&mut self, state: &mut SubjectState, record: &RecordObservation) {
        let subjects = Arc::clone(&self.subjects);
        let Some(point) = subjects.points.get(&record.point_id) else {
            return;
        };
        let scene = Scene {
            point_id: record.point_id,
            point,
            subjects: &subjects,
            record,
            at: record.time.plus_ms(point.timetable.period_ms(record.kind)),
        };
        if let Some(taken) = state.last.get_mut(&record.kind) {
            let codes = record.factors.iter().map(|factor| Arc::clone(&factor.code));
            taken.factors.extend(codes);
        }
        self.tell_exceedances(&scene, false);
        let rules: Vec<Arc<Rule>> = self.rules.values().cloned().collect();
        for rule in &rules {
            let definition = &rule.definition;
            if !definition.condition.looks_at(record.kind)
                || !definition
                    .scope
                    .covers_point(scene.point_id, &point.medium, &point.region)
            {
                continue;
            }
            match &definition.condition {
                Condition::OverUpper(limits) => {
                    self.read_limits(&scene, state, rule, limits, Side::Upper);
                }
                Condition::BelowLower(limits) => {
                    self.read_limits(&scene, state, rule, limits, Side::Lower);
                }
                Condition::Fault(flags) => self.read_faults(&scene, state, rule, flags),
                Condition::Missing { .. } => self.find_factors(&scene, state, rule),
                Condition::Stuck { .. } => self.read_runs(&scene, state, rule),
                // what looks at several factors was decided on the part that came first
                Condition::Combined { .. }
                | Condition::Maintenance(_)
                | Condition::Offline { .. }
                | Condition::ClockSkew { .. }
                | Condition::Platform { .. } => {}
            }
        }
    }

    /// Factors that were thought missing have come.
    fn find_factors(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        for code in &scene.point.expected_factors {
            let has_value = scene
                .record
                .factor(code)
                .is_some_and(|factor| !factor.values.is_empty());
            if !has_value || !rule.definition.scope.covers_factor(code) {
                continue;
            }
            let seen = Circumstance {
                packet_id: scene.record.packet_id,
                ..Circumstance::default()
            };
            let reading = reading(scene.at, false, &seen);
            let key = scene.key(rule, Some(code), None);
            self.take_reading(scene, state, rule, key, &reading, seen);
        }
    }
}

//! Records that come in parts: a device splits a long record into packets (PNUM, PNO), or sends
//! its factors in several.
//!
//! What each factor says by itself is judged when its part comes. What can be said of the whole
//! record only is judged once: when every expected factor is there, or when they were waited for
//! long enough; and in order of time, so that a record waits for those before it.

use std::collections::BTreeSet;
use std::sync::Arc;

use beijing_time::Timestamp;

use super::{Scene, flag_seen, reading};
use crate::engine::changes::Circumstance;
use crate::engine::evaluate::evaluate_expression;
use crate::engine::gathering::OpenRecord;
use crate::engine::observations::{FactorObservation, RecordObservation};
use crate::engine::trackers::SubjectState;
use crate::engine::{Engine, Rule, Subject};
use crate::rules::{Condition, Expression, FlagCondition};
use crate::words::RecordKind;

impl Engine {
    /// A further part of a record taken before.
    pub(super) fn take_part(&mut self, state: &mut SubjectState, part: &RecordObservation) {
        let subjects = Arc::clone(&self.subjects);
        let Some(scene) = Scene::new(&subjects, part) else {
            return;
        };
        let until = part.received_at.plus_ms(self.settings.gather_ms);
        let gatherings = state.gatherings.of(part.kind);
        let judged_before = gatherings.add(part, until);
        state.dirty_taken = true;
        self.tell_exceedances(&scene, false);
        for rule in self.rules_on(&scene) {
            self.read_factors(&scene, state, &rule);
            if let Some(known) = &judged_before {
                match &rule.definition.condition {
                    Condition::Missing { .. } => self.find_factors(&scene, state, &rule),
                    Condition::Stuck { idle_factors, .. } if !idle_factors.is_empty() => {
                        self.read_runs(&scene, state, &rule, known);
                    }
                    _ => {}
                }
            }
        }
        self.judge_kind(state, part.point_id, part.kind, self.now);
    }

    /// Judges as a whole what is whole by now or has waited long enough.
    pub(in crate::engine) fn judge_gathered(
        &mut self,
        subject: Subject,
        state: &mut SubjectState,
        now: Timestamp,
    ) {
        if let Subject::Point(point_id) = subject {
            for kind in RecordKind::ALL {
                self.judge_kind(state, point_id, *kind, now);
            }
        }
    }

    pub(super) fn judge_kind(
        &mut self,
        state: &mut SubjectState,
        point_id: i64,
        kind: RecordKind,
        now: Timestamp,
    ) {
        let subjects = Arc::clone(&self.subjects);
        let Some(point) = subjects.points.get(&point_id) else {
            state.gatherings.remove(kind);
            return;
        };
        let gatherings = |state: &mut SubjectState| state.gatherings.remove(kind);
        while let Some(mut gathered) = gatherings(state) {
            let oldest = gathered.take_oldest(point, now);
            let is_due = oldest.as_ref().is_some_and(|open| open.is_due);
            if let Some(mut open) = oldest {
                let OpenRecord { record, told, .. } = &mut open;
                if let Some(scene) = Scene::new(&subjects, record) {
                    for rule in self.rules_on(&scene) {
                        self.read_record(&scene, state, &rule, told, is_due);
                    }
                }
                state.dirty_taken = true;
                if is_due {
                    gathered.put_judged(open);
                } else {
                    gathered.put_back(open);
                }
            }
            state.gatherings.insert(kind, gathered);
            if !is_due {
                return;
            }
        }
    }

    /// What a rule says of a record as a whole: once, and as soon as further parts cannot change
    /// it any more.
    fn read_record(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        told: &mut BTreeSet<i64>,
        is_final: bool,
    ) {
        if told.contains(&rule.id) {
            return;
        }
        let is_told = match &rule.definition.condition {
            Condition::Combined { when, .. } => self.read_combined(scene, state, rule, when),
            Condition::Maintenance(flags) => {
                self.read_maintenance(scene, state, rule, flags, is_final)
            }
            Condition::Missing { .. } if is_final => self.read_presence(scene, state, rule),
            Condition::Stuck { idle_factors, .. } if is_final && !idle_factors.is_empty() => {
                self.read_runs(scene, state, rule, scene.record);
                true
            }
            _ => false,
        };
        if is_told {
            told.insert(rule.id);
        }
    }

    /// A combination is told when it is known; further values do not change what is known.
    fn read_combined(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        when: &Expression,
    ) -> bool {
        let Some(holds) = evaluate_expression(when, scene.record) else {
            return false;
        };
        let seen = packet_seen(scene.record);
        let reading = reading(scene.at, holds, &seen);
        let key = scene.key(rule, None, None);
        self.take_reading(scene, state, rule, key, &reading, seen);
        true
    }

    /// One flag is enough; that there is none is known when all is there.
    fn read_maintenance(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        condition: &FlagCondition,
        is_final: bool,
    ) -> bool {
        let scope = &rule.definition.scope;
        let watched: Vec<&FactorObservation> = scene
            .record
            .factors
            .iter()
            .filter(|factor| scope.covers_factor(&factor.code))
            .collect();
        let flagged = watched
            .iter()
            .find(|factor| factor.has_flag(&condition.flags));
        if watched.is_empty() || (flagged.is_none() && !is_final) {
            return false;
        }
        let seen = flagged.map_or_else(
            || packet_seen(scene.record),
            |factor| flag_seen(scene.record, factor),
        );
        let reading = reading(scene.at, flagged.is_some(), &seen);
        let key = scene.key(rule, None, None);
        self.take_reading(scene, state, rule, key, &reading, seen);
        true
    }

    /// Which expected factors are not there?
    fn read_presence(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) -> bool {
        for code in &scene.point.expected_factors {
            if rule.definition.scope.covers_factor(code) {
                let is_missing = !has_value(scene.record, code);
                self.read_factor_presence(scene, state, rule, code, is_missing);
            }
        }
        true
    }

    /// Factors that were thought missing have come.
    fn find_factors(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        for code in &scene.point.expected_factors {
            if rule.definition.scope.covers_factor(code) && has_value(scene.record, code) {
                self.read_factor_presence(scene, state, rule, code, false);
            }
        }
    }

    fn read_factor_presence(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        code: &Arc<str>,
        is_missing: bool,
    ) {
        let seen = packet_seen(scene.record);
        let reading = reading(scene.at, is_missing, &seen);
        let key = scene.key(rule, Some(code), None);
        self.take_reading(scene, state, rule, key, &reading, seen);
    }
}

fn has_value(record: &RecordObservation, code: &str) -> bool {
    let factor = record.factor(code);
    factor.is_some_and(|factor| !factor.values.is_empty())
}

fn packet_seen(record: &RecordObservation) -> Circumstance {
    Circumstance {
        packet_id: record.packet_id,
        ..Circumstance::default()
    }
}

//! Taking in observations and turning them into readings of every rule that watches them.

mod history;
mod others;
mod parts;

use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::Decimal;

use self::parts::{is_whole, part_from};
use super::changes::{Circumstance, LimitSeen, Side};
use super::evaluate::{compare, evaluate_expression, limits_in_force};
use super::life::{Reading, Verdict};
use super::observations::{FactorObservation, RecordObservation};
use super::subjects::PointFacts;
use super::trackers::{Memory, SubjectState, Taken, TrackerKey, Waiting};
use super::{Engine, Rule, Subject, Subjects};
use crate::rules::{Condition, Expression, FlagCondition, LimitCondition};

/// A record with what is known of its point.
struct Scene<'a> {
    point_id: i64,
    point: &'a PointFacts,
    subjects: &'a Subjects,
    record: &'a RecordObservation,
    /// The end of its period.
    at: Timestamp,
}

impl Scene<'_> {
    fn is_exempt(&self, factor: Option<&str>) -> bool {
        self.subjects
            .find_exemption(self.point_id, self.point.site_id, factor, self.record.time)
            .is_some()
    }

    fn key(&self, rule: &Rule, factor: Option<&Arc<str>>, detail: Option<&str>) -> TrackerKey {
        TrackerKey {
            rule_id: rule.id,
            factor: factor.map(Arc::clone),
            kind: Some(self.record.kind),
            detail: detail.map(Arc::from),
        }
    }
}

fn reading(at: Timestamp, is_met: bool, seen: &Circumstance) -> Reading {
    Reading {
        at,
        verdict: if is_met {
            Verdict::Met
        } else {
            Verdict::Cleared
        },
        level: None,
        value: seen.value,
        multiple: seen.multiple,
        packet_id: seen.packet_id,
    }
}

impl Engine {
    pub(super) fn observe_record(&mut self, record: RecordObservation) {
        self.tick(record.received_at);
        let subjects = Arc::clone(&self.subjects);
        let Some(point) = subjects.points.get(&record.point_id) else {
            return;
        };
        let subject = Subject::Point(record.point_id);
        let ends_at = record.time.plus_ms(point.timetable.period_ms(record.kind));
        let behind = record.received_at.ms_since(ends_at);
        let mut state = self.states.remove(&subject).unwrap_or_default();
        let is_taken = state
            .taken
            .get(&record.kind)
            .is_some_and(|taken_until| record.time <= *taken_until);
        if record.is_history
            || behind > self.settings.late_after(record.kind)
            || -behind > self.settings.future_ms
        {
            self.take_history(&mut state, &record);
        } else if is_taken {
            let (part, others) = part_from(state.last.get(&record.kind), record);
            if let Some(part) = part {
                self.take_part(&mut state, &part);
            }
            if let Some(others) = others {
                self.take_history(&mut state, &others);
            }
        } else {
            self.await_turn(&mut state, point, record, behind);
        }
        self.put_back(subject, state);
        self.tick(self.now);
    }

    /// A record waits for neighbours that come out of order, and one that is not whole for its
    /// other parts.
    fn await_turn(
        &self,
        state: &mut SubjectState,
        point: &PointFacts,
        record: RecordObservation,
        behind: i64,
    ) {
        // no longer than the settling time, even when the device's clock is ahead
        let wait = (self.settings.settle_ms - behind).clamp(0, self.settings.settle_ms);
        let settled_at = record.received_at.plus_ms(wait);
        let gathered_at = record.received_at.plus_ms(self.settings.gather_ms);
        let waiting = state.waiting.entry(record.kind).or_default();
        let is_whole = |record: &RecordObservation| is_whole(point, record);
        if let Some(earlier) = waiting.get_mut(&record.time) {
            earlier.record.merge(record);
            if is_whole(&earlier.record) {
                earlier.release_at = earlier.release_at.min(settled_at);
            }
        } else {
            let release_at = if is_whole(&record) {
                settled_at
            } else {
                settled_at.max(gathered_at)
            };
            waiting.insert(record.time, Waiting { record, release_at });
        }
    }

    /// A record whose turn it is.
    pub(super) fn take_record(&mut self, state: &mut SubjectState, record: &RecordObservation) {
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
        state.taken.insert(record.kind, record.time);
        let codes = record.factors.iter().map(|factor| Arc::clone(&factor.code));
        let last = Taken {
            time: record.time,
            factors: codes.collect(),
        };
        state.last.insert(record.kind, last);
        state.dirty_taken = true;
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
                Condition::Combined { when, .. } => self.read_combined(&scene, state, rule, when),
                Condition::Fault(flags) => self.read_faults(&scene, state, rule, flags),
                Condition::Maintenance(flags) => self.read_maintenance(&scene, state, rule, flags),
                Condition::Missing { .. } => self.read_presence(&scene, state, rule),
                Condition::Stuck { .. } => self.read_runs(&scene, state, rule),
                Condition::Offline { .. }
                | Condition::ClockSkew { .. }
                | Condition::Platform { .. } => {}
            }
        }
    }

    fn read_limits(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        condition: &LimitCondition,
        side: Side,
    ) {
        for factor in &scene.record.factors {
            if !rule.definition.scope.covers_factor(&factor.code) {
                continue;
            }
            for (limit, bound) in limits_in_force(scene.point, scene.record, factor, side) {
                let Some(compared) = compare(scene.record, factor, condition, limit, bound, side)
                else {
                    continue;
                };
                let detail = format!("{}/{}", limit.statistic, limit.origin);
                let reading = Reading {
                    at: scene.at,
                    verdict: compared.verdict,
                    level: rule.definition.level_of(compared.excess, compared.bound),
                    value: compared.seen.value,
                    multiple: compared.seen.multiple,
                    packet_id: scene.record.packet_id,
                };
                let key = scene.key(rule, Some(&factor.code), Some(&detail));
                self.take_reading(scene, state, rule, key, &reading, compared.seen);
            }
        }
    }

    fn read_combined(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        when: &Expression,
    ) {
        let Some(holds) = evaluate_expression(when, scene.record) else {
            return;
        };
        let seen = Circumstance {
            packet_id: scene.record.packet_id,
            ..Circumstance::default()
        };
        let reading = reading(scene.at, holds, &seen);
        self.take_reading(
            scene,
            state,
            rule,
            scene.key(rule, None, None),
            &reading,
            seen,
        );
    }

    fn read_faults(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        condition: &FlagCondition,
    ) {
        for factor in &scene.record.factors {
            if rule.definition.scope.covers_factor(&factor.code) {
                let seen = flag_seen(scene.record, factor);
                let reading = reading(scene.at, factor.has_flag(&condition.flags), &seen);
                let key = scene.key(rule, Some(&factor.code), None);
                self.take_reading(scene, state, rule, key, &reading, seen);
            }
        }
    }

    fn read_maintenance(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        condition: &FlagCondition,
    ) {
        let mut watched = scene
            .record
            .factors
            .iter()
            .filter(|factor| rule.definition.scope.covers_factor(&factor.code))
            .peekable();
        if watched.peek().is_none() {
            return;
        }
        let flagged = watched.find(|factor| factor.has_flag(&condition.flags));
        let seen = flagged.map_or_else(
            || Circumstance {
                packet_id: scene.record.packet_id,
                ..Circumstance::default()
            },
            |factor| flag_seen(scene.record, factor),
        );
        let reading = reading(scene.at, flagged.is_some(), &seen);
        self.take_reading(
            scene,
            state,
            rule,
            scene.key(rule, None, None),
            &reading,
            seen,
        );
    }

    /// The record is there; which expected factors are not?
    fn read_presence(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        self.wind_clock(scene, state, rule);
        for code in &scene.point.expected_factors {
            if !rule.definition.scope.covers_factor(code) {
                continue;
            }
            let has_value = scene
                .record
                .factor(code)
                .is_some_and(|factor| !factor.values.is_empty());
            let seen = Circumstance {
                packet_id: scene.record.packet_id,
                ..Circumstance::default()
            };
            let reading = reading(scene.at, !has_value, &seen);
            let key = scene.key(rule, Some(code), None);
            self.take_reading(scene, state, rule, key, &reading, seen);
        }
    }

    /// Lets the clock of a missing-data rule run anew from a record.
    fn wind_clock(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        let Some(place) = state.find(&scene.key(rule, None, None)) else {
            return;
        };
        let Some(tracker) = state.trackers.get_mut(place) else {
            return;
        };
        if let Memory::Clock { from, .. } = tracker.state.memory {
            tracker.state.memory = Memory::Clock {
                from: from.max(scene.record.time),
                is_armed: true,
                is_parked: false,
            };
            tracker.is_dirty = true;
        }
        let seen = Circumstance {
            packet_id: scene.record.packet_id,
            ..Circumstance::default()
        };
        let reading = reading(scene.at, false, &seen);
        let key = scene.key(rule, None, None);
        self.apply_reading(
            Subject::Point(scene.point_id),
            state,
            rule,
            key,
            &reading,
            seen,
        );
    }

    fn read_runs(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        let Condition::Stuck {
            statistic,
            count: wanted,
            tolerance,
            ignores_zero,
            idle_factors,
            except_factors,
            ..
        } = &rule.definition.condition
        else {
            return;
        };
        let is_idle = scene.record.factors.iter().any(|factor| {
            idle_factors.contains(&*factor.code)
                && factor
                    .value(*statistic)
                    .is_some_and(|value| value <= Decimal::ZERO)
        });
        if is_idle {
            return;
        }
        for factor in &scene.record.factors {
            if except_factors.contains(&*factor.code)
                || !rule.definition.scope.covers_factor(&factor.code)
                || !factor.is_normal()
            {
                continue;
            }
            let Some(value) = factor.value(*statistic) else {
                continue;
            };
            if *ignores_zero && value.is_zero() {
                continue;
            }
            let key = scene.key(rule, Some(&factor.code), None);
            let place = state.place_of(key.clone());
            let Some(tracker) = state.trackers.get_mut(place) else {
                continue;
            };
            let count = extend_run(&mut tracker.state.memory, value, *tolerance);
            tracker.is_dirty = true;
            let seen = Circumstance {
                value: Some(value),
                flag: factor.flag,
                packet_id: scene.record.packet_id,
                ..Circumstance::default()
            };
            let reading = reading(scene.at, count >= *wanted, &seen);
            self.take_reading(scene, state, rule, key, &reading, seen);
        }
    }

    /// Passes a reading on unless a planned stop covers it; a stop never keeps an alarm from
    /// recovering.
    fn take_reading(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        key: TrackerKey,
        reading: &Reading,
        seen: Circumstance,
    ) {
        if reading.verdict == Verdict::Met && scene.is_exempt(key.factor.as_deref()) {
            return;
        }
        self.apply_reading(
            Subject::Point(scene.point_id),
            state,
            rule,
            key,
            reading,
            seen,
        );
    }
}

fn rule_limit(rule: &Rule, bound: Decimal) -> LimitSeen {
    LimitSeen {
        id: None,
        bound,
        origin: "rule".to_owned(),
        basis: rule.definition.name_en.clone(),
    }
}

fn flag_seen(record: &RecordObservation, factor: &FactorObservation) -> Circumstance {
    Circumstance {
        value: factor.values.first().map(|(_, value)| *value),
        flag: factor.flag,
        packet_id: record.packet_id,
        ..Circumstance::default()
    }
}

/// Adds a value to a run, or starts a new one when it lies too far off; returns the run's length.
fn extend_run(memory: &mut Memory, value: Decimal, tolerance: Decimal) -> u32 {
    if let Memory::Run { count, least, most } = memory {
        let (low, high) = ((*least).min(value), (*most).max(value));
        if high
            .checked_subtract(low)
            .is_ok_and(|spread| spread <= tolerance)
        {
            (*least, *most) = (low, high);
            *count = count.saturating_add(1);
            return *count;
        }
    }
    *memory = Memory::Run {
        count: 1,
        least: value,
        most: value,
    };
    1
}

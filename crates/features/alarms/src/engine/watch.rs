//! Taking in observations and turning them into readings of every rule that watches them.

mod history;
mod others;
mod parts;

use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::Decimal;

use super::changes::{Circumstance, LimitSeen, Side};
use super::evaluate::{compare, limits_in_force};
use super::gathering::Recent;
use super::life::{Reading, Verdict};
use super::observations::{FactorObservation, RecordObservation};
use super::subjects::PointFacts;
use super::trackers::{Memory, SubjectState, TrackerKey, Waiting};
use super::{Engine, Rule, Subject, Subjects};
use crate::rules::{Condition, FlagCondition, LimitCondition};
use crate::words::RecordKind;

/// A record with what is known of its point.
struct Scene<'a> {
    point_id: i64,
    point: &'a PointFacts,
    subjects: &'a Subjects,
    record: &'a RecordObservation,
    /// The end of its period.
    at: Timestamp,
}

impl<'a> Scene<'a> {
    /// Nothing when the point is not watched any more.
    fn new(subjects: &'a Subjects, record: &'a RecordObservation) -> Option<Self> {
        let point = subjects.points.get(&record.point_id)?;
        Some(Self {
            point_id: record.point_id,
            point,
            subjects,
            record,
            at: record.time.plus_ms(point.timetable.period_ms(record.kind)),
        })
    }

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
            .get(record.kind)
            .is_some_and(|taken_until| record.time <= *taken_until);
        if record.is_history
            || behind > self.settings.late_after(record.kind)
            || -behind > self.settings.future_ms
        {
            self.take_history(&mut state, &record);
        } else if is_taken {
            let (part, others) = match state.gatherings.get(record.kind) {
                Some(gatherings) => {
                    let recent = self.recent(point, record.kind, record.received_at);
                    gatherings.split(record, recent)
                }
                None => (None, Some(record)),
            };
            if let Some(part) = part {
                self.take_part(&mut state, &part);
            }
            if let Some(others) = others {
                self.take_history(&mut state, &others);
            }
        } else {
            self.await_turn(&mut state, record, behind);
        }
        self.put_back(subject, state);
        self.tick(self.now);
    }

    /// A record waits for neighbours that come out of order.
    fn await_turn(&self, state: &mut SubjectState, record: RecordObservation, behind: i64) {
        // no longer than the settling time, even when the device's clock is ahead
        let wait = (self.settings.settle_ms - behind).clamp(0, self.settings.settle_ms);
        let release_at = record.received_at.plus_ms(wait);
        let waiting = state.waiting.of(record.kind);
        if let Some(earlier) = waiting.get_mut(&record.time) {
            earlier.record.merge(record);
            earlier.release_at = earlier.release_at.min(release_at);
        } else {
            waiting.insert(record.time, Waiting { record, release_at });
        }
    }

    /// Parts come in time when their period ended no longer ago than parts are waited for.
    fn recent(&self, point: &PointFacts, kind: RecordKind, now: Timestamp) -> Recent {
        let period_ms = point.timetable.period_ms(kind);
        Recent {
            since: now.plus_ms(-(period_ms + self.settings.gather_ms)),
            now,
        }
    }

    /// A record whose turn it is, or the first part of one.
    pub(super) fn take_record(&mut self, state: &mut SubjectState, record: RecordObservation) {
        let subjects = Arc::clone(&self.subjects);
        let Some(scene) = Scene::new(&subjects, &record) else {
            return;
        };
        state.taken.insert(record.kind, record.time);
        state.dirty_taken = true;
        self.tell_exceedances(&scene, false);
        for rule in self.rules_on(&scene) {
            self.read_factors(&scene, state, &rule);
            if matches!(rule.definition.condition, Condition::Missing { .. }) {
                self.wind_clock(&scene, state, &rule);
            }
        }
        let (point_id, kind) = (record.point_id, record.kind);
        let until = record.received_at.plus_ms(self.settings.gather_ms);
        let recent = self.recent(scene.point, kind, self.now);
        let gatherings = state.gatherings.of(kind);
        gatherings.begin(record, until, recent);
        self.judge_kind(state, point_id, kind, self.now);
    }

    /// The rules that look at a record.
    fn rules_on(&self, scene: &Scene<'_>) -> Vec<Arc<Rule>> {
        let (point, kind) = (scene.point, scene.record.kind);
        let looks = |rule: &&Arc<Rule>| {
            let definition = &rule.definition;
            definition.condition.looks_at(kind)
                && definition
                    .scope
                    .covers_point(scene.point_id, &point.medium, &point.region)
        };
        self.rules.values().filter(looks).cloned().collect()
    }

    /// What a rule says of each factor by itself: a part of a record is enough.
    fn read_factors(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        match &rule.definition.condition {
            Condition::OverUpper(limits) => {
                self.read_limits(scene, state, rule, limits, Side::Upper);
            }
            Condition::BelowLower(limits) => {
                self.read_limits(scene, state, rule, limits, Side::Lower);
            }
            Condition::Fault(flags) => self.read_faults(scene, state, rule, flags),
            Condition::Stuck { idle_factors, .. } if idle_factors.is_empty() => {
                self.read_runs(scene, state, rule, scene.record);
            }
            // looks at several factors, or at none
            Condition::Stuck { .. }
            | Condition::Combined { .. }
            | Condition::Maintenance(_)
            | Condition::Missing { .. }
            | Condition::Offline { .. }
            | Condition::ClockSkew { .. }
            | Condition::Platform { .. } => {}
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
                    packet_id: compared.seen.packet_id,
                };
                let key = scene.key(rule, Some(&factor.code), Some(&detail));
                self.take_reading(scene, state, rule, key, &reading, compared.seen);
            }
        }
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

    /// Runs of values that hardly move. `known` is all that is known of the record, which may say
    /// that nothing flowed.
    fn read_runs(
        &mut self,
        scene: &Scene<'_>,
        state: &mut SubjectState,
        rule: &Rule,
        known: &RecordObservation,
    ) {
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
        let is_idle = known.factors.iter().any(|factor| {
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
                packet_id: scene.record.packet_of(factor),
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
        packet_id: record.packet_of(factor),
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

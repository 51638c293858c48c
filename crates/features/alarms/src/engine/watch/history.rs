//! Records that tell of the past: exceedances are counted, gaps are filled, nobody is called.

use super::{Scene, reading};
use crate::engine::changes::{Change, Circumstance, Opening, Side, Transition};
use crate::engine::evaluate::{compare, find_exceedances, limits_in_force};
use crate::engine::life::Verdict;
use crate::engine::observations::RecordObservation;
use crate::engine::trackers::{Memory, SubjectState};
use crate::engine::{Engine, Rule, Subject, derive_id};
use crate::rules::{Condition, LimitCondition};
use crate::words::AlarmState;
use beijing_time::Timestamp;
use std::sync::Arc;

impl Engine {
    /// A record that came after its turn: nobody is called.
    pub(super) fn take_history(&mut self, state: &mut SubjectState, record: &RecordObservation) {
        let subjects = Arc::clone(&self.subjects);
        let Some(scene) = Scene::new(&subjects, record) else {
            return;
        };
        self.tell_exceedances(&scene, true);
        for rule in &self.rules_on(&scene) {
            match &rule.definition.condition {
                Condition::OverUpper(limits) => {
                    self.tell_history(&scene, rule, limits, Side::Upper);
                }
                Condition::BelowLower(limits) => {
                    self.tell_history(&scene, rule, limits, Side::Lower);
                }
                Condition::Missing { .. } => self.fill_gap(&scene, state, rule),
                _ => {}
            }
        }
    }

    /// A late record may fill the gap that a missing-data alarm stands for.
    pub(super) fn fill_gap(&mut self, scene: &Scene<'_>, state: &mut SubjectState, rule: &Rule) {
        let key = scene.key(rule, None, None);
        let Some(tracker) = state
            .find(&key)
            .and_then(|place| state.trackers.get_mut(place))
        else {
            return;
        };
        let Memory::Clock { from, .. } = tracker.state.memory else {
            return;
        };
        if scene.record.time <= from || scene.record.time > self.now {
            return;
        }
        tracker.state.memory = Memory::Clock {
            from: scene.record.time,
            is_armed: true,
            is_parked: false,
        };
        tracker.is_dirty = true;
        let interval = scene.point.timetable.interval_ms(scene.record.kind);
        let period = scene.point.timetable.period_ms(scene.record.kind);
        let due = tracker.clock_due(rule, (interval.unwrap_or(0), period));
        if due.is_some_and(|due| due > self.now) {
            let seen = Circumstance {
                packet_id: scene.record.packet_id,
                ..Circumstance::default()
            };
            let reading = reading(scene.record.received_at, false, &seen);
            self.apply_reading(
                Subject::Point(scene.point_id),
                state,
                rule,
                key,
                &reading,
                seen,
            );
        } else if tracker.state.phase.open_alarm().is_some() {
            // still overdue: the alarm stands, its clock has run out already
            tracker.state.memory = Memory::Clock {
                from: scene.record.time,
                is_armed: false,
                is_parked: false,
            };
        }
    }

    pub(super) fn tell_history(
        &mut self,
        scene: &Scene<'_>,
        rule: &Rule,
        condition: &LimitCondition,
        side: Side,
    ) {
        for factor in &scene.record.factors {
            if !rule.definition.scope.covers_factor(&factor.code)
                || scene.is_exempt(Some(&factor.code))
            {
                continue;
            }
            for (limit, bound) in limits_in_force(scene.point, scene.record, factor, side) {
                let Some(compared) = compare(scene.record, factor, condition, limit, bound, side)
                else {
                    continue;
                };
                if compared.verdict != Verdict::Met {
                    continue;
                }
                let detail = format!("{}/{}", limit.statistic, limit.origin);
                let key = scene.key(rule, Some(&factor.code), Some(&detail));
                let subject = Subject::Point(scene.point_id);
                let day = scene.record.time.stat_day();
                let word = AlarmState::Historical.as_str();
                let id = derive_id(subject, &key, word, day.start());
                let level = rule.definition.level_of(compared.excess, compared.bound);
                let severity = level.map_or(rule.definition.severity, |level| {
                    level.max(rule.definition.severity)
                });
                let opening = Opening {
                    id,
                    trace_id: id,
                    rule_id: rule.id,
                    rule_version: rule.version,
                    kind: rule.definition.condition.alarm_kind(),
                    severity,
                    point_id: Some(scene.point_id),
                    site_id: Some(scene.point.site_id),
                    region: Some(scene.point.region.clone()),
                    device_id: None,
                    factor: key.factor,
                    record_kind: key.kind,
                    detail: key.detail,
                    since: scene.record.time,
                    is_simulated: scene.point.is_simulated,
                    seen: compared.seen,
                };
                self.changes.push(Transition {
                    at: scene.at,
                    change: Change::Historical {
                        opening: Box::new(opening),
                        time: scene.record.time,
                        key: crate::engine::ExceedanceKey {
                            factor: Arc::clone(&factor.code),
                            statistic: limit.statistic,
                            side,
                            origin: limit.origin.clone(),
                        },
                    },
                });
            }
        }
    }

    pub(super) fn tell_exceedances(&mut self, scene: &Scene<'_>, is_late: bool) {
        let is_exempt = |factor: &str, _at: Timestamp| scene.is_exempt(Some(factor));
        let found = find_exceedances(
            scene.point_id,
            scene.point,
            scene.record,
            is_late,
            &is_exempt,
        );
        if is_late {
            self.changes.push(Transition {
                at: scene.at,
                change: Change::Rechecked {
                    point_id: scene.point_id,
                    kind: scene.record.kind,
                    time: scene.record.time,
                    factors: scene
                        .record
                        .factors
                        .iter()
                        .map(|factor| Arc::clone(&factor.code))
                        .collect(),
                    found: found.iter().map(|one| one.key.clone()).collect(),
                },
            });
        }
        self.changes.extend(found.into_iter().map(|one| Transition {
            at: scene.at,
            change: Change::Exceeded(Box::new(one)),
        }));
    }
}

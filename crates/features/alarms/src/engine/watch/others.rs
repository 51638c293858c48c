//! Devices and the platform itself: signs of life and readings that are no record.

use super::{reading, rule_limit};
use crate::engine::changes::Circumstance;
use crate::engine::evaluate::compute_multiple;
use crate::engine::life::Reading;
use crate::engine::observations::{DeviceObservation, PlatformObservation};
use crate::engine::trackers::{Memory, SubjectState, TrackerKey};
use crate::engine::{Engine, Rule, Subject};
use crate::rules::Condition;
use beijing_time::Timestamp;
use exact_decimal::Decimal;
use std::sync::Arc;

impl Engine {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an observation is handed over whole"
    )]
    pub(in crate::engine) fn observe_device(&mut self, device: DeviceObservation) {
        self.tick(device.at);
        let subject = Subject::Device(device.device_id);
        let subjects = Arc::clone(&self.subjects);
        let Some(facts) = subjects.devices.get(&device.device_id) else {
            return;
        };
        let mut state = self.states.remove(&subject).unwrap_or_default();
        if let Some(peer) = &device.peer
            && state.peer.as_deref() != Some(peer)
        {
            state.peer = Some(Arc::from(peer.as_str()));
        }
        let rules: Vec<Arc<Rule>> = self.rules.values().cloned().collect();
        for rule in &rules {
            match &rule.definition.condition {
                Condition::Offline { .. } => self.take_sign_of_life(&mut state, rule, &device),
                Condition::ClockSkew { more_than_s } => {
                    if let Some(skew_ms) = device.skew_ms
                        && self.covers_device(rule, device.device_id)
                    {
                        let bound = Decimal::from(*more_than_s);
                        let skew = Decimal::from_mantissa_and_scale(skew_ms, 3);
                        let skew = skew.unwrap_or(Decimal::ZERO);
                        self.take_instant(subject, &mut state, rule, None, device.at, skew, bound);
                    }
                }
                _ => {}
            }
        }
        self.put_back(subject, state);
        for point_id in &facts.point_ids {
            self.unpark(*point_id, device.at);
        }
    }

    pub(super) fn take_sign_of_life(
        &mut self,
        state: &mut SubjectState,
        rule: &Rule,
        device: &DeviceObservation,
    ) {
        let key = TrackerKey {
            rule_id: rule.id,
            factor: None,
            kind: None,
            detail: None,
        };
        let Some(tracker) = state
            .find(&key)
            .and_then(|place| state.trackers.get_mut(place))
        else {
            return;
        };
        let Memory::Clock { from, .. } = tracker.state.memory else {
            return;
        };
        if device.at <= from {
            return;
        }
        tracker.state.memory = Memory::Clock {
            from: device.at,
            is_armed: true,
            is_parked: false,
        };
        tracker.is_dirty = true;
        let seen = Circumstance::default();
        let reading = reading(device.at, false, &seen);
        let subject = Subject::Device(device.device_id);
        self.apply_reading(subject, state, rule, key, &reading, seen);
    }

    pub(in crate::engine) fn observe_platform(&mut self, platform: &PlatformObservation) {
        self.tick(platform.at);
        let subject = Subject::Platform;
        let mut state = self.states.remove(&subject).unwrap_or_default();
        let rules: Vec<Arc<Rule>> = self.rules.values().cloned().collect();
        for rule in &rules {
            let Condition::Platform {
                measure,
                above,
                below,
            } = &rule.definition.condition
            else {
                continue;
            };
            if *measure != platform.measure {
                continue;
            }
            let part = (!platform.part.is_empty()).then(|| Arc::from(platform.part.as_str()));
            let key = TrackerKey {
                rule_id: rule.id,
                factor: None,
                kind: None,
                detail: part,
            };
            let over = above.filter(|bound| platform.value > *bound);
            let under = below.filter(|bound| platform.value < *bound);
            let bound = over.or(under);
            let mut seen = Circumstance {
                value: Some(platform.value),
                ..Circumstance::default()
            };
            let mut level = None;
            if let Some(bound) = bound {
                let excess = platform.value.checked_subtract(bound);
                let excess = excess.unwrap_or(Decimal::ZERO).abs();
                level = rule.definition.level_of(excess, bound);
                seen.multiple = compute_multiple(excess, bound);
                seen.limit = Some(rule_limit(rule, bound));
            }
            let reading = Reading {
                level,
                ..reading(platform.at, bound.is_some(), &seen)
            };
            self.apply_once(subject, &mut state, rule, key, &reading, seen);
        }
        self.put_back(subject, state);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one reading of a number against a rule's own bound"
    )]
    pub(super) fn take_instant(
        &mut self,
        subject: Subject,
        state: &mut SubjectState,
        rule: &Rule,
        detail: Option<Arc<str>>,
        at: Timestamp,
        value: Decimal,
        bound: Decimal,
    ) {
        let key = TrackerKey {
            rule_id: rule.id,
            factor: None,
            kind: None,
            detail,
        };
        let seen = Circumstance {
            value: Some(value),
            limit: Some(rule_limit(rule, bound)),
            ..Circumstance::default()
        };
        let reading = reading(at, value.abs() > bound, &seen);
        self.apply_once(subject, state, rule, key, &reading, seen);
    }

    /// Applies a reading unless one as late was applied before.
    pub(super) fn apply_once(
        &mut self,
        subject: Subject,
        state: &mut SubjectState,
        rule: &Rule,
        key: TrackerKey,
        reading: &Reading,
        seen: Circumstance,
    ) {
        let place = state.place_of(key.clone());
        let Some(tracker) = state.trackers.get_mut(place) else {
            return;
        };
        if matches!(tracker.state.memory, Memory::Last { at } if reading.at <= at) {
            return;
        }
        tracker.state.memory = Memory::Last { at: reading.at };
        tracker.is_dirty = true;
        self.apply_reading(subject, state, rule, key, reading, seen);
    }
}

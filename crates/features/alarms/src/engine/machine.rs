//! Moving trackers: readings and due times become steps of a life, steps become changes.

mod opening;

use std::sync::Arc;

use beijing_time::Timestamp;
use uuid::Uuid;

use super::changes::{Change, Circumstance, Transition};
use super::life::{Phase, Reading, Step, Verdict};
use super::trackers::{Memory, SubjectState, TrackerKey, TrackerSnapshot};
use super::{Engine, Rule, Subject, Subjects, derive_id};
use crate::rules::Condition;
use crate::words::RecordKind;

impl Engine {
    /// Puts in place what can be watched and the rules in force, after time has passed to `now`.
    /// Open alarms of a rule or a subject that is gone end; clocks of what is new start at `now`.
    pub fn set_world(&mut self, subjects: Arc<Subjects>, rules: Vec<Rule>, now: Timestamp) {
        self.tick(now);
        self.enter_world(subjects, rules, now);
    }

    /// The same for an engine that has yet to catch up with what was observed before `now`: time
    /// passes for it with what it is told.
    pub fn enter_world(&mut self, subjects: Arc<Subjects>, rules: Vec<Rule>, now: Timestamp) {
        self.subjects = subjects;
        self.rules = rules
            .into_iter()
            .map(|rule| (rule.id, Arc::new(rule)))
            .collect();
        self.end_orphans(now);
        self.start_clocks(now);
        let mut subjects: Vec<Subject> = self.states.keys().copied().collect();
        subjects.sort_unstable();
        for subject in subjects {
            self.reschedule(subject);
        }
    }

    fn end_orphans(&mut self, now: Timestamp) {
        let mut names: Vec<Subject> = self.states.keys().copied().collect();
        names.sort_unstable();
        for subject in names {
            let is_there = match subject {
                Subject::Point(id) => self.subjects.points.contains_key(&id),
                Subject::Device(id) => self.subjects.devices.contains_key(&id),
                Subject::Platform => true,
            };
            let Some(mut state) = self.states.remove(&subject) else {
                continue;
            };
            let (kept, gone): (Vec<_>, Vec<_>) = core::mem::take(&mut state.trackers)
                .into_iter()
                .partition(|tracker| is_there && self.still_watches(subject, &tracker.key));
            state.trackers = kept;
            self.put_back(subject, state);
            for tracker in gone {
                if let Some(alarm) = tracker.state.phase.open_alarm() {
                    let reason = if is_there {
                        "rule_ended"
                    } else {
                        "subject_ended"
                    };
                    let id = alarm.id;
                    self.tell(now, Change::Ended { id, reason });
                    self.end_member(id, now);
                }
                self.forgotten.push(TrackerSnapshot {
                    subject,
                    key: tracker.key,
                    state: None,
                });
            }
        }
    }

    /// Whether a rule in force still has this tracker.
    fn still_watches(&self, subject: Subject, key: &TrackerKey) -> bool {
        let Some(rule) = self.rules.get(&key.rule_id) else {
            return false;
        };
        let definition = &rule.definition;
        if let Subject::Point(id) = subject {
            let Some(point) = self.subjects.points.get(&id) else {
                return false;
            };
            if !definition
                .scope
                .covers_point(id, &point.medium, &point.region)
                || key
                    .factor
                    .as_deref()
                    .is_some_and(|factor| !definition.scope.covers_factor(factor))
                || key
                    .kind
                    .is_some_and(|kind| !definition.condition.looks_at(kind))
            {
                return false;
            }
            if let Condition::Missing { kind, .. } = &definition.condition {
                return point.timetable.interval_ms(*kind).is_some();
            }
            return true;
        }
        if let Subject::Device(id) = subject {
            return matches!(
                definition.condition,
                Condition::Offline { .. } | Condition::ClockSkew { .. }
            ) && self.covers_device(rule, id);
        }
        matches!(definition.condition, Condition::Platform { .. })
    }

    /// Whether a rule's scope holds one of a device's points; a device without points is covered
    /// by rules that hold everywhere.
    pub(super) fn covers_device(&self, rule: &Rule, device_id: i64) -> bool {
        let scope = &rule.definition.scope;
        let Some(device) = self.subjects.devices.get(&device_id) else {
            return false;
        };
        if device.point_ids.is_empty() {
            return scope.media.is_empty() && scope.points.is_empty() && scope.regions.is_empty();
        }
        device.point_ids.iter().any(|id| {
            self.subjects
                .points
                .get(id)
                .is_some_and(|point| scope.covers_point(*id, &point.medium, &point.region))
        })
    }

    fn start_clocks(&mut self, now: Timestamp) {
        let rules: Vec<Arc<Rule>> = self.rules.values().cloned().collect();
        let subjects = Arc::clone(&self.subjects);
        for rule in &rules {
            match &rule.definition.condition {
                Condition::Offline { .. } => {
                    for id in subjects.devices.keys() {
                        if self.covers_device(rule, *id) {
                            self.start_clock(Subject::Device(*id), rule.id, None, now);
                        }
                    }
                }
                Condition::Missing { kind, .. } => {
                    for (id, point) in &subjects.points {
                        let scope = &rule.definition.scope;
                        if point.timetable.interval_ms(*kind).is_some()
                            && scope.covers_point(*id, &point.medium, &point.region)
                        {
                            self.start_clock(Subject::Point(*id), rule.id, Some(*kind), now);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn start_clock(
        &mut self,
        subject: Subject,
        rule_id: i64,
        kind: Option<RecordKind>,
        now: Timestamp,
    ) {
        let state = self.states.entry(subject).or_default();
        let place = state.place_of(TrackerKey {
            rule_id,
            factor: None,
            kind,
            detail: None,
        });
        if let Some(tracker) = state.trackers.get_mut(place)
            && !matches!(tracker.state.memory, Memory::Clock { .. })
        {
            tracker.state.memory = Memory::Clock {
                from: now,
                is_armed: true,
                is_parked: false,
            };
            tracker.is_dirty = true;
        }
    }

    /// Interval and period of a tracker's kind at its point.
    pub(super) fn times_of(subjects: &Subjects, subject: Subject, key: &TrackerKey) -> (i64, i64) {
        if let (Subject::Point(id), Some(kind)) = (subject, key.kind)
            && let Some(point) = subjects.points.get(&id)
        {
            return (
                point.timetable.interval_ms(kind).unwrap_or(0),
                point.timetable.period_ms(kind),
            );
        }
        (0, 0)
    }

    /// When something of a subject falls due next.
    pub(super) fn next_due(&self, subject: Subject, state: &SubjectState) -> Option<Timestamp> {
        let of_trackers = state.trackers.iter().filter_map(|tracker| {
            let rule = self.rules.get(&tracker.key.rule_id)?;
            let times = Self::times_of(&self.subjects, subject, &tracker.key);
            let by_clock = tracker.clock_due(rule, times);
            let by_life = tracker.state.phase.deadline(rule.life_of(&tracker.key));
            by_clock.into_iter().chain(by_life).min()
        });
        of_trackers.chain(state.next_release()).min()
    }

    /// Lets happen what fell due at `due`.
    pub(super) fn fire(&mut self, subject: Subject, state: &mut SubjectState, due: Timestamp) {
        for record in state.take_due(due) {
            self.take_record(state, record);
        }
        self.judge_gathered(subject, state, due);
        let mut keys: Vec<TrackerKey> = state.trackers.iter().map(|t| t.key.clone()).collect();
        keys.sort_unstable();
        for key in keys {
            let Some(rule) = self.rules.get(&key.rule_id).cloned() else {
                continue;
            };
            let times = Self::times_of(&self.subjects, subject, &key);
            let Some(tracker) = state
                .find(&key)
                .and_then(|place| state.trackers.get_mut(place))
            else {
                continue;
            };
            let make_id = |at: Timestamp| derive_id(subject, &key, "", at);
            let base = rule.definition.severity;
            let steps = tracker
                .state
                .phase
                .pass_time(rule.life_of(&key), base, due, &make_id);
            if tracker.clock_due(&rule, times).is_some_and(|at| at <= due) {
                self.run_out(subject, state, &rule, &key, due);
            } else if let Some(tracker) = state
                .find(&key)
                .and_then(|place| state.trackers.get_mut(place))
            {
                tracker.is_dirty |= !steps.is_empty();
            }
            let seen = state
                .find(&key)
                .and_then(|place| state.trackers.get(place))
                .map(|tracker| (*tracker.state.last).clone())
                .unwrap_or_default();
            self.tell_steps(subject, state, &rule, &key, due, steps, &seen);
        }
    }

    /// A clock has run out: nothing came.
    fn run_out(
        &mut self,
        subject: Subject,
        state: &mut SubjectState,
        rule: &Rule,
        key: &TrackerKey,
        due: Timestamp,
    ) {
        let subjects = Arc::clone(&self.subjects);
        let exempt_until = match subject {
            Subject::Device(id) => subjects.find_device_exemption_end(id, due),
            Subject::Point(id) => subjects.points.get(&id).and_then(|point| {
                subjects
                    .find_exemption(id, point.site_id, None, due)
                    .map(|window| window.to)
            }),
            Subject::Platform => None,
        };
        let is_parked = match subject {
            Subject::Point(id) => subjects.points.get(&id).is_some_and(|point| {
                !point.device_ids.is_empty()
                    && point.device_ids.iter().all(|id| self.is_offline(*id))
            }),
            _ => false,
        };
        let Some(tracker) = state
            .find(key)
            .and_then(|place| state.trackers.get_mut(place))
        else {
            return;
        };
        let Memory::Clock { from, .. } = tracker.state.memory else {
            return;
        };
        tracker.is_dirty = true;
        if let Some(until) = exempt_until {
            tracker.state.memory = Memory::Clock {
                from: until,
                is_armed: true,
                is_parked: false,
            };
            return;
        }
        tracker.state.memory = Memory::Clock {
            from,
            is_armed: is_parked,
            is_parked,
        };
        if is_parked {
            // the device is offline: that alarm says it all
            return;
        }
        let reading = Reading {
            at: due,
            verdict: Verdict::Met,
            level: None,
            value: None,
            multiple: None,
            packet_id: None,
        };
        self.apply_reading(
            subject,
            state,
            rule,
            key.clone(),
            &reading,
            Circumstance::default(),
        );
    }

    /// A device came back: the clocks of its points that waited for it run again.
    pub(super) fn unpark(&mut self, point_id: i64, at: Timestamp) {
        let subject = Subject::Point(point_id);
        let Some(state) = self.states.get_mut(&subject) else {
            return;
        };
        let mut is_changed = false;
        for tracker in &mut state.trackers {
            if let Memory::Clock {
                from,
                is_parked: true,
                ..
            } = tracker.state.memory
            {
                tracker.state.memory = Memory::Clock {
                    from: from.max(at),
                    is_armed: true,
                    is_parked: false,
                };
                tracker.is_dirty = true;
                is_changed = true;
            }
        }
        if is_changed {
            self.reschedule(subject);
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers make key and circumstance for this one call"
    )]
    pub(super) fn apply_reading(
        &mut self,
        subject: Subject,
        state: &mut SubjectState,
        rule: &Rule,
        key: TrackerKey,
        reading: &Reading,
        seen: Circumstance,
    ) {
        // a condition that does not hold and never did needs no tracker
        if reading.verdict != Verdict::Met && state.find(&key).is_none() {
            return;
        }
        let place = state.place_of(key.clone());
        let Some(tracker) = state.trackers.get_mut(place) else {
            return;
        };
        let make_id = |at: Timestamp| derive_id(subject, &key, "", at);
        let life = rule.life_of(&key);
        let before = tracker.state.phase.clone();
        let steps = tracker
            .state
            .phase
            .apply(life, rule.definition.severity, reading, &make_id);
        tracker.is_dirty |= tracker.state.phase != before;
        if reading.verdict == Verdict::Met {
            if matches!(before, Phase::Quiet) {
                tracker.state.peak = seen.clone().into();
            } else if is_worse(&seen, &tracker.state.peak) {
                tracker.state.peak = seen.clone().into();
                tracker.is_dirty = true;
            }
            tracker.state.last = seen.clone().into();
        }
        self.tell_steps(subject, state, rule, &key, reading.at, steps, &seen);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all that an alarm's record is made of"
    )]
    fn tell_steps(
        &mut self,
        subject: Subject,
        state: &mut SubjectState,
        rule: &Rule,
        key: &TrackerKey,
        at: Timestamp,
        steps: Vec<Step>,
        seen: &Circumstance,
    ) {
        for step in steps {
            let seen = seen.clone();
            match step {
                Step::Opened { alarm, since } => {
                    let opening = self.opening(subject, rule, key, &alarm, since, seen);
                    let region = opening.region.clone();
                    let is_simulated = opening.is_simulated;
                    self.tell(at, Change::Opened(Box::new(opening)));
                    let peer = state.peer.clone();
                    self.join_storm(subject, rule, &alarm, at, peer, region, is_simulated);
                }
                Step::Reopened { id, severity } => {
                    self.tell(at, Change::Reopened { id, severity, seen });
                    let again = state
                        .find(key)
                        .and_then(|place| state.trackers.get(place))
                        .and_then(|tracker| tracker.state.phase.open_alarm().cloned());
                    if let Some(alarm) = again {
                        let opening =
                            self.opening(subject, rule, key, &alarm, at, Circumstance::default());
                        let (region, simulated) = (opening.region, opening.is_simulated);
                        let peer = state.peer.clone();
                        self.join_storm(subject, rule, &alarm, at, peer, region, simulated);
                    }
                }
                Step::Graded { id, from, to } => {
                    self.tell(at, Change::Graded { id, from, to, seen });
                }
                Step::Recovered { id } => {
                    let peak = state
                        .find(key)
                        .and_then(|place| state.trackers.get(place))
                        .map(|tracker| (*tracker.state.peak).clone())
                        .unwrap_or_default();
                    let closes = rule.definition.life.closes_itself;
                    self.tell(at, Change::Recovered { id, closes, peak });
                    self.end_member(id, at);
                }
            }
        }
    }

    /// An alarm is over; with its last member a group recovers and closes.
    pub(super) fn end_member(&mut self, id: Uuid, at: Timestamp) {
        if let Some(group_id) = self.storms.end(id) {
            let change = Change::Recovered {
                id: group_id,
                closes: true,
                peak: Circumstance::default(),
            };
            self.tell(at, change);
        }
    }

    fn tell(&mut self, at: Timestamp, change: Change) {
        self.changes.push(Transition { at, change });
    }
}

fn is_worse(seen: &Circumstance, peak: &Circumstance) -> bool {
    match (seen.multiple, peak.multiple) {
        (Some(seen), Some(peak)) => seen > peak,
        (None, None) => match (seen.value, peak.value) {
            (Some(seen), Some(peak)) => seen.abs() > peak.abs(),
            _ => false,
        },
        (seen, _) => seen.is_some(),
    }
}

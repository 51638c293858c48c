//! The alarm engine: a deterministic state machine without input, output or clock.
//!
//! It is told what was observed ([`Observation`]) and how late it is ([`Engine::tick`]), and says
//! what changed ([`Transition`]). The same observations give the same changes with the same
//! identifiers, whether they come live, again after a restart, or from history in a back-test:
//!
//! - Records of one point and kind wait for a moment (`settle_ms`) and are then taken in order of
//!   their time. What comes after a later record was taken, or long after its period ended, is
//!   history: its exceedances are counted, nobody is called.
//! - A record may come in parts. Limits and flags of each part are judged when it is taken; what
//!   can be said of the whole record only, such as that a factor is missing, is judged when every
//!   expected factor is there, or when they were waited for long enough (`gather_ms`).
//! - Whatever depends on the passing of time happens at the instant it fell due, in order, not
//!   when the clock was looked at.

mod by_kind;
mod changes;
mod evaluate;
mod gathering;
pub mod life;
mod machine;
mod observations;
mod remembered;
mod storms;
mod subjects;
mod trackers;
mod watch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use beijing_time::Timestamp;
use sm3::{Digest, Sm3};
use uuid::Uuid;

pub use changes::{
    Change, Circumstance, Exceedance, ExceedanceKey, LimitSeen, Opening, Side, Transition,
};
pub use evaluate::{evaluate_expression, find_exceedances};
pub use gathering::Gathering;
pub use observations::{
    DeviceObservation, FactorObservation, Observation, PlatformObservation, RecordObservation,
};
pub use remembered::Remembered;
pub use storms::Member;
pub use subjects::{DeviceFacts, ExemptWindow, LimitFacts, PointFacts, Subjects, Timetable};
pub use trackers::{Memory, TrackerKey, TrackerSnapshot, TrackerState, Watermark};

use crate::rules::{Condition, Life, RuleDefinition};
use crate::words::RecordKind;
use gathering::Gatherings;
use storms::Storms;
use trackers::SubjectState;

/// What a tracker follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A device.
    Device(i64),
    /// A monitoring point.
    Point(i64),
    /// The platform itself.
    Platform,
}

/// A rule in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its number.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// What it says.
    pub definition: RuleDefinition,
    /// The life with the delay that counts missing records.
    counted_life: Life,
    /// The life of what a clock decides: no further delay.
    timed_life: Life,
}

/// Times that are the same for all rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineSettings {
    /// How long a record waits for neighbours that come out of order.
    pub settle_ms: i64,
    /// How long the other parts of a record that lacks an expected factor are waited for before the
    /// factor counts as missing: longer than a device waits for the acknowledgement of one part
    /// before it sends it again (10 s over mobile networks, HJ 212-2017, 6.7).
    pub gather_ms: i64,
    /// How long after the end of its period a record of each kind is history: real-time, minute,
    /// hour, day.
    pub late_after_ms: [i64; 4],
    /// How far ahead of its arrival a record may be stamped before it is set aside.
    pub future_ms: i64,
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    settings: EngineSettings,
    rules: BTreeMap<i64, Arc<Rule>>,
    subjects: Arc<Subjects>,
    states: HashMap<Subject, SubjectState>,
    queue: BTreeSet<(Timestamp, Subject)>,
    storms: Storms,
    now: Timestamp,
    changes: Vec<Transition>,
    forgotten: Vec<TrackerSnapshot>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            settle_ms: 2_000,
            gather_ms: 15_000,
            late_after_ms: [600_000, 1_800_000, 10_800_000, 86_400_000],
            future_ms: 900_000,
        }
    }
}

impl EngineSettings {
    fn late_after(&self, kind: RecordKind) -> i64 {
        let [realtime, minute, hour, day] = self.late_after_ms;
        match kind {
            RecordKind::Realtime => realtime,
            RecordKind::Minute => minute,
            RecordKind::Hour => hour,
            RecordKind::Day => day,
        }
    }
}

impl Rule {
    /// A rule for the engine.
    pub fn new(id: i64, version: i64, definition: RuleDefinition) -> Self {
        let mut counted_life = definition.life.clone();
        if let Condition::Missing { count, .. } = definition.condition {
            counted_life.delay_count = counted_life.delay_count.max(count);
        }
        let mut timed_life = definition.life.clone();
        (timed_life.delay_count, timed_life.delay_s) = (1, None);
        Self {
            id,
            version,
            definition,
            counted_life,
            timed_life,
        }
    }

    fn life_of(&self, key: &TrackerKey) -> &Life {
        match &self.definition.condition {
            Condition::Missing { .. } if key.factor.is_some() => &self.counted_life,
            Condition::Missing { .. } | Condition::Offline { .. } => &self.timed_life,
            _ => &self.definition.life,
        }
    }
}

impl Subject {
    fn name(self) -> (&'static str, i64) {
        match self {
            Self::Point(id) => ("point", id),
            Self::Device(id) => ("device", id),
            Self::Platform => ("platform", 0),
        }
    }

    /// The word and the number it is kept by.
    pub fn encode(self) -> (&'static str, i64) {
        self.name()
    }

    /// The subject kept by a word and a number.
    pub fn parse(word: &str, id: i64) -> Option<Self> {
        match word {
            "point" => Some(Self::Point(id)),
            "device" => Some(Self::Device(id)),
            "platform" => Some(Self::Platform),
            _ => None,
        }
    }
}

/// A version 7 UUID that follows from what it names: its time is the alarm's, the rest a digest.
pub(crate) fn derive_id(subject: Subject, key: &TrackerKey, part: &str, at: Timestamp) -> Uuid {
    let mut hasher = Sm3::new();
    let (word, id) = subject.name();
    let kind = key.kind.map_or("", RecordKind::as_str);
    for text in [
        word,
        &id.to_string(),
        &key.rule_id.to_string(),
        key.factor.as_deref().unwrap_or(""),
        kind,
        key.detail.as_deref().unwrap_or(""),
        part,
    ] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(at.epoch_ms().to_be_bytes());
    let digest = hasher.finalize();
    let mut random = [0; 10];
    for (target, source) in random.iter_mut().zip(digest.iter()) {
        *target = *source;
    }
    let milliseconds = u64::try_from(at.epoch_ms()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}

impl Engine {
    /// An engine that knows nothing yet.
    pub fn new(settings: EngineSettings) -> Self {
        Self {
            settings,
            rules: BTreeMap::new(),
            subjects: Arc::default(),
            states: HashMap::new(),
            queue: BTreeSet::new(),
            storms: Storms::default(),
            now: Timestamp::from_epoch_ms(0),
            changes: Vec::new(),
            forgotten: Vec::new(),
        }
    }

    /// Puts back what an engine remembered; to be called before [`Self::set_world`].
    pub fn restore(
        &mut self,
        trackers: Vec<TrackerSnapshot>,
        watermarks: Vec<Watermark>,
        members: Vec<Member>,
    ) {
        for snapshot in trackers {
            let Some(tracker_state) = snapshot.state else {
                continue;
            };
            let state = self.states.entry(snapshot.subject).or_default();
            let place = state.place_of(snapshot.key);
            if let Some(tracker) = state.trackers.get_mut(place) {
                tracker.state = tracker_state;
            }
        }
        for mark in watermarks {
            let state = self
                .states
                .entry(Subject::Point(mark.point_id))
                .or_default();
            state.taken.insert(mark.kind, mark.taken_until);
            let gatherings = Gatherings::restore(mark.gatherings);
            state.gatherings.insert(mark.kind, gatherings);
        }
        for member in members {
            self.storms.restore(member);
        }
    }

    /// Lets no silence count before `until`: nobody listened while the platform stood still.
    pub fn postpone_clocks(&mut self, until: Timestamp) {
        let mut subjects: Vec<Subject> = self.states.keys().copied().collect();
        subjects.sort_unstable();
        for subject in subjects {
            let mut state = self.states.remove(&subject).unwrap_or_default();
            for tracker in &mut state.trackers {
                let Some(rule) = self.rules.get(&tracker.key.rule_id) else {
                    continue;
                };
                let times = Self::times_of(&self.subjects, subject, &tracker.key);
                tracker.postpone(rule, times, until);
            }
            self.put_back(subject, state);
        }
    }

    /// Takes in one observation.
    pub fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Record(record) => self.observe_record(record),
            Observation::Device(device) => self.observe_device(device),
            Observation::Platform(platform) => self.observe_platform(&platform),
        }
    }

    /// Lets time pass to `now`: everything that fell due by then happens, in order.
    pub fn tick(&mut self, now: Timestamp) {
        while let Some((due, subject)) = self.queue.first().copied() {
            if due > now {
                break;
            }
            self.queue.pop_first();
            self.now = self.now.max(due);
            let mut state = self.states.remove(&subject).unwrap_or_default();
            state.scheduled = None;
            self.fire(subject, &mut state, due);
            self.put_back(subject, state);
        }
        self.now = self.now.max(now);
    }

    /// Takes all waiting records at once and waits for no further parts, as at the end of a
    /// back-test.
    pub fn take_waiting(&mut self) {
        let mut subjects: Vec<Subject> = self.states.keys().copied().collect();
        subjects.sort_unstable();
        let end = Timestamp::from_epoch_ms(i64::MAX);
        for subject in subjects {
            let mut state = self.states.remove(&subject).unwrap_or_default();
            for record in state.take_due(end) {
                self.take_record(&mut state, record);
            }
            self.judge_gathered(subject, &mut state, end);
            self.put_back(subject, state);
        }
    }

    /// Takes note that a person closed an alarm.
    pub fn close(&mut self, id: Uuid, at: Timestamp) {
        if self.storms.close_group(id) {
            return;
        }
        let found = self.states.iter_mut().find_map(|(subject, state)| {
            state
                .trackers
                .iter_mut()
                .find_map(|tracker| {
                    tracker.state.phase.close(id, at).then(|| {
                        tracker.is_dirty = true;
                    })
                })
                .map(|()| *subject)
        });
        if let Some(subject) = found {
            self.end_member(id, at);
            self.reschedule(subject);
        }
    }

    /// What changed since this was last asked.
    pub fn take_changes(&mut self) -> Vec<Transition> {
        core::mem::take(&mut self.changes)
    }

    /// What is to be kept since this was last asked.
    pub fn take_snapshots(&mut self) -> (Vec<TrackerSnapshot>, Vec<Watermark>) {
        let mut trackers = core::mem::take(&mut self.forgotten);
        let mut watermarks = Vec::new();
        for (subject, state) in &mut self.states {
            for tracker in &mut state.trackers {
                if core::mem::take(&mut tracker.is_dirty) {
                    trackers.push(TrackerSnapshot {
                        subject: *subject,
                        key: tracker.key.clone(),
                        state: (!tracker.is_idle()).then(|| tracker.state.clone()),
                    });
                }
            }
            state.trackers.retain(|tracker| !tracker.is_idle());
            if let (true, Subject::Point(point_id)) =
                (core::mem::take(&mut state.dirty_taken), *subject)
            {
                watermarks.extend(state.watermarks(point_id));
            }
        }
        trackers.sort_by(|a, b| (a.subject, &a.key).cmp(&(b.subject, &b.key)));
        watermarks.sort_by_key(|mark| (mark.point_id, mark.kind));
        (trackers, watermarks)
    }

    /// Whether anything changed since [`Self::take_changes`].
    pub fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Puts back what was taken out and could not be kept.
    pub fn put_back_changes(
        &mut self,
        mut changes: Vec<Transition>,
        trackers: &[TrackerSnapshot],
        watermarks: &[Watermark],
    ) {
        changes.append(&mut self.changes);
        self.changes = changes;
        for snapshot in trackers {
            let state = self.states.entry(snapshot.subject).or_default();
            match state.find(&snapshot.key) {
                Some(place) => {
                    if let Some(tracker) = state.trackers.get_mut(place) {
                        tracker.is_dirty = true;
                    }
                }
                None => self.forgotten.push(TrackerSnapshot {
                    state: None,
                    ..snapshot.clone()
                }),
            }
        }
        for mark in watermarks {
            let subject = Subject::Point(mark.point_id);
            self.states.entry(subject).or_default().dirty_taken = true;
        }
    }

    /// Whether records wait to be taken.
    pub fn has_waiting(&self) -> bool {
        self.states.values().any(|state| !state.waiting.is_empty())
    }

    /// The engine's present.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether a device is offline by any rule.
    pub(crate) fn is_offline(&self, device_id: i64) -> bool {
        self.states
            .get(&Subject::Device(device_id))
            .is_some_and(|state| {
                state.trackers.iter().any(|tracker| {
                    tracker.state.phase.open_alarm().is_some()
                        && self.rules.get(&tracker.key.rule_id).is_some_and(|rule| {
                            matches!(rule.definition.condition, Condition::Offline { .. })
                        })
                })
            })
    }

    pub(crate) fn put_back(&mut self, subject: Subject, mut state: SubjectState) {
        let next = self.next_due(subject, &state);
        if state.scheduled != next {
            if let Some(old) = state.scheduled {
                self.queue.remove(&(old, subject));
            }
            if let Some(next) = next {
                self.queue.insert((next, subject));
            }
            state.scheduled = next;
        }
        self.states.insert(subject, state);
    }

    pub(crate) fn reschedule(&mut self, subject: Subject) {
        if let Some(state) = self.states.remove(&subject) {
            self.put_back(subject, state);
        }
    }
}

#[cfg(test)]
mod tests;

//! The life of one alarm: a state machine that a condition's readings and the passing of time move.
//!
//! It knows nothing of rules, limits or devices. A reading says whether the condition is met; the
//! machine decides when that opens, escalates, downgrades, recovers or re-opens an alarm.

use beijing_time::Timestamp;
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rules::{Life, Rearm};
use crate::words::Severity;

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Met,
    /// It does not hold, but has not cleared its hysteresis either.
    Between,
    /// It has cleared.
    Cleared,
}

/// What one observation says of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// When: the end of the observed period, or the instant a time ran out.
    pub at: Timestamp,
    /// Whether the condition holds.
    pub verdict: Verdict,
    /// The severity that the size of the exceedance calls for, if the rule grades by size.
    pub level: Option<Severity>,
    /// The value that was compared.
    pub value: Option<Decimal>,
    /// By how much it exceeds, as a multiple of the limit.
    pub multiple: Option<Decimal>,
    /// The packet that brought it.
    pub packet_id: Option<i64>,
}

/// Where the life of an alarm stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// Nothing is wrong.
    #[default]
    Quiet,
    /// The condition holds, but not yet for long enough.
    Pending {
        /// The first reading that met it.
        since: Timestamp,
        /// How many readings in a row met it.
        count: u32,
    },
    /// An alarm is open. Apart, for most trackers never have one.
    Open(Box<OpenAlarm>),
    /// The alarm recovered and re-opens, rather than a new one, until `until`.
    Recovered {
        /// The alarm as it was.
        alarm: Box<OpenAlarm>,
        /// Until when a recurrence re-opens it.
        until: Timestamp,
        /// The first reading that met the condition again.
        since: Option<Timestamp>,
        /// How many readings in a row met it again.
        count: u32,
    },
    /// A person closed the alarm while the condition lasted.
    Suppressed {
        /// The episode's trace.
        trace_id: Uuid,
        /// When it was closed.
        closed_at: Timestamp,
        /// Whether the last reading met the condition.
        is_met: bool,
        /// How many readings in a row cleared it.
        clear_count: u32,
        /// The first of them.
        clear_since: Option<Timestamp>,
    },
}

/// What is remembered of an open alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlarm {
    /// The alarm.
    pub id: Uuid,
    /// The episode's trace.
    pub trace_id: Uuid,
    /// When it opened.
    pub opened_at: Timestamp,
    /// Its present severity.
    pub severity: Severity,
    /// Until when the steps by time have been taken.
    pub graded_at: Timestamp,
    /// The severity by the size of the exceedance that is in force.
    pub level: Option<Severity>,
    /// How many readings in a row called for a lower level.
    pub lower_count: u32,
    /// How many readings in a row cleared the condition.
    pub clear_count: u32,
    /// The first of them.
    pub clear_since: Option<Timestamp>,
}

/// A change in an alarm's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A new alarm.
    Opened {
        /// The new alarm.
        alarm: OpenAlarm,
        /// The first reading of the run that opened it.
        since: Timestamp,
    },
    /// A recovered alarm opened again.
    Reopened {
        /// The alarm.
        id: Uuid,
        /// Its severity.
        severity: Severity,
    },
    /// The severity changed.
    Graded {
        /// The alarm.
        id: Uuid,
        /// Before.
        from: Severity,
        /// Now.
        to: Severity,
    },
    /// The condition cleared.
    Recovered {
        /// The alarm.
        id: Uuid,
    },
}

/// A run of readings that met a condition: has it lasted long enough?
fn has_lasted(life: &Life, count: u32, since: Timestamp, at: Timestamp) -> bool {
    count >= life.delay_count
        || life
            .delay_s
            .is_some_and(|seconds| at.ms_since(since) >= i64::from(seconds) * 1000)
}

fn has_cleared(life: &Life, count: u32, since: Option<Timestamp>, at: Timestamp) -> bool {
    count >= life.recover_count
        && since.is_some_and(|since| at.ms_since(since) >= i64::from(life.recover_s) * 1000)
}

/// The severity that the time since opening calls for.
fn severity_by_time(life: &Life, base: Severity, open_for_ms: i64) -> Severity {
    life.steps
        .iter()
        .filter_map(|step| step.after_s.map(|after| (after, step.severity)))
        .filter(|(after, _)| i64::from(*after) * 1000 <= open_for_ms)
        .max_by_key(|(after, _)| *after)
        .map_or(base, |(_, severity)| severity)
}

impl OpenAlarm {
    fn new(
        id: Uuid,
        trace_id: Option<Uuid>,
        at: Timestamp,
        base: Severity,
        level: Option<Severity>,
    ) -> Self {
        Self {
            id,
            trace_id: trace_id.unwrap_or(id),
            opened_at: at,
            severity: level.map_or(base, |level| level.max(base)),
            graded_at: at,
            level,
            lower_count: 0,
            clear_count: 0,
            clear_since: None,
        }
    }

    fn grade(&mut self, life: &Life, base: Severity, at: Timestamp) -> Option<Step> {
        self.graded_at = self.graded_at.max(at);
        let by_time = severity_by_time(life, base, self.graded_at.ms_since(self.opened_at));
        let to = self.level.map_or(by_time, |level| level.max(by_time));
        let from = core::mem::replace(&mut self.severity, to);
        (from != to).then_some(Step::Graded {
            id: self.id,
            from,
            to,
        })
    }

    /// Takes the level of one more reading: up at once, down only after as many readings in a row
    /// as recovery needs.
    fn take_level(&mut self, life: &Life, level: Option<Severity>) {
        if level >= self.level {
            self.level = level;
            self.lower_count = 0;
        } else {
            self.lower_count += 1;
            if self.lower_count >= life.recover_count {
                self.level = level;
                self.lower_count = 0;
            }
        }
    }

    fn count_clear(&mut self, verdict: Verdict, at: Timestamp) {
        if verdict == Verdict::Cleared {
            self.clear_count += 1;
            self.clear_since.get_or_insert(at);
        } else {
            self.clear_count = 0;
            self.clear_since = None;
        }
    }
}

impl Phase {
    /// The open alarm, if there is one.
    pub fn open_alarm(&self) -> Option<&OpenAlarm> {
        match self {
            Self::Open(alarm) => Some(alarm),
            _ => None,
        }
    }

    /// When time alone will change something.
    pub fn deadline(&self, life: &Life) -> Option<Timestamp> {
        match self {
            Self::Open(alarm) => life
                .steps
                .iter()
                .filter_map(|step| step.after_s)
                .map(|after| alarm.opened_at.plus_ms(i64::from(after) * 1000))
                .filter(|due| *due > alarm.graded_at)
                .min(),
            Self::Recovered { until, .. } => Some(*until),
            Self::Suppressed { closed_at, .. } => match life.rearm {
                Rearm::AfterClear => None,
                Rearm::After { seconds } => Some(closed_at.plus_ms(i64::from(seconds) * 1000)),
            },
            Self::Quiet | Self::Pending { .. } => None,
        }
    }

    /// Moves by one reading. `make_id` gives the identifier of an alarm that opens at an instant.
    pub fn apply(
        &mut self,
        life: &Life,
        base: Severity,
        reading: &Reading,
        make_id: &dyn Fn(Timestamp) -> Uuid,
    ) -> Vec<Step> {
        let at = reading.at;
        let is_met = reading.verdict == Verdict::Met;
        match self {
            Self::Quiet | Self::Pending { .. } => self.wait(life, base, reading, make_id),
            Self::Open(alarm) => {
                alarm.count_clear(reading.verdict, at);
                if has_cleared(life, alarm.clear_count, alarm.clear_since, at) {
                    let id = alarm.id;
                    *self = if life.reopen_within_s == 0 {
                        Self::Quiet
                    } else {
                        Self::Recovered {
                            until: at.plus_ms(i64::from(life.reopen_within_s) * 1000),
                            alarm: alarm.clone(),
                            since: None,
                            count: 0,
                        }
                    };
                    return vec![Step::Recovered { id }];
                }
                alarm.take_level(life, if is_met { reading.level } else { None });
                alarm.grade(life, base, at).into_iter().collect()
            }
            Self::Recovered {
                alarm,
                since,
                count,
                ..
            } => {
                if !is_met {
                    (*since, *count) = (None, 0);
                    return Vec::new();
                }
                *count += 1;
                let first = *since.get_or_insert(at);
                if !has_lasted(life, *count, first, at) {
                    return Vec::new();
                }
                let mut alarm = alarm.clone();
                (alarm.clear_count, alarm.clear_since) = (0, None);
                (alarm.level, alarm.lower_count) = (reading.level, 0);
                // the grade is part of re-opening, no step of its own
                alarm.grade(life, base, at);
                let step = Step::Reopened {
                    id: alarm.id,
                    severity: alarm.severity,
                };
                *self = Self::Open(alarm);
                vec![step]
            }
            Self::Suppressed {
                is_met: holds,
                clear_count,
                clear_since,
                ..
            } => {
                *holds = is_met;
                if reading.verdict == Verdict::Cleared {
                    *clear_count += 1;
                    clear_since.get_or_insert(at);
                } else {
                    (*clear_count, *clear_since) = (0, None);
                }
                if has_cleared(life, *clear_count, *clear_since, at) {
                    *self = Self::Quiet;
                }
                Vec::new()
            }
        }
    }

    fn wait(
        &mut self,
        life: &Life,
        base: Severity,
        reading: &Reading,
        make_id: &dyn Fn(Timestamp) -> Uuid,
    ) -> Vec<Step> {
        let at = reading.at;
        if reading.verdict != Verdict::Met {
            *self = Self::Quiet;
            return Vec::new();
        }
        let (since, count) = match self {
            Self::Pending { since, count } => (*since, count.saturating_add(1)),
            _ => (at, 1),
        };
        if !has_lasted(life, count, since, at) {
            *self = Self::Pending { since, count };
            return Vec::new();
        }
        let alarm = OpenAlarm::new(make_id(at), None, at, base, reading.level);
        *self = Self::Open(Box::new(alarm.clone()));
        vec![Step::Opened { alarm, since }]
    }

    /// Moves by time alone to `now`, which has reached [`Self::deadline`].
    pub fn pass_time(
        &mut self,
        life: &Life,
        base: Severity,
        now: Timestamp,
        make_id: &dyn Fn(Timestamp) -> Uuid,
    ) -> Vec<Step> {
        if self.deadline(life).is_none_or(|due| due > now) {
            return Vec::new();
        }
        match self {
            Self::Open(alarm) => alarm.grade(life, base, now).into_iter().collect(),
            Self::Recovered { since, count, .. } => {
                *self = match *since {
                    Some(since) => Self::Pending {
                        since,
                        count: *count,
                    },
                    None => Self::Quiet,
                };
                Vec::new()
            }
            Self::Suppressed {
                trace_id, is_met, ..
            } => {
                if !*is_met {
                    *self = Self::Quiet;
                    return Vec::new();
                }
                let alarm = OpenAlarm::new(make_id(now), Some(*trace_id), now, base, None);
                *self = Self::Open(Box::new(alarm.clone()));
                vec![Step::Opened { alarm, since: now }]
            }
            Self::Quiet | Self::Pending { .. } => Vec::new(),
        }
    }

    /// Takes note that a person closed the alarm; says whether it was this one.
    pub fn close(&mut self, id: Uuid, at: Timestamp) -> bool {
        match self {
            Self::Open(alarm) if alarm.id == id => {
                *self = Self::Suppressed {
                    trace_id: alarm.trace_id,
                    closed_at: at,
                    is_met: true,
                    clear_count: 0,
                    clear_since: None,
                };
                true
            }
            Self::Recovered { alarm, .. } if alarm.id == id => {
                *self = Self::Quiet;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;

//! What the engine says has changed.

use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::words::{AlarmKind, RecordKind, Severity, Statistic};

/// One change at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// When it took effect: the end of the observed period, or the instant a time ran out.
    pub at: Timestamp,
    /// What.
    pub change: Change,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new alarm.
    Opened(Box<Opening>),
    /// A recovered alarm is open again.
    Reopened {
        /// The alarm.
        id: Uuid,
        /// Its severity.
        severity: Severity,
        /// What was seen.
        seen: Circumstance,
    },
    /// The severity changed.
    Graded {
        /// The alarm.
        id: Uuid,
        /// Before.
        from: Severity,
        /// Now.
        to: Severity,
        /// What was seen last.
        seen: Circumstance,
    },
    /// The condition cleared.
    Recovered {
        /// The alarm.
        id: Uuid,
        /// Whether the rule closes it with that.
        closes: bool,
        /// The worst that was seen.
        peak: Circumstance,
    },
    /// The rule or its subject is gone: the alarm is closed.
    Ended {
        /// The alarm.
        id: Uuid,
        /// Why.
        reason: &'static str,
    },
    /// The alarm belongs to a group of one cause.
    Grouped {
        /// The alarm.
        id: Uuid,
        /// The group's alarm.
        group_id: Uuid,
    },
    /// A value in late data exceeded its limit: recorded, counted, nobody is called. It counts
    /// only when the exceedance is a new one.
    Historical {
        /// The alarm of that day, new or already there.
        opening: Box<Opening>,
        /// The start of the period.
        time: Timestamp,
        /// The exceedance, which is told just before.
        key: ExceedanceKey,
    },
    /// A value exceeded its limit in force.
    Exceeded(Box<Exceedance>),
    /// A record, or a part of one, was seen again, perhaps corrected: exceedances of its factors that
    /// are not among `found` no longer stand.
    Rechecked {
        /// The point.
        point_id: i64,
        /// The kind.
        kind: RecordKind,
        /// The start of the period.
        time: Timestamp,
        /// The factors that were seen again; nothing is said of others.
        factors: Vec<Arc<str>>,
        /// What still stands.
        found: Vec<ExceedanceKey>,
    },
}

/// What a new alarm is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Its identifier, which follows from rule, subject and instant: the same data give the same.
    pub id: Uuid,
    /// The trace of the episode, from the first second to a penalty.
    pub trace_id: Uuid,
    /// The rule.
    pub rule_id: i64,
    /// The rule's version.
    pub rule_version: i64,
    /// What it is about.
    pub kind: AlarmKind,
    /// How bad.
    pub severity: Severity,
    /// The point, if it is about one.
    pub point_id: Option<i64>,
    /// The site, if it is about one.
    pub site_id: Option<i64>,
    /// The region, if it is about one.
    pub region: Option<String>,
    /// The device, if it is about one.
    pub device_id: Option<i64>,
    /// The factor, if it is about one.
    pub factor: Option<Arc<str>>,
    /// The kind of records, if it is about one.
    pub record_kind: Option<RecordKind>,
    /// The statistic and origin of the limit, the part of the platform, or the cause of a storm.
    pub detail: Option<Arc<str>>,
    /// The first reading of the run that opened it.
    pub since: Timestamp,
    /// Whether the data are simulated.
    pub is_simulated: bool,
    /// What was seen.
    pub seen: Circumstance,
}

/// The values, limit and packet of a reading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Circumstance {
    /// The value.
    pub value: Option<Decimal>,
    /// The flag it carried.
    pub flag: Option<char>,
    /// By how much it exceeds, as a multiple of the limit.
    pub multiple: Option<Decimal>,
    /// The packet.
    pub packet_id: Option<i64>,
    /// The limit.
    pub limit: Option<LimitSeen>,
}

/// The limit of a reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSeen {
    /// Its number.
    pub id: Option<i64>,
    /// The bound.
    pub bound: Decimal,
    /// Where it comes from: manual, standard, permit or the rule itself.
    pub origin: String,
    /// The clause or permit.
    pub basis: String,
}

/// Which side of a limit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Above the upper bound.
    Upper,
    /// Below the lower bound.
    Lower,
}

impl Side {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Lower => "lower",
        }
    }
}

/// What names an exceedance within its record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExceedanceKey {
    /// The factor.
    pub factor: Arc<str>,
    /// Which value.
    pub statistic: Statistic,
    /// Which side.
    pub side: Side,
    /// Where the limit comes from.
    pub origin: String,
}

/// A value beyond its limit in force, whatever became of alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceedance {
    /// The point.
    pub point_id: i64,
    /// The kind.
    pub kind: RecordKind,
    /// The start of the period.
    pub time: Timestamp,
    /// The rest of its name.
    pub key: ExceedanceKey,
    /// The value.
    pub value: Decimal,
    /// The bound.
    pub bound: Decimal,
    /// By how much it exceeds, as a multiple of the limit (4 decimals, half to even).
    pub multiple: Option<Decimal>,
    /// The limit.
    pub limit_id: i64,
    /// The clause or permit.
    pub basis: String,
    /// The packet.
    pub packet_id: Option<i64>,
    /// Whether it was found in late data.
    pub is_late: bool,
    /// Whether a planned stop covers it.
    pub is_exempt: bool,
}

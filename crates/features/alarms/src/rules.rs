//! Alarm rules as data: what to look for, where, how it opens, grows, recovers and comes back.
//!
//! A rule is never edited: a change is a new version with a period of validity of its own.

use std::collections::BTreeSet;

use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::words::{AlarmKind, PlatformMeasure, RecordKind, Severity, Statistic, StormCause};

mod check;
mod shipped;

pub use check::RuleProblem;
pub use shipped::{ShippedRule, shipped_rules};

/// What a rule says, apart from its number, version and validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDefinition {
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// The severity an alarm opens with.
    pub severity: Severity,
    /// Where the rule holds.
    #[serde(default)]
    pub scope: RuleScope,
    /// What it looks for.
    pub condition: Condition,
    /// How an alarm of it lives.
    #[serde(default)]
    pub life: Life,
    /// How many of one cause become one alarm.
    #[serde(default)]
    pub storm: Option<Storm>,
}

/// Where a rule holds; an empty set means everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleScope {
    /// Media, such as `waste_gas`.
    pub media: BTreeSet<String>,
    /// Region codes; each covers what lies below it.
    pub regions: BTreeSet<String>,
    /// Monitoring points.
    pub points: BTreeSet<i64>,
    /// Factor codes.
    pub factors: BTreeSet<String>,
}

/// What a rule looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// A value above its limit in force.
    OverUpper(LimitCondition),
    /// A value below its limit in force.
    BelowLower(LimitCondition),
    /// Several comparisons joined by and/or within one record.
    Combined {
        /// The kind of record.
        kind: RecordKind,
        /// What must hold.
        when: Expression,
    },
    /// A factor carries one of these flags that tell of a fault.
    Fault(FlagCondition),
    /// A point carries one of these flags that tell of maintenance, calibration or a stop.
    Maintenance(FlagCondition),
    /// A device has sent nothing for so long.
    Offline {
        /// Seconds of silence.
        after_s: u32,
    },
    /// Records, or single factors in them, do not come as the point's timetable has it.
    Missing {
        /// The kind of record.
        kind: RecordKind,
        /// How many in a row must be missing.
        count: u32,
        /// How long after the end of its period a record may come.
        grace_s: u32,
    },
    /// A value does not move.
    Stuck {
        /// The kind of record.
        kind: RecordKind,
        /// Which value.
        statistic: Statistic,
        /// How many in a row must be alike.
        count: u32,
        /// How far the largest and the smallest of them may lie apart.
        tolerance: Decimal,
        /// Whether a value of zero counts.
        ignores_zero: bool,
        /// Records in which one of these factors is zero or absent do not count (no flow, nothing
        /// to measure).
        idle_factors: BTreeSet<String>,
        /// Factors that never count, for they are constant by nature.
        except_factors: BTreeSet<String>,
    },
    /// A device's clock is off.
    ClockSkew {
        /// By more than so many seconds.
        more_than_s: u32,
    },
    /// The platform's own state.
    Platform {
        /// What is watched.
        measure: PlatformMeasure,
        /// The alarm is raised above this.
        above: Option<Decimal>,
        /// The alarm is raised below this.
        below: Option<Decimal>,
    },
}

/// A comparison with the limits in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitCondition {
    /// The kinds of records looked at.
    pub kinds: BTreeSet<RecordKind>,
    /// The part of the limit a value must come back by before the alarm recovers: `"0.05"` means
    /// below 95 % of an upper limit.
    #[serde(default)]
    pub hysteresis: Decimal,
    /// Values with any other flag than normal are not looked at: a calibration does not exceed.
    #[serde(default = "yes")]
    pub normal_flags_only: bool,
}

/// Flags that are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagCondition {
    /// The kinds of records looked at.
    pub kinds: BTreeSet<RecordKind>,
    /// The flags, such as `D` or `B`.
    pub flags: BTreeSet<String>,
}

/// And/or over comparisons within one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expression {
    /// All must hold.
    All {
        /// The parts.
        of: Vec<Expression>,
    },
    /// At least one must hold.
    Any {
        /// The parts.
        of: Vec<Expression>,
    },
    /// A value is above a number.
    Above {
        /// The factor.
        factor: String,
        /// Which value.
        statistic: Statistic,
        /// The number.
        than: Decimal,
    },
    /// A value is below a number.
    Below {
        /// The factor.
        factor: String,
        /// Which value.
        statistic: Statistic,
        /// The number.
        than: Decimal,
    },
    /// A factor carries one of these flags.
    Flagged {
        /// The factor.
        factor: String,
        /// The flags.
        flags: BTreeSet<String>,
    },
}

/// How an alarm opens, grows, recovers and comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Life {
    /// It opens when so many readings in a row meet the condition…
    pub delay_count: u32,
    /// …or when the condition has held for so many seconds.
    pub delay_s: Option<u32>,
    /// It recovers when so many readings in a row have cleared…
    pub recover_count: u32,
    /// …and that for at least so many seconds.
    pub recover_s: u32,
    /// How the severity changes by time and by size.
    pub steps: Vec<SeverityStep>,
    /// Whether it closes by itself when it recovers.
    pub closes_itself: bool,
    /// A recurrence within so many seconds after recovery re-opens the same alarm.
    pub reopen_within_s: u32,
    /// When a condition that lasts after a manual close is raised again.
    pub rearm: Rearm,
}

/// One step of the severity; exactly one of `after_s` and `multiple` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityStep {
    /// Seconds since the alarm opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_s: Option<u32>,
    /// The exceedance as a multiple of the limit, 超标倍数: `"1"` is twice the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple: Option<Decimal>,
    /// The severity from then on. A later step by time may be lower.
    pub severity: Severity,
}

/// When a condition that lasts after a manual close is raised again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rearm {
    /// Once it has cleared.
    AfterClear,
    /// Once it has cleared, or after so many seconds.
    After {
        /// Seconds after the close.
        seconds: u32,
    },
}

/// Many alarms of one cause become one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storm {
    /// What they must have in common.
    pub cause: StormCause,
    /// Within so many seconds.
    pub window_s: u32,
    /// At least so many.
    pub least: u32,
}

fn yes() -> bool {
    true
}

impl Default for Life {
    fn default() -> Self {
        Self {
            delay_count: 1,
            delay_s: None,
            recover_count: 1,
            recover_s: 0,
            steps: Vec::new(),
            closes_itself: false,
            reopen_within_s: 0,
            rearm: Rearm::AfterClear,
        }
    }
}

impl Condition {
    /// The kind of alarm it raises.
    pub fn alarm_kind(&self) -> AlarmKind {
        match self {
            Self::OverUpper(_) => AlarmKind::OverUpper,
            Self::BelowLower(_) => AlarmKind::BelowLower,
            Self::Combined { .. } => AlarmKind::Combined,
            Self::Fault(_) => AlarmKind::Fault,
            Self::Maintenance(_) => AlarmKind::Maintenance,
            Self::Offline { .. } => AlarmKind::Offline,
            Self::Missing { .. } => AlarmKind::Missing,
            Self::Stuck { .. } => AlarmKind::Stuck,
            Self::ClockSkew { .. } => AlarmKind::ClockSkew,
            Self::Platform { .. } => AlarmKind::Platform,
        }
    }

    /// Whether records of a kind are looked at.
    pub fn looks_at(&self, kind: RecordKind) -> bool {
        match self {
            Self::OverUpper(limits) | Self::BelowLower(limits) => limits.kinds.contains(&kind),
            Self::Fault(flags) | Self::Maintenance(flags) => flags.kinds.contains(&kind),
            Self::Combined { kind: own, .. }
            | Self::Missing { kind: own, .. }
            | Self::Stuck { kind: own, .. } => *own == kind,
            Self::Offline { .. } | Self::ClockSkew { .. } | Self::Platform { .. } => false,
        }
    }
}

impl RuleScope {
    /// Whether a point lies within.
    pub fn covers_point(&self, point_id: i64, medium: &str, region: &str) -> bool {
        (self.media.is_empty() || self.media.contains(medium))
            && (self.points.is_empty() || self.points.contains(&point_id))
            && (self.regions.is_empty()
                || self.regions.iter().any(|root| {
                    root.parse::<access::RegionCode>()
                        .is_ok_and(|root| region.starts_with(root.prefix()))
                }))
    }

    /// Whether a factor lies within.
    pub fn covers_factor(&self, factor: &str) -> bool {
        self.factors.is_empty() || self.factors.contains(factor)
    }
}

impl RuleDefinition {
    /// Reads a definition from JSON text and checks it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_json(text: &str) -> Result<Self, Vec<RuleProblem>> {
        let definition: Self = serde_json::from_str(text)
            .map_err(|error| vec![RuleProblem::new("", "unreadable", error.to_string())])?;
        definition.check()?;
        Ok(definition)
    }

    /// The definition as JSON text, as kept in the database.
    ///
    /// # Panics
    /// Never: a rule has only text keys.
    pub fn encode_json(&self) -> String {
        serde_json::to_string(self).expect("a rule has only text keys")
    }

    /// The severity that the size of an exceedance calls for: `value` against `limit`, compared
    /// exactly.
    pub fn level_of(&self, excess: Decimal, limit: Decimal) -> Option<Severity> {
        self.life
            .steps
            .iter()
            .filter_map(|step| step.multiple.map(|multiple| (multiple, step.severity)))
            .filter(|(multiple, _)| {
                limit
                    .abs()
                    .checked_multiply(*multiple)
                    .is_ok_and(|least| excess >= least)
            })
            .map(|(_, severity)| severity)
            .max()
    }
}

//! Alarms, their timelines, exceedances, exemptions, rules in their versions, and the duty desk.

use access::RegionCode;
use beijing_time::Timestamp;
use uuid::Uuid;

use crate::rules::RuleDefinition;
use crate::words::{AlarmEventKind, AlarmKind, AlarmState, RecordKind, Severity};

/// An alarm as kept. Decimals are exact text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its identifier.
    pub id: Uuid,
    /// The trace of the episode.
    pub trace_id: Uuid,
    /// The rule.
    pub rule_id: i64,
    /// The rule's version when it opened.
    pub rule_version: i64,
    /// The rule's names, Chinese and English.
    pub rule_name: (String, String),
    /// What it is about.
    pub kind: AlarmKind,
    /// How bad.
    pub severity: Severity,
    /// Where it stands.
    pub state: AlarmState,
    /// Where it is.
    pub place: AlarmPlace,
    /// The factor; empty when it is not about one.
    pub factor_code: String,
    /// The kind of records, if it is about one.
    pub record_kind: Option<RecordKind>,
    /// Statistic and origin of the limit, the part of the platform, or the cause of a group.
    pub detail: String,
    /// The first reading of the run that opened it.
    pub since: Timestamp,
    /// When it opened.
    pub opened_at: Timestamp,
    /// When its condition cleared.
    pub recovered_at: Option<Timestamp>,
    /// Who took note of it.
    pub acknowledged: Option<Noted>,
    /// Who closed it and why.
    pub closed: Option<Noted>,
    /// The value that opened it.
    pub value: Option<String>,
    /// The flag it carried.
    pub flag: Option<String>,
    /// By how much it exceeded, as a multiple of the limit.
    pub multiple: Option<String>,
    /// The packet that opened it.
    pub packet_id: Option<i64>,
    /// The worst value, known once it recovered or its severity changed.
    pub peak_value: Option<String>,
    /// The worst multiple.
    pub peak_multiple: Option<String>,
    /// The packet of the worst value.
    pub peak_packet_id: Option<i64>,
    /// The limit, if there was one.
    pub limit: Option<AlarmLimit>,
    /// The group it belongs to.
    pub group_id: Option<Uuid>,
    /// How many belong to it, when it is a group.
    pub member_count: i64,
    /// How many late exceedances it counts, when it is historical.
    pub late_count: i64,
    /// Whether its data are simulated.
    pub is_simulated: bool,
}

/// Where an alarm is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmPlace {
    /// The region.
    pub region_code: Option<String>,
    /// The site.
    pub site_id: Option<i64>,
    /// The site's names, Chinese and English.
    pub site_name: Option<(String, String)>,
    /// The point.
    pub point_id: Option<i64>,
    /// The point's names, Chinese and English.
    pub point_name: Option<(String, String)>,
    /// The device.
    pub device_id: Option<i64>,
    /// The device's MN.
    pub device_mn: Option<String>,
}

/// The limit an alarm stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmLimit {
    /// Its number; none for a bound that the rule itself sets.
    pub id: Option<i64>,
    /// The bound.
    pub value: String,
    /// `manual`, `standard`, `permit` or `rule`.
    pub origin: String,
    /// The clause or permit.
    pub basis: String,
}

/// A person's or the platform's note at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What was said.
    pub text: String,
}

/// One event of an alarm's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmEvent {
    /// When it took effect.
    pub at: Timestamp,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// What.
    pub kind: AlarmEventKind,
    /// Who.
    pub actor: String,
    /// A note or reason.
    pub note: String,
    /// The severity from then on.
    pub severity: Severity,
    /// The value seen.
    pub value: Option<String>,
    /// The multiple seen.
    pub multiple: Option<String>,
    /// The packet.
    pub packet_id: Option<i64>,
}

/// What a list of alarms is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct AlarmFilter {
    /// States; empty for all.
    pub states: Vec<AlarmState>,
    /// Severities; empty for all.
    pub severities: Vec<Severity>,
    /// Kinds; empty for all.
    pub kinds: Vec<AlarmKind>,
    /// One point.
    pub point_id: Option<i64>,
    /// One region and below.
    pub region: Option<RegionCode>,
    /// Opened at or after.
    pub from: Option<Timestamp>,
    /// Opened before.
    pub to: Option<Timestamp>,
    /// The members of one group.
    pub group_id: Option<Uuid>,
    /// Go on after this alarm (newest first).
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: u32,
}

/// A change of an alarm, for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmChange {
    /// The alarm.
    pub alarm_id: Uuid,
    /// What happened.
    pub event: AlarmEventKind,
    /// When.
    pub at: Timestamp,
    /// Its severity now.
    pub severity: Severity,
    /// What it is about; not known for later events of an alarm.
    pub kind: Option<AlarmKind>,
    /// The point.
    pub point_id: Option<i64>,
    /// The site.
    pub site_id: Option<i64>,
    /// The region.
    pub region_code: Option<String>,
    /// The factor; empty when it is not about one.
    pub factor_code: String,
    /// Whether nobody is called: late data, members of a group, mere information, recoveries.
    pub is_silent: bool,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVersion {
    /// The rule.
    pub rule_id: i64,
    /// The version.
    pub version: i64,
    /// The key of a shipped rule; empty for rules made here.
    pub key: String,
    /// What it says.
    pub definition: RuleDefinition,
    /// Whether it is switched on.
    pub is_enabled: bool,
    /// From when.
    pub valid_from: Timestamp,
    /// Until when.
    pub valid_to: Option<Timestamp>,
    /// Who made it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A planned stop during which nothing is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Its identifier.
    pub id: Uuid,
    /// The site.
    pub site_id: i64,
    /// One point, or all.
    pub point_id: Option<i64>,
    /// One factor; empty for all.
    pub factor_code: String,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Why.
    pub reason: String,
    /// Who.
    pub author: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When and by whom it was taken back.
    pub revoked: Option<(Timestamp, String)>,
}

/// A new planned stop; the identifier is the creator's, so that a retry is no second one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExemption {
    /// Its identifier.
    pub id: Uuid,
    /// The site.
    pub site_id: i64,
    /// One point, or all.
    pub point_id: Option<i64>,
    /// One factor; empty for all.
    pub factor_code: String,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Why.
    pub reason: String,
}

/// An exceedance as listed and reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceedanceRow {
    /// The site's Chinese name.
    pub site_name_zh: String,
    /// The site's region.
    pub region_code: String,
    /// The point.
    pub point_id: i64,
    /// The point's Chinese name.
    pub point_name_zh: String,
    /// The factor.
    pub factor_code: String,
    /// The kind.
    pub kind: RecordKind,
    /// The statistic.
    pub statistic: String,
    /// `upper` or `lower`.
    pub side: String,
    /// The start of the period.
    pub time: Timestamp,
    /// The value.
    pub value: String,
    /// The bound.
    pub limit_value: String,
    /// Where the limit comes from.
    pub limit_origin: String,
    /// The clause or permit.
    pub limit_basis: String,
    /// By how much, as a multiple of the limit.
    pub multiple: Option<String>,
    /// The packet.
    pub packet_id: Option<i64>,
    /// Found in late data.
    pub is_late: bool,
    /// During a planned stop.
    pub is_exempt: bool,
    /// Simulated.
    pub is_simulated: bool,
}

/// What a list of exceedances is narrowed to.
#[derive(Debug, Clone)]
pub struct ExceedanceFilter {
    /// From.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
    /// One kind of records, or all.
    pub kind: Option<RecordKind>,
    /// One point.
    pub point_id: Option<i64>,
    /// One region and below.
    pub region: Option<RegionCode>,
    /// Go on after this one.
    pub after: Option<ExceedancePlace>,
    /// At most so many.
    pub limit: u32,
}

/// The place of an exceedance in its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceedancePlace {
    /// The start of its period.
    pub time: Timestamp,
    /// The point.
    pub point_id: i64,
    /// Factor, statistic, side, origin of the limit and kind of record.
    pub words: [String; 5],
}

impl ExceedancePlace {
    /// The place of a row.
    pub fn of(row: &ExceedanceRow) -> Self {
        Self {
            time: row.time,
            point_id: row.point_id,
            words: [
                row.factor_code.clone(),
                row.statistic.clone(),
                row.side.clone(),
                row.limit_origin.clone(),
                row.kind.as_str().to_owned(),
            ],
        }
    }

    /// The place that its text names.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('~');
        let mut next = || parts.next().map(str::to_owned);
        let place = Self {
            time: Timestamp::from_epoch_ms(next()?.parse().ok()?),
            point_id: next()?.parse().ok()?,
            words: [next()?, next()?, next()?, next()?, next()?],
        };
        parts.next().is_none().then_some(place)
    }
}

impl core::fmt::Display for ExceedancePlace {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (time, words) = (self.time.epoch_ms(), self.words.join("~"));
        write!(formatter, "{time}~{}~{words}", self.point_id)
    }
}

/// A turn at the duty desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Its identifier.
    pub id: Uuid,
    /// Who is on duty.
    pub officer: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Until when; none for the present one.
    pub ended_at: Option<Timestamp>,
    /// To whom it was handed over.
    pub handed_to: Option<String>,
    /// What was said at it.
    pub hand_over_text: Option<String>,
    /// Which open alarms were handed over.
    pub carried: Vec<Uuid>,
}

/// One entry of the shift log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftEntry {
    /// Its identifier.
    pub id: Uuid,
    /// The shift.
    pub shift_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub author: String,
    /// What.
    pub text: String,
    /// The alarm it is about.
    pub alarm_id: Option<Uuid>,
}

//! Operation rate (设备运转率), networking rate (联网率) and transmission-effectiveness rate
//! (传输有效率) of points, enterprises and counties. Each day of a point is computed from its hours
//! when something of it changes and only then, over restarts too, and each figure keeps what it was
//! divided from.

mod compute;
mod follow;
mod groups;

use std::collections::BTreeSet;

use access::{Actor, Permission};
use beijing_time::{Clock, DAY_MS, StatDay, Timestamp};
use database::{Database, Transaction};
use exact_decimal::{Fraction, Rounding};
use sites::{DeviceDirectory, DirectoryPoint, PointId};

pub use follow::follow_directory_and_time;
pub use groups::{RateFilter, RateGroup, RateLevel, RatePeriod, RateSubject, compute_rates};

use crate::records::{find_point, interval_of, merge_rows};
use crate::retention::Removals;
use crate::store::{layers, rates as store, statistics};
use crate::versions::{Wanted, load_versions};
use crate::{MonitoringError, PacketId, RecordKind, RecordsRequest};
use compute::Known;

/// What a rate is and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateBasis {
    /// `operation`, `networking`, `transmission`, `effective` or `transmission_effectiveness`.
    pub rate: &'static str,
    /// How it is computed, in Chinese.
    pub formula_zh: &'static str,
    /// How it is computed, in English.
    pub formula_en: &'static str,
    /// The document.
    pub reference: &'static str,
    /// Whether the definition is from memory and to be compared with the document.
    pub is_from_memory: bool,
}

/// The definitions in use. None was read in the document itself.
pub const RATE_BASES: [RateBasis; 5] = [
    RateBasis {
        rate: "operation",
        formula_zh: "运转小时数 ÷ 应运行小时数；至少一个应测因子未标记为故障（D）或通讯故障（B）的小时计为运转",
        formula_en: "running hours ÷ due hours; an hour runs when at least one expected factor is flagged neither D nor B",
        reference: "HJ 75-2017（设备运转率）",
        is_from_memory: true,
    },
    RateBasis {
        rate: "networking",
        formula_zh: "联网小时数 ÷ 应联网小时数；平台存有该小时小时数据或分钟数据的计为联网",
        formula_en: "networked hours ÷ due hours; an hour is networked when hour or minute data of it are held",
        reference: "主要污染物总量减排监测考核（联网率）",
        is_from_memory: true,
    },
    RateBasis {
        rate: "transmission",
        formula_zh: "实收小时数据个数 ÷ 应收小时数据个数",
        formula_en: "hour values received ÷ hour values due",
        reference: "污染物排放自动监测设备标记规则（2022年第21号公告）",
        is_from_memory: true,
    },
    RateBasis {
        rate: "effective",
        formula_zh: "有效小时数据个数 ÷ 实收小时数据个数",
        formula_en: "valid hour values ÷ hour values received",
        reference: "污染物排放自动监测设备标记规则（2022年第21号公告）",
        is_from_memory: true,
    },
    RateBasis {
        rate: "transmission_effectiveness",
        formula_zh: "传输率 × 有效率",
        formula_en: "transmission rate × effective rate",
        reference: "污染物排放自动监测设备标记规则（2022年第21号公告）",
        is_from_memory: true,
    },
];

/// What rates are divided from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateCounts {
    /// Hours for which data are due.
    pub due_hours: i64,
    /// Hours that are exempt: a planned stop, or the source stood still (flag F).
    pub exempt_hours: i64,
    /// Due hours of which hour or minute data are held.
    pub networked_hours: i64,
    /// Due hours in which the equipment ran.
    pub running_hours: i64,
    /// Hour values that are due.
    pub due_values: i64,
    /// Hour values that are exempt.
    pub exempt_values: i64,
    /// Due hour values that came.
    pub received_values: i64,
    /// Those that count.
    pub valid_values: i64,
}

impl RateCounts {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.due_hours += other.due_hours;
        self.exempt_hours += other.exempt_hours;
        self.networked_hours += other.networked_hours;
        self.running_hours += other.running_hours;
        self.due_values += other.due_values;
        self.exempt_values += other.exempt_values;
        self.received_values += other.received_values;
        self.valid_values += other.valid_values;
    }

    /// Operation rate in percent, two places, half to even; nothing when nothing was due.
    pub fn operation(&self) -> Option<String> {
        percent(&[(self.running_hours, self.due_hours)])
    }

    /// Networking rate in percent.
    pub fn networking(&self) -> Option<String> {
        percent(&[(self.networked_hours, self.due_hours)])
    }

    /// Transmission rate in percent.
    pub fn transmission(&self) -> Option<String> {
        percent(&[(self.received_values, self.due_values)])
    }

    /// Effective rate in percent.
    pub fn effective(&self) -> Option<String> {
        percent(&[(self.valid_values, self.received_values)])
    }

    /// Transmission-effectiveness rate in percent: the exact product, rounded once. Where nothing
    /// came of what was due it is nought.
    pub fn transmission_effectiveness(&self) -> Option<String> {
        if self.received_values == 0 {
            return percent(&[(0, self.due_values)]);
        }
        percent(&[
            (self.received_values, self.due_values),
            (self.valid_values, self.received_values),
        ])
    }
}

/// The product of shares in percent, rounded once to two places, half to even (GB/T 8170-2008).
fn percent(shares: &[(i64, i64)]) -> Option<String> {
    let mut product = Fraction::new(100, 1).ok()?;
    for (part, whole) in shares {
        let share = Fraction::new(i128::from(*part), i128::from(*whole)).ok()?;
        product = product.checked_multiply(share).ok()?;
    }
    let rounded = product.rounded(Rounding::HalfEven { places: 2 }).ok()?;
    Some(rounded.with_at_least_places(2).to_string())
}

/// A computed day of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateDay {
    /// The Beijing day's number.
    pub day: i64,
    /// The point.
    pub point_id: i64,
    /// What was counted.
    pub counts: RateCounts,
}

/// A planned stop: within it nothing is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStop {
    /// The site.
    pub site_id: i64,
    /// One point, or all.
    pub point_id: Option<i64>,
    /// One factor; empty for all.
    pub factor_code: String,
    /// From when.
    pub from: Timestamp,
    /// Until when, or until it was taken back.
    pub to: Timestamp,
}

/// Why nothing is due in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotDue {
    /// The hour or the time its data may take is not over.
    NotYet,
    /// The point is switched off.
    Disabled,
    /// No device served the point.
    NoDevice,
    /// A planned stop covers the hour: exempt.
    PlannedStop,
    /// All values say that the source stood still (flag F): exempt.
    Stopped,
}

impl NotDue {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::Disabled => "disabled",
            Self::NoDevice => "no_device",
            Self::PlannedStop => "planned_stop",
            Self::Stopped => "stopped",
        }
    }
}

/// What an hour value counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueState {
    /// It did not come.
    Missing,
    /// It came and counts.
    Valid,
    /// It came and does not count: its flag, no number, or a review.
    Invalid,
    /// It came with the flag of a fault (D) or of a broken link (B).
    Faulty,
    /// It is not due: a planned stop, or the source stood still (F).
    Exempt,
}

impl ValueState {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Faulty => "faulty",
            Self::Exempt => "exempt",
        }
    }
}

/// An hour value as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourValue {
    /// The factor.
    pub factor_code: String,
    /// The data flag.
    pub flag: Option<Box<str>>,
    /// The packet it came in.
    pub packet_id: Option<PacketId>,
    /// What it counts as.
    pub state: ValueState,
}

/// An hour as it counts: the inputs of a day's rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateHour {
    /// Its start.
    pub time: Timestamp,
    /// Why nothing is due, if so.
    pub not_due: Option<NotDue>,
    /// Whether hour or minute data of it are held.
    pub is_networked: bool,
    /// Whether the equipment ran.
    pub is_running: bool,
    /// Its expected values.
    pub values: Vec<HourValue>,
}

/// Loads the hours that a day's rates of a point are made of. Of a day whose hours were removed by
/// retention there are none, and the counts are those that were computed from them.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`].
pub async fn load_rate_inputs(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    (point_id, day): (i64, StatDay),
    stops: &[PlannedStop],
) -> Result<(RateCounts, Vec<RateHour>), MonitoringError> {
    let point = find_point(directory, actor, Permission::ReadData, point_id)?;
    if Removals::load(database)
        .await?
        .has(RecordKind::Hour, day.start())
    {
        let days = (day.number(), day.number());
        let kept = store::list_days(database, Some(point_id), days).await?;
        let counts = kept
            .first()
            .map_or_else(RateCounts::default, |day| day.counts);
        return Ok((counts, Vec::new()));
    }
    let hours = load_hours(database, directory, (point, day), stops, clock.now()).await?;
    Ok((compute::count(&hours), hours))
}

async fn load_hours(
    database: &Database,
    directory: &DeviceDirectory,
    (point, day): (&DirectoryPoint, StatDay),
    stops: &[PlannedStop],
    now: Timestamp,
) -> Result<Vec<RateHour>, MonitoringError> {
    let (from, to) = (day.start(), day.end());
    let wanted = Wanted::new(RecordKind::Hour, from, to);
    let rows = load_versions(database, point.id.0, &wanted).await?;
    let request = RecordsRequest::new(point.id.0, RecordKind::Hour, from, to);
    let minutes = statistics::list_derived(database, &request).await?;
    let marks = layers::list_marks(database, point.id.0, from, to).await?;
    let reviews = layers::list_reviews(database, Some(point.id.0), from, to).await?;
    let known = Known {
        directory,
        point,
        stops,
        marks: &marks,
        reviews: &reviews,
        hours: merge_rows(RecordKind::Hour, interval_of(point), rows),
        minutes: minutes
            .into_iter()
            .map(|(time_ms, _)| Timestamp::from_epoch_ms(time_ms))
            .collect(),
        now,
    };
    Ok(known.compute_hours(day))
}

/// The first day that waits to be computed among the next so many.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn find_first_dirty(
    database: &Database,
    most: u32,
) -> Result<Option<StatDay>, MonitoringError> {
    let dirty = store::list_dirty(database, most).await?;
    Ok(dirty
        .iter()
        .map(|dirty| StatDay::from_number(dirty.day))
        .min())
}

/// Computes days that wait for it, at most so many, the latest first; returns how many. Only one
/// may run at a time.
///
/// # Errors
/// [`MonitoringError::Database`]; what waited then still waits.
pub async fn compute_dirty_days(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    stops: &[PlannedStop],
    most: u32,
) -> Result<usize, MonitoringError> {
    let dirty = store::list_dirty(database, most).await?;
    let removals = Removals::load(database).await?;
    let now = clock.now();
    let mut computed = Vec::with_capacity(dirty.len());
    for one in &dirty {
        let day = StatDay::from_number(one.day);
        if removals.has(RecordKind::Hour, day.start()) {
            // its hours were removed: the day stays as it was computed from them
            computed.push((*one, None));
            continue;
        }
        let counts = match directory.point(PointId(one.point_id)) {
            None => RateCounts::default(),
            Some(point) => {
                let hours = load_hours(database, directory, (point, day), stops, now).await?;
                compute::count(&hours)
            }
        };
        computed.push((*one, Some(counts)));
    }
    store::put_days(database, &computed).await?;
    Ok(dirty.len())
}

/// Lets the rates of points be computed again for the days that `from..to` touches, up to now, in
/// the transaction of what changed them, such as a planned stop.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn mark_rates_dirty(
    transaction: &mut Transaction,
    points: &[i64],
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<(), MonitoringError> {
    if from >= to || from > now {
        // what is still to come is computed when it falls due
        return Ok(());
    }
    let last = to.plus_ms(-1).min(now);
    let first = from.max(last.plus_ms(-400 * DAY_MS)).stat_day().number();
    let points: BTreeSet<i64> = points.iter().copied().collect();
    let days: Vec<(i64, i64)> = (first..=last.stat_day().number())
        .flat_map(|day| points.iter().map(move |point| (day, *point)))
        .collect();
    store::put_dirty(transaction, &days).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_once_and_half_to_even() {
        let counts = RateCounts {
            due_hours: 24,
            networked_hours: 23,
            running_hours: 24,
            due_values: 800,
            received_values: 797,
            valid_values: 641,
            ..RateCounts::default()
        };
        assert_eq!(counts.operation().as_deref(), Some("100.00"));
        assert_eq!(counts.networking().as_deref(), Some("95.83"));
        // 99.625 and 80.125 exactly: half goes to the even neighbour, not up
        assert_eq!(counts.transmission().as_deref(), Some("99.62"));
        assert_eq!(
            counts.transmission_effectiveness().as_deref(),
            Some("80.12")
        );
        assert_eq!(RateCounts::default().operation(), None);
        let silent = RateCounts {
            due_values: 3,
            ..RateCounts::default()
        };
        assert_eq!(silent.effective(), None);
        assert_eq!(silent.transmission_effectiveness().as_deref(), Some("0.00"));
    }
}

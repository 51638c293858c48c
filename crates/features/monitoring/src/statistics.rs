//! Figures of our own: hours from minutes, days from hours, each a cross-check of the received.
//! They follow every change through the queue of dirty periods, and depend on what is stored
//! alone, never on the order in which it came.

mod compute;
mod digest;
mod task;

use std::collections::{BTreeMap, BTreeSet};

use access::{Actor, Permission};
use beijing_time::{DAY_MS, Timestamp};
use database::Database;
use exact_decimal::Decimal;
use sites::DeviceDirectory;

pub(crate) use compute::write as encode_derived;
pub use digest::compute_state_digest;
pub use task::{Statistics, StatisticsFigures, StatisticsSettings, StatisticsTask};

use crate::records::{Record, Slices, find_point, merge_rows};
use crate::retention::Removals;
use crate::store::{layers, statistics as store};
use crate::versions::{Wanted, load_points_versions, load_versions};
use crate::{MonitoringError, RecordKind};

/// What the values of a period come to for one factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedFactor {
    /// The factor.
    pub factor_code: String,
    /// The sum of the values that count: numbers whose flag is `N` or absent.
    pub sum: Decimal,
    /// How many count.
    pub count: u64,
    /// How many there are, whatever their flag.
    pub received: u64,
    /// The least of those that count.
    pub min: Option<Decimal>,
    /// The greatest of those that count.
    pub max: Option<Decimal>,
    /// The sum of the amounts (`Cou`), if any came.
    pub amount: Option<Decimal>,
}

/// The derived period that a record counts in.
pub(crate) fn find_derived(kind: RecordKind, time: Timestamp) -> Option<(RecordKind, Timestamp)> {
    match kind {
        RecordKind::Minute => Some((RecordKind::Hour, time.stat_hour().start())),
        RecordKind::Hour => Some((RecordKind::Day, time.stat_day().start())),
        _ => None,
    }
}

/// The records that a derived period is made of, and its end.
fn find_source(kind: RecordKind, time: Timestamp) -> Option<(RecordKind, Timestamp)> {
    match kind {
        RecordKind::Hour => Some((RecordKind::Minute, time.stat_hour().end())),
        RecordKind::Day => Some((RecordKind::Hour, time.stat_day().end())),
        _ => None,
    }
}

/// Whether the records that a derived period is made of were removed.
pub(crate) fn has_lost_sources(removals: &Removals, kind: i64, time_ms: i64) -> bool {
    let time = Timestamp::from_epoch_ms(time_ms);
    RecordKind::from_code(kind)
        .and_then(|kind| find_source(kind, time))
        .is_some_and(|(source, _)| removals.has(source, time))
}

/// Derives dirty periods, at most so many, and takes them off the queue; returns how many. A
/// period that was touched again in the meantime stays on it. Only one may run at a time.
///
/// # Errors
/// [`MonitoringError::Database`]; what was dirty stays so.
pub async fn derive_dirty(database: &Database, most: u32) -> Result<usize, MonitoringError> {
    let dirty = store::list_dirty(database, most).await?;
    let removals = Removals::load(database).await?;
    let mut derived = Vec::with_capacity(dirty.len());
    for same in dirty.chunk_by(|a, b| (a.kind, a.time_ms) == (b.kind, b.time_ms)) {
        let Some(first) = same.first() else { continue };
        let time = Timestamp::from_epoch_ms(first.time_ms);
        let source = RecordKind::from_code(first.kind).and_then(|kind| find_source(kind, time));
        let Some((kind, end)) = source else {
            // nothing is derived for it: it only leaves the queue
            derived.extend(same.iter().map(|period| (*period, None)));
            continue;
        };
        if removals.has(kind, time) {
            // what the period is made of was removed: its figures stay as they are
            derived.extend(same.iter().map(|period| (*period, None)));
            continue;
        }
        let reviews = layers::list_reviews(database, None, time, end).await?;
        let points: BTreeSet<i64> = same.iter().map(|period| period.point_id).collect();
        let wanted = Wanted::new(kind, time, end);
        let mut of_point = load_points_versions(database, &points, &wanted).await?;
        for period in same {
            let rows = of_point.remove(&period.point_id).unwrap_or_default();
            let factors = compute::derive(merge_rows(kind, None, rows), &reviews);
            derived.push((*period, Some(factors)));
        }
    }
    store::put_derived(database, &derived).await?;
    Ok(dirty.len())
}

/// The longest time of which figures are computed again at once.
const MOST_DAYS_AGAIN: i64 = 400;

/// Loads our own figures of a point, hours or days, whose start lies in `from..to`: those that are
/// stored, or, as known at an instant, computed again from what was known then in the same way, as
/// far as its records were not removed since.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::Invalid`] for
/// more than 400 days as known at an instant.
pub async fn load_derived(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    request: crate::RecordsRequest,
) -> Result<Vec<(Timestamp, Vec<DerivedFactor>)>, MonitoringError> {
    find_point(directory, actor, Permission::ReadData, request.point_id)?;
    if let Some(known_at) = request.known_at {
        return derive_again(database, &request, known_at).await;
    }
    let stored = store::list_derived(database, &request).await?;
    stored
        .into_iter()
        .map(|(time_ms, payload)| {
            let factors = compute::read(&payload)
                .ok_or_else(|| MonitoringError::damaged("derived period", time_ms))?;
            Ok((Timestamp::from_epoch_ms(time_ms), factors))
        })
        .collect()
}

/// Derives periods from what was known at an instant; nothing is written.
async fn derive_again(
    database: &Database,
    request: &crate::RecordsRequest,
    known_at: Timestamp,
) -> Result<Vec<(Timestamp, Vec<DerivedFactor>)>, MonitoringError> {
    if request.to.ms_since(request.from) > MOST_DAYS_AGAIN * DAY_MS {
        return Err(MonitoringError::Invalid {
            field: "to",
            detail: format!("more than {MOST_DAYS_AGAIN} days at once"),
        });
    }
    let Some((source, from, to)) = find_sources(request) else {
        return Ok(Vec::new());
    };
    let from = Removals::load(database).await?.start(source, from);
    let mut reviews = layers::list_reviews(database, Some(request.point_id), from, to).await?;
    reviews.retain(|review| review.at <= known_at);
    let mut derived = Vec::new();
    // pieces end where days do, and so between periods
    let mut slices = Slices::new(source, from, to);
    while let Some((from, to)) = slices.next() {
        let wanted = Wanted {
            known_at: Some(known_at),
            ..Wanted::new(source, from, to)
        };
        let rows = load_versions(database, request.point_id, &wanted).await?;
        slices.grow_if(rows.is_empty());
        let mut periods: BTreeMap<Timestamp, Vec<Record>> = BTreeMap::new();
        for record in merge_rows(source, None, rows) {
            if let Some((_, start)) = find_derived(source, record.time) {
                periods.entry(start).or_default().push(record);
            }
        }
        derived.extend(
            periods
                .into_iter()
                .map(|(start, records)| (start, compute::derive(records, &reviews)))
                .filter(|(_, factors)| !factors.is_empty()),
        );
    }
    Ok(derived)
}

/// The kind and the time of the records that the periods asked for are made of.
fn find_sources(request: &crate::RecordsRequest) -> Option<(RecordKind, Timestamp, Timestamp)> {
    if request.from >= request.to {
        return None;
    }
    let (source, first_end) = find_source(request.kind, request.from)?;
    let (_, first) = find_derived(source, request.from)?;
    let from = if first < request.from {
        first_end
    } else {
        first
    };
    let (_, to) = find_source(request.kind, request.to.plus_ms(-1))?;
    Some((source, from, to))
}

//! Records as they are read: of all packets on one point, kind and time, the winner for each
//! factor.

use beijing_time::Timestamp;
use database::Database;
use sites::{DeviceDirectory, DirectoryPoint, PointId};

use access::{Actor, Permission};

use crate::interpret::{compute_late, compute_period_ms, is_resent_version};
use crate::store::records::{self as store, RecordRow};
use crate::{FactorReading, MonitoringError, PacketId, RecordKind};

/// What one point said of one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The point.
    pub point_id: i64,
    /// Its kind.
    pub kind: RecordKind,
    /// The moment, or the START of the period.
    pub time: Timestamp,
    /// When its first packet was received.
    pub received_at: Timestamp,
    /// The packet of its first factor.
    pub packet_id: PacketId,
    /// Whether it was received long after its period ended.
    pub is_late: bool,
    /// Whether a part of it was marked as re-sent.
    pub is_resent: bool,
    /// How many different packets on it there are; more than one for split packets too.
    pub packet_count: usize,
    /// Its factors by code, each from the packet that wins for it.
    pub readings: Vec<RecordReading>,
}

/// What won for one factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordReading {
    /// The values.
    pub reading: FactorReading,
    /// The packet they came in.
    pub packet_id: PacketId,
    /// When it was received.
    pub received_at: Timestamp,
}

/// Records of a point, kind and time `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordsRequest {
    /// The point.
    pub point_id: i64,
    /// Which records.
    pub kind: RecordKind,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
}

/// A page of records, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins: to be given as `before`; `None` on the last page.
    pub next: Option<Timestamp>,
}

/// The most records of one page.
const MOST_ON_PAGE: usize = 1000;
/// The most records that are given at once without pages.
const MOST_RECORDS: usize = 100_000;

/// Loads records, oldest first.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::Invalid`]
/// for more than 100,000 records at once.
pub async fn load_records(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    request: RecordsRequest,
) -> Result<Vec<Record>, MonitoringError> {
    let point = find_point(directory, actor, Permission::ReadData, request.point_id)?;
    let mut records = Vec::new();
    let mut slices = Slices::new(request.kind, request.from, request.to);
    while let Some((from, to)) = slices.next() {
        let rows = load_versions(database, request.kind, request.point_id, from, to).await?;
        slices.grow_if(rows.is_empty());
        records.extend(merge_rows(request.kind, interval_of(point), &rows));
        if records.len() > MOST_RECORDS {
            return Err(MonitoringError::Invalid {
                field: "to",
                detail: format!("more than {MOST_RECORDS} records: ask for a shorter time"),
            });
        }
    }
    Ok(records)
}

/// Lists records, newest first: those before `before` (of the last page's `next`), if given.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`].
pub async fn list_records(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    request: RecordsRequest,
    (before, limit): (Option<Timestamp>, usize),
) -> Result<RecordPage, MonitoringError> {
    let point = find_point(directory, actor, Permission::ReadData, request.point_id)?;
    let limit = limit.clamp(1, MOST_ON_PAGE);
    let to = before.map_or(request.to, |before| before.min(request.to));
    let mut page = RecordPage::default();
    let mut slices = Slices::new(request.kind, request.from, to);
    while let Some((from, to)) = slices.next_back() {
        let rows = load_versions(database, request.kind, request.point_id, from, to).await?;
        slices.grow_if(rows.is_empty());
        let mut records = merge_rows(request.kind, interval_of(point), &rows);
        records.reverse();
        page.records.extend(records);
        if page.records.len() > limit {
            page.records.truncate(limit);
            page.next = page.records.last().map(|record| record.time);
            break;
        }
    }
    Ok(page)
}

/// The point, if the actor may and it lies in the actor's scope.
pub(crate) fn find_point<'d>(
    directory: &'d DeviceDirectory,
    actor: &Actor,
    permission: Permission,
    point_id: i64,
) -> Result<&'d DirectoryPoint, MonitoringError> {
    actor.check(permission)?;
    directory
        .point(PointId(point_id))
        .filter(|point| point.is_covered_by(&actor.scope))
        .map(AsRef::as_ref)
        .ok_or(MonitoringError::NoSuchPoint { point_id })
}

pub(crate) fn interval_of(point: &DirectoryPoint) -> Option<u32> {
    point.details.timetable.minute_interval_min
}

/// All versions of a point's records in `from..to`, by time, the winner last.
///
/// Every reader of one point's records goes through here, wherever they are kept.
pub(crate) async fn load_versions(
    database: &Database,
    kind: RecordKind,
    point_id: i64,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RecordRow>, MonitoringError> {
    store::list_rows(
        database,
        kind,
        Some(point_id),
        from.epoch_ms(),
        to.epoch_ms(),
    )
    .await
}

/// All versions of the records of all points in `from..to`, by time and point, the winner last.
///
/// Every reader of many points' records goes through here, wherever they are kept.
pub(crate) async fn load_all_versions(
    database: &Database,
    kind: RecordKind,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RecordRow>, MonitoringError> {
    store::list_rows(database, kind, None, from.epoch_ms(), to.epoch_ms()).await
}

/// The time of the first record of a kind at or after a time, wherever it is kept.
pub(crate) async fn find_first_time(
    database: &Database,
    kind: RecordKind,
    from: Timestamp,
) -> Result<Option<Timestamp>, MonitoringError> {
    let found = store::find_first_time(database, kind, from.epoch_ms()).await?;
    Ok(found.map(Timestamp::from_epoch_ms))
}

/// Joins versions, sorted by time and with the winner last, to records: for each factor, the
/// greatest version, then the greatest digest, wins.
pub(crate) fn merge_rows(
    kind: RecordKind,
    minute_interval: Option<u32>,
    rows: &[RecordRow],
) -> Vec<Record> {
    rows.chunk_by(|a, b| (a.time_ms, a.point_id) == (b.time_ms, b.point_id))
        .filter_map(|versions| merge_versions(kind, minute_interval, versions))
        .collect()
}

fn merge_versions(
    kind: RecordKind,
    minute_interval: Option<u32>,
    versions: &[RecordRow],
) -> Option<Record> {
    let first = versions.first()?;
    let mut readings: Vec<RecordReading> = Vec::new();
    for row in versions.iter().rev() {
        for reading in row.payload.readings() {
            if readings
                .iter()
                .all(|known| known.reading.code != reading.code)
            {
                readings.push(RecordReading {
                    reading,
                    packet_id: PacketId(row.packet_id),
                    received_at: Timestamp::from_epoch_ms(row.received_ms),
                });
            }
        }
    }
    readings.sort_by(|a, b| a.reading.code.cmp(&b.reading.code));
    let time = Timestamp::from_epoch_ms(first.time_ms);
    let end = time.plus_ms(compute_period_ms(kind, minute_interval).unwrap_or(0));
    let received_at = versions.iter().map(|row| row.received_ms).min()?;
    let received_at = Timestamp::from_epoch_ms(received_at);
    Some(Record {
        point_id: first.point_id,
        kind,
        time,
        received_at,
        packet_id: readings
            .first()
            .map_or(PacketId(first.packet_id), |reading| reading.packet_id),
        is_late: compute_late(kind, end, received_at),
        is_resent: versions.iter().any(|row| is_resent_version(row.version)),
        packet_count: versions.len(),
        readings,
    })
}

/// A span of time in pieces of which each holds a bounded number of records; pieces become longer
/// where there are none.
#[derive(Debug)]
pub(crate) struct Slices {
    from: Timestamp,
    to: Timestamp,
    base_ms: i64,
    width_ms: i64,
}

impl Slices {
    pub(crate) fn new(kind: RecordKind, from: Timestamp, to: Timestamp) -> Self {
        let base_ms = match kind {
            RecordKind::Hour => 30 * beijing_time::DAY_MS,
            RecordKind::Day | RecordKind::RunningTime => 400 * beijing_time::DAY_MS,
            _ => beijing_time::DAY_MS,
        };
        Self {
            from,
            to,
            base_ms,
            width_ms: base_ms,
        }
    }

    /// Makes the next piece longer after one without records, and of usual length after one with.
    pub(crate) fn grow_if(&mut self, is_empty: bool) {
        self.width_ms = if is_empty {
            self.width_ms.saturating_mul(2)
        } else {
            self.base_ms
        };
    }

    pub(crate) fn next(&mut self) -> Option<(Timestamp, Timestamp)> {
        if self.from >= self.to {
            return None;
        }
        let from = self.from;
        self.from = from.plus_ms(self.width_ms).min(self.to);
        Some((from, self.from))
    }

    fn next_back(&mut self) -> Option<(Timestamp, Timestamp)> {
        if self.from >= self.to {
            return None;
        }
        let to = self.to;
        self.to = to.plus_ms(-self.width_ms).max(self.from);
        Some((self.to, to))
    }
}

//! Records as they are read: of all packets on one point, kind and time, the winner for each
//! factor.

use beijing_time::Timestamp;
use database::Database;
use sites::{DeviceDirectory, DirectoryPoint, PointId};

use access::{Actor, Permission};

use crate::blocks::Span;
use crate::facts::Facts;
use crate::interpret::{compute_late, compute_period_ms, is_resent_version};
use crate::layers::{Layer, Mark, Validity};
use crate::retention::Removals;
use crate::store::records::RecordRow;
use crate::versions::{Wanted, load_versions};
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
    /// The enterprise's mark, in the layers `marked` and `effective`.
    pub mark: Option<Mark>,
    /// Whether it counts, in the layer `effective`; what does not count has no values there.
    pub validity: Option<Validity>,
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
    /// Which layer of truth.
    pub layer: Layer,
    /// As it was known at this time: what was received, marked and reviewed up to it, and no more.
    pub known_at: Option<Timestamp>,
}

impl RecordsRequest {
    /// Records as received and as known today.
    pub const fn new(point_id: i64, kind: RecordKind, from: Timestamp, to: Timestamp) -> Self {
        Self {
            point_id,
            kind,
            from,
            to,
            layer: Layer::Received,
            known_at: None,
        }
    }

    const fn wanted(&self, from: Timestamp, to: Timestamp) -> Wanted<'static> {
        Wanted {
            kind: self.kind,
            from,
            to,
            factors: None,
            known_at: self.known_at,
        }
    }
}

/// A page of records, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins: to be given as `before`; `None` on the last page.
    pub next: Option<Timestamp>,
    /// Records of the time asked for were removed by retention up to here.
    pub removed_before: Option<Timestamp>,
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
    let facts = Facts::load_of(database, &request).await?;
    let from = Removals::load(database)
        .await?
        .start(request.kind, request.from);
    let mut records = Vec::new();
    let mut slices = Slices::new(request.kind, from, request.to);
    while let Some((from, to)) = slices.next() {
        let wanted = request.wanted(from, to);
        let rows = load_versions(database, request.point_id, &wanted).await?;
        slices.grow_if(rows.is_empty());
        let mut merged = merge_rows(request.kind, interval_of(point), rows);
        facts.apply(request.layer, &mut merged);
        records.extend(merged);
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
    let facts = Facts::load_of(database, &request).await?;
    let removals = Removals::load(database).await?;
    let mut page = RecordPage {
        removed_before: removals.cut(request.kind, request.from),
        ..RecordPage::default()
    };
    let from = removals.start(request.kind, request.from);
    let mut slices = Slices::new(request.kind, from, to);
    while let Some((from, to)) = slices.next_back() {
        let wanted = request.wanted(from, to);
        let rows = load_versions(database, request.point_id, &wanted).await?;
        slices.grow_if(rows.is_empty());
        let mut records = merge_rows(request.kind, interval_of(point), rows);
        facts.apply(request.layer, &mut records);
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

/// Joins versions, of each time and point side by side with the winner last, to records: for each
/// factor, the greatest version, then the greatest digest, wins.
pub(crate) fn merge_rows(
    kind: RecordKind,
    minute_interval: Option<u32>,
    mut rows: Vec<RecordRow>,
) -> Vec<Record> {
    rows.chunk_by_mut(|a, b| (a.time_ms, a.point_id) == (b.time_ms, b.point_id))
        .filter_map(|versions| merge_versions(kind, minute_interval, versions))
        .collect()
}

fn merge_versions(
    kind: RecordKind,
    minute_interval: Option<u32>,
    versions: &mut [RecordRow],
) -> Option<Record> {
    let mut readings: Vec<RecordReading> = Vec::new();
    for row in versions.iter_mut().rev() {
        for reading in row.take_readings() {
            if readings
                .iter()
                .all(|known| known.reading.code != reading.code)
            {
                readings.push(RecordReading {
                    reading,
                    packet_id: PacketId(row.packet_id),
                    received_at: Timestamp::from_epoch_ms(row.received_ms),
                    mark: None,
                    validity: None,
                });
            }
        }
    }
    readings.sort_by(|a, b| a.reading.code.cmp(&b.reading.code));
    let first = versions.first()?;
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

/// The most spans that are read at once where there are no records.
const MOST_SPANS: u32 = 4096;

/// A time in pieces that end where blocks end, of which each holds a bounded number of records;
/// pieces become longer where there are none.
#[derive(Debug)]
pub(crate) struct Slices {
    kind: RecordKind,
    from: Timestamp,
    to: Timestamp,
    spans: u32,
}

impl Slices {
    pub(crate) const fn new(kind: RecordKind, from: Timestamp, to: Timestamp) -> Self {
        Self {
            kind,
            from,
            to,
            spans: 1,
        }
    }

    /// Makes the next piece longer after one without records, and of usual length after one with.
    pub(crate) const fn grow_if(&mut self, is_empty: bool) {
        self.spans = match (is_empty, self.spans) {
            (true, spans) if spans < MOST_SPANS => spans * 2,
            (true, spans) => spans,
            (false, _) => 1,
        };
    }

    pub(crate) fn next(&mut self) -> Option<(Timestamp, Timestamp)> {
        if self.from >= self.to {
            return None;
        }
        let from = self.from;
        let mut span = Span::containing(self.kind, from);
        for _ in 1..self.spans {
            if span.to >= self.to {
                break;
            }
            span = span.next(self.kind);
        }
        self.from = span.to.min(self.to);
        Some((from, self.from))
    }

    fn next_back(&mut self) -> Option<(Timestamp, Timestamp)> {
        if self.from >= self.to {
            return None;
        }
        let to = self.to;
        let mut span = Span::containing(self.kind, to.plus_ms(-1));
        for _ in 1..self.spans {
            if span.from <= self.from {
                break;
            }
            span = span.previous(self.kind);
        }
        self.to = span.from.max(self.from);
        Some((self.to, to))
    }
}

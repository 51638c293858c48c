//! All versions of records, wherever they are kept: newly received in rows, older ones in blocks.
//!
//! Compaction moves records from rows into blocks while they are read. Rows are therefore read
//! first: what moves in between is then found in both and counts once, never in neither. The block's
//! is the one that counts, for it came first; so a packet that comes again after its day was
//! compacted changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use beijing_time::Timestamp;
use database::Database;

use crate::blocks::{Selection, Span, decode_block};
use crate::store::blocks::{self as block_store, StoredBlock};
use crate::store::records::{self as row_store, RecordRow, RowRange};
use crate::{MonitoringError, RecordKind};

/// Rows that are held in memory at once, roughly.
pub(crate) const MOST_ROWS: i64 = 50_000;
/// Points whose blocks are read with one statement.
const MOST_POINTS: usize = 64;

/// Which versions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted<'a> {
    pub(crate) kind: RecordKind,
    /// From this time.
    pub(crate) from: Timestamp,
    /// Up to, not including, this time.
    pub(crate) to: Timestamp,
    /// Of these factors at least; all when absent.
    pub(crate) factors: Option<&'a [String]>,
    /// Only what had been received by then.
    pub(crate) known_at: Option<Timestamp>,
}

impl Wanted<'_> {
    pub(crate) const fn new(kind: RecordKind, from: Timestamp, to: Timestamp) -> Self {
        Self {
            kind,
            from,
            to,
            factors: None,
            known_at: None,
        }
    }

    /// Leaves out what had not been received. Not before rows and blocks are joined: of two copies
    /// of one version the first counts.
    fn keep_known(&self, mut rows: Vec<RecordRow>) -> Vec<RecordRow> {
        if let Some(known_at) = self.known_at {
            rows.retain(|row| row.received_ms <= known_at.epoch_ms());
        }
        rows
    }

    const fn rows(&self, points: (i64, i64)) -> RowRange {
        RowRange {
            kind: self.kind,
            points,
            times_ms: (self.from.epoch_ms(), self.to.epoch_ms()),
        }
    }
}

/// All versions of a point's records, by time, the winner last.
///
/// Every reader of one point's records goes through here.
pub(crate) async fn load_versions(
    database: &Database,
    point_id: i64,
    wanted: &Wanted<'_>,
) -> Result<Vec<RecordRow>, MonitoringError> {
    let fresh = row_store::list_rows(database, &wanted.rows((point_id, point_id))).await?;
    let first = Span::containing(wanted.kind, wanted.from).day;
    let last = Span::containing(wanted.kind, wanted.to.plus_ms(-1)).day;
    let blocks = block_store::list_blocks(database, wanted.kind, point_id, (first, last)).await?;
    let mut kept = Vec::new();
    for block in blocks {
        kept.extend(read_block(&block, wanted, &fresh)?);
    }
    Ok(wanted.keep_known(merge_sources(kept, fresh)))
}

/// All versions of the records of some points, by time, the winner last.
///
/// Every reader of many points' records goes through here.
pub(crate) async fn load_points_versions(
    database: &Database,
    points: &BTreeSet<i64>,
    wanted: &Wanted<'_>,
) -> Result<BTreeMap<i64, Vec<RecordRow>>, MonitoringError> {
    let mut of_point = BTreeMap::new();
    let ids: Vec<i64> = points.iter().copied().collect();
    for some in ids.chunks(MOST_POINTS) {
        let (Some(first), Some(last)) = (some.first(), some.last()) else {
            continue;
        };
        let range = wanted.rows((*first, *last));
        let mut fresh: BTreeMap<i64, Vec<RecordRow>> = BTreeMap::new();
        for row in row_store::list_rows(database, &range).await? {
            if points.contains(&row.point_id) {
                fresh.entry(row.point_id).or_default().push(row);
            }
        }
        let mut kept: BTreeMap<i64, Vec<RecordRow>> = BTreeMap::new();
        let mut span = Span::containing(wanted.kind, wanted.from);
        loop {
            for block in list_blocks(database, wanted.kind, some, span).await? {
                let own = fresh.get(&block.point_id).map_or(&[][..], Vec::as_slice);
                let rows = read_block(&block, wanted, own)?;
                kept.entry(block.point_id).or_default().extend(rows);
            }
            if span.to >= wanted.to {
                break;
            }
            span = span.next(wanted.kind);
        }
        for point_id in some {
            let rows = merge_sources(
                kept.remove(point_id).unwrap_or_default(),
                fresh.remove(point_id).unwrap_or_default(),
            );
            let rows = wanted.keep_known(rows);
            if !rows.is_empty() {
                of_point.insert(*point_id, rows);
            }
        }
    }
    Ok(of_point)
}

/// The blocks of some points in one span; those of points in between are not read.
async fn list_blocks(
    database: &Database,
    kind: RecordKind,
    points: &[i64],
    span: Span,
) -> Result<Vec<StoredBlock>, MonitoringError> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(Vec::new());
    };
    let width = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
    if width <= points.len().saturating_mul(2) {
        let mut blocks =
            block_store::list_blocks_of_points(database, kind, (*first, *last), span.day).await?;
        blocks.retain(|block| points.binary_search(&block.point_id).is_ok());
        return Ok(blocks);
    }
    let mut blocks = Vec::new();
    for point_id in points {
        let days = (span.day, span.day);
        blocks.extend(block_store::list_blocks(database, kind, *point_id, days).await?);
    }
    Ok(blocks)
}

fn read_block(
    block: &StoredBlock,
    wanted: &Wanted<'_>,
    fresh: &[RecordRow],
) -> Result<Vec<RecordRow>, MonitoringError> {
    let span = Span::of_day(wanted.kind, block.day);
    let times = span.from.epoch_ms()..span.to.epoch_ms();
    // whether a row is the same as one of the block shows only when all factors are read
    let has_fresh = fresh.iter().any(|row| times.contains(&row.time_ms));
    let selection = Selection {
        from_ms: wanted.from.epoch_ms(),
        to_ms: wanted.to.epoch_ms(),
        factors: wanted.factors.filter(|_| !has_fresh),
    };
    decode_block(block.point_id, &block.content, &selection).ok_or_else(|| {
        let kind = wanted.kind.as_str();
        let detail = format!("{kind} of point {} from day {}", block.point_id, block.day);
        MonitoringError::damaged("block of records", detail)
    })
}

/// Joins the rows of blocks and newly received ones, both of one point and sorted: by time, version
/// and digest, each version once.
pub(crate) fn merge_sources(kept: Vec<RecordRow>, fresh: Vec<RecordRow>) -> Vec<RecordRow> {
    if fresh.is_empty() {
        return kept;
    }
    if kept.is_empty() {
        return fresh;
    }
    let mut rows = kept;
    rows.extend(fresh);
    rows.sort_by_key(RecordRow::key);
    let mut merged = Vec::with_capacity(rows.len());
    let mut same: Vec<RecordRow> = Vec::new();
    for row in rows {
        if same.first().is_some_and(|first| first.key() != row.key()) {
            put_same(&mut merged, &mut same);
        }
        same.push(row);
    }
    put_same(&mut merged, &mut same);
    merged
}

/// Adds rows that differ by their digest alone; of the same digest, the first.
fn put_same(merged: &mut Vec<RecordRow>, same: &mut Vec<RecordRow>) {
    if same.len() < 2 {
        merged.append(same);
        return;
    }
    let mut digested: Vec<(i64, RecordRow)> = same
        .drain(..)
        .map(|row| (row.payload().digest(), row))
        .collect();
    digested.sort_by_key(|(digest, _)| *digest);
    digested.dedup_by_key(|(digest, _)| *digest);
    merged.extend(digested.into_iter().map(|(_, row)| row));
}

/// The first span with records of a kind at or after a time.
pub(crate) async fn find_next_span(
    database: &Database,
    kind: RecordKind,
    from: Timestamp,
) -> Result<Option<Span>, MonitoringError> {
    let row = row_store::find_first_time(database, kind, from.epoch_ms()).await?;
    let row = row.map(|time_ms| Span::containing(kind, Timestamp::from_epoch_ms(time_ms)));
    let from_day = Span::containing(kind, from).day;
    let day = block_store::find_first_day(database, kind, from_day).await?;
    let block = day.map(|day| Span::of_day(kind, day));
    Ok(match (row, block) {
        (Some(row), Some(block)) if block.day < row.day => Some(block),
        (Some(row), _) => Some(row),
        (None, block) => block,
    })
}

/// The points with records in a span, in groups whose records fit in memory.
pub(crate) async fn list_groups(
    database: &Database,
    kind: RecordKind,
    span: Span,
) -> Result<Vec<BTreeSet<i64>>, MonitoringError> {
    let times = (span.from.epoch_ms(), span.to.epoch_ms());
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    let rows = row_store::count_rows(database, kind, times).await?;
    let blocks = block_store::count_block_rows(database, kind, span.day).await?;
    for (point_id, count) in rows.into_iter().chain(blocks) {
        *counts.entry(point_id).or_default() += count;
    }
    Ok(group_points(counts))
}

/// Puts points into groups of so many rows, in their order.
pub(crate) fn group_points(counts: impl IntoIterator<Item = (i64, i64)>) -> Vec<BTreeSet<i64>> {
    let mut groups: Vec<BTreeSet<i64>> = Vec::new();
    let mut room = 0;
    for (point_id, count) in counts {
        match groups.last_mut() {
            Some(group) if count <= room => {
                group.insert(point_id);
                room -= count;
            }
            _ => {
                groups.push(BTreeSet::from([point_id]));
                room = MOST_ROWS - count;
            }
        }
    }
    groups
}

//! Compaction: records of completed days move from rows into blocks by columns.
//!
//! One span of one kind at a time: its points in groups that fit in memory, each point's rows joined
//! with the block it may have, and the new block read back, all outside of transactions. Blocks are
//! written first and rows removed afterwards, in slices of time, each only if it holds exactly the
//! rows that were read: a row that came late stays, is joined at reading, and goes with the next
//! compaction. A process that ends at any moment in between leaves the same records, some of them in
//! both places.

use std::collections::{BTreeMap, BTreeSet};

use beijing_time::Timestamp;
use database::Database;

use crate::blocks::{EncodedBlock, Selection, Span, decode_block, encode_block};
use crate::retention::Removals;
use crate::store::blocks::{self as block_store, StoredBlock};
use crate::store::records::{self as row_store, RecordRow, RowRange};
use crate::versions::{group_points, merge_sources};
use crate::{MonitoringError, RecordKind};

/// Rows removed in one transaction, roughly.
const ROWS_OF_SLICE: i64 = 10_000;
/// A point with more records in one span keeps its rows: a device that sends this many is out of
/// order, and its records must not fill the memory.
const MOST_ROWS_OF_BLOCK: i64 = 400_000;
/// Blocks written in one transaction.
const BLOCKS_OF_TRANSACTION: usize = 64;

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Rows that went into blocks.
    pub rows: u64,
    /// Rows that stayed for the next compaction: others came in beside them, or their point has too
    /// many.
    pub left: u64,
    /// Blocks written.
    pub blocks: u64,
    /// Values in these blocks, also those that were in them before.
    pub values: u64,
    /// Bytes of these blocks.
    pub bytes: u64,
}

impl Compacted {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.left += other.left;
        self.blocks += other.blocks;
        self.values += other.values;
        self.bytes += other.bytes;
    }
}

/// Where a compaction goes on: behind the spans it has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactionPlace {
    kind: usize,
    from: Timestamp,
}

impl Default for CompactionPlace {
    fn default() -> Self {
        Self {
            kind: 0,
            from: Timestamp::from_epoch_ms(i64::MIN),
        }
    }
}

/// Compacts all records before an instant.
///
/// # Errors
/// [`MonitoringError::Database`], [`MonitoringError::Damaged`]; what was done stays done.
pub async fn compact_records(
    database: &Database,
    before: Timestamp,
) -> Result<Compacted, MonitoringError> {
    let mut all = Compacted::default();
    let mut place = Some(CompactionPlace::default());
    while let Some(at) = place {
        let (done, next) = compact_next(database, before, at).await?;
        all.add(done);
        place = next;
    }
    Ok(all)
}

/// Compacts the next span of one kind that has rows before an instant; gives the place to go on at,
/// none at the end.
///
/// # Errors
/// [`MonitoringError::Database`], [`MonitoringError::Damaged`]; what was done stays done.
pub async fn compact_next(
    database: &Database,
    before: Timestamp,
    place: CompactionPlace,
) -> Result<(Compacted, Option<CompactionPlace>), MonitoringError> {
    let Some(kind) = RecordKind::ALL.get(place.kind).copied() else {
        return Ok((Compacted::default(), None));
    };
    // what is left of removed records is retention's
    let from = Removals::load(database).await?.start(kind, place.from);
    let first = row_store::find_first_time(database, kind, from.epoch_ms()).await?;
    let first = first.map(Timestamp::from_epoch_ms);
    let Some(first) = first.filter(|first| *first < before) else {
        let next = CompactionPlace {
            kind: place.kind + 1,
            ..CompactionPlace::default()
        };
        return Ok((Compacted::default(), Some(next)));
    };
    let span = Span::containing(kind, first);
    let done = compact_span(database, kind, span, (first, span.to.min(before))).await?;
    let next = CompactionPlace {
        from: span.to,
        ..place
    };
    Ok((done, Some(next)))
}

/// Compacts the rows of one span in `from..to`.
async fn compact_span(
    database: &Database,
    kind: RecordKind,
    span: Span,
    (from, to): (Timestamp, Timestamp),
) -> Result<Compacted, MonitoringError> {
    let times_ms = (from.epoch_ms(), to.epoch_ms());
    let mut counts: BTreeMap<i64, i64> = row_store::count_rows(database, kind, times_ms)
        .await?
        .into_iter()
        .collect();
    let total: i64 = counts.values().sum();
    let mut excessive: BTreeSet<i64> = BTreeSet::new();
    for (point_id, kept) in block_store::count_block_rows(database, kind, span.day).await? {
        counts.entry(point_id).and_modify(|count| *count += kept);
    }
    counts.retain(|point_id, count| {
        let is_excessive = *count > MOST_ROWS_OF_BLOCK;
        if is_excessive {
            tracing::warn!(
                point.id = point_id,
                kind = kind.as_str(),
                day = span.day,
                rows = *count,
                "a point has too many records of one day to be compacted; they stay as they are"
            );
            excessive.insert(*point_id);
        }
        !is_excessive
    });
    let mut done = Compacted::default();
    let mut slices = Slices::new(times_ms, total, excessive);
    for points in group_points(counts) {
        let written = compact_group(database, kind, (span, times_ms), &points, &mut slices).await?;
        done.add(written);
    }
    for (range, expected) in slices.list(kind) {
        if row_store::delete_rows(database, &range, expected).await? {
            done.rows += expected;
        } else {
            done.left += expected;
        }
    }
    Ok(done)
}

/// Writes the blocks of one group of points.
async fn compact_group(
    database: &Database,
    kind: RecordKind,
    (span, times_ms): (Span, (i64, i64)),
    points: &BTreeSet<i64>,
    slices: &mut Slices,
) -> Result<Compacted, MonitoringError> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(Compacted::default());
    };
    let range = RowRange {
        kind,
        points: (*first, *last),
        times_ms,
    };
    let mut fresh: BTreeMap<i64, Vec<RecordRow>> = BTreeMap::new();
    for row in row_store::list_rows(database, &range).await? {
        // a point in between that had too many rows, or none when they were counted
        if points.contains(&row.point_id) {
            fresh.entry(row.point_id).or_default().push(row);
        }
    }
    let kept =
        block_store::list_blocks_of_points(database, kind, (*first, *last), span.day).await?;
    let mut kept: BTreeMap<i64, StoredBlock> = kept
        .into_iter()
        .map(|block| (block.point_id, block))
        .collect();
    let mut done = Compacted::default();
    let mut waiting = fresh.into_iter();
    loop {
        let part: Vec<(i64, Vec<RecordRow>, Option<StoredBlock>)> = waiting
            .by_ref()
            .take(BLOCKS_OF_TRANSACTION)
            .map(|(point_id, rows)| (point_id, rows, kept.remove(&point_id)))
            .collect();
        if part.is_empty() {
            return Ok(done);
        }
        let rows: Vec<(i64, i64)> = part
            .iter()
            .flat_map(|(_, rows, _)| rows.iter().map(|row| (row.time_ms, row.point_id)))
            .collect();
        let blocks = tokio::task::spawn_blocking(move || encode_part(part))
            .await
            .map_err(|error| MonitoringError::damaged("block of records", error))??;
        if block_store::put_blocks(database, kind, span.day, &blocks).await? {
            slices.count(&rows);
            for (_, _, block) in &blocks {
                done.blocks += 1;
                done.values += u64::try_from(block.value_count).unwrap_or(0);
                done.bytes += block.content.len() as u64;
            }
        } else {
            // another process has been quicker; its blocks stand, and what it left comes next time
            tracing::info!(
                kind = kind.as_str(),
                day = span.day,
                "another process compacts the same records"
            );
        }
    }
}

type BlockToWrite = (i64, i64, EncodedBlock);

fn encode_part(
    part: Vec<(i64, Vec<RecordRow>, Option<StoredBlock>)>,
) -> Result<Vec<BlockToWrite>, MonitoringError> {
    part.into_iter()
        .map(|(point_id, fresh, block)| {
            let revision = block.as_ref().map_or(0, |block| block.revision);
            let kept = match block {
                None => Vec::new(),
                Some(block) => decode_block(point_id, &block.content, &Selection::EVERYTHING)
                    .ok_or_else(|| {
                        let detail = format!("point {point_id} from day {}", block.day);
                        MonitoringError::damaged("block of records", detail)
                    })?,
            };
            let block = encode_block(&merge_sources(kept, fresh))?;
            Ok((point_id, revision, block))
        })
        .collect()
}

/// Counts the rows that are in blocks by slices of time, each of which is removed in one transaction.
struct Slices {
    times_ms: (i64, i64),
    width_ms: i64,
    /// Between points that keep their rows.
    excessive: BTreeSet<i64>,
    counts: BTreeMap<(i64, usize), u64>,
}

impl Slices {
    fn new(times_ms: (i64, i64), rows: i64, excessive: BTreeSet<i64>) -> Self {
        let length = times_ms.1.saturating_sub(times_ms.0);
        Self {
            times_ms,
            width_ms: (length / (rows / ROWS_OF_SLICE + 1)).max(1),
            excessive,
            counts: BTreeMap::new(),
        }
    }

    fn count(&mut self, rows: &[(i64, i64)]) {
        for (time_ms, point_id) in rows {
            let slice = (time_ms - self.times_ms.0) / self.width_ms;
            let place = self.excessive.range(..*point_id).count();
            *self.counts.entry((slice, place)).or_default() += 1;
        }
    }

    /// The ranges of rows to be removed, oldest first, with the number of rows that each must have.
    fn list(&self, kind: RecordKind) -> Vec<(RowRange, u64)> {
        let apart: Vec<i64> = self.excessive.iter().copied().collect();
        self.counts
            .iter()
            .map(|((slice, place), count)| {
                let from = self.times_ms.0 + slice * self.width_ms;
                let to = from.saturating_add(self.width_ms).min(self.times_ms.1);
                let before = place.checked_sub(1).and_then(|place| apart.get(place));
                let range = RowRange {
                    kind,
                    points: (
                        before.map_or(i64::MIN, |point_id| point_id + 1),
                        apart.get(*place).map_or(i64::MAX, |point_id| point_id - 1),
                    ),
                    times_ms: (from, to),
                };
                (range, *count)
            })
            .collect()
    }
}

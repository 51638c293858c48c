//! How much room records and raw packets take, before and after compaction.

use std::collections::BTreeMap;
use std::time::Instant;

use beijing_time::Timestamp;
use monitoring::compaction::compact_records;
use serde::Serialize;

use crate::store::{count_records, list_table_bytes};
use crate::verify::open;

/// What was measured. A value is one number or text of a record: a mean and its least and greatest
/// are three. It is counted when it is compacted.
#[derive(Debug, Serialize)]
pub(crate) struct MeasureReport {
    /// Records in rows, before and after.
    rows_before: i64,
    rows_after: i64,
    /// Compacted records, in blocks.
    compacted: i64,
    /// Blocks.
    blocks: i64,
    /// Values of the compacted records.
    values: i64,
    /// How long the compaction took.
    compaction_s: f64,
    /// Records in rows (and blocks there may have been), with their indexes, before it.
    row_bytes_per_value: f64,
    /// Blocks with their indexes, after it.
    block_bytes_per_value: f64,
    /// The contents of blocks alone.
    content_bytes_per_value: f64,
    /// Packets as they came, compressed, with their chain.
    raw_bytes_per_value: f64,
    /// Bytes of each table with its indexes. A database server keeps what rows took for rows to
    /// come until it cleans up by itself.
    bytes_before: BTreeMap<String, i64>,
    bytes_after: BTreeMap<String, i64>,
}

/// Asks the database of a stopped server, compacts all that there is as the server does with days
/// that are over, and asks again.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of a run are far below 2^52"
)]
pub(crate) async fn measure(url: &str) -> anyhow::Result<MeasureReport> {
    let database = open(url).await?;
    let before = count_records(&database).await?;
    let bytes_before = list_table_bytes(&database).await?;
    let begin = Instant::now();
    compact_records(&database, Timestamp::from_epoch_ms(i64::MAX)).await?;
    let compaction_s = begin.elapsed().as_secs_f64();
    let after = count_records(&database).await?;
    let bytes_after = list_table_bytes(&database).await?;
    database.close().await;
    let per_value = |bytes: i64| bytes as f64 / after.compacted_values.max(1) as f64;
    let of = |tables: &BTreeMap<String, i64>, is_of: &dyn Fn(&str) -> bool| {
        let bytes = tables
            .iter()
            .filter(|(name, _bytes)| is_of(name))
            .map(|(_name, bytes)| bytes)
            .sum();
        per_value(bytes)
    };
    let is_record = |name: &str| name == "record" || name == "record_block";
    Ok(MeasureReport {
        rows_before: before.rows,
        rows_after: after.rows,
        compacted: after.compacted,
        blocks: after.blocks,
        values: after.compacted_values,
        compaction_s,
        row_bytes_per_value: of(&bytes_before, &is_record),
        block_bytes_per_value: of(&bytes_after, &|name| name == "record_block"),
        content_bytes_per_value: per_value(after.content_bytes),
        raw_bytes_per_value: of(&bytes_after, &|name| name.starts_with("raw_")),
        bytes_before,
        bytes_after,
    })
}

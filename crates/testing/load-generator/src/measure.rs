//! How much room records and raw packets take.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::packets::FACTORS;
use crate::store::{count_records, list_table_bytes};
use crate::verify::open;

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct MeasureReport {
    /// Newly received records, in rows.
    rows: i64,
    /// Compacted records, in blocks.
    compacted: i64,
    /// Values in both: a row carries every factor of the loggers once, a block says how many it has.
    values: i64,
    /// Records in rows and blocks, with their indexes.
    record_bytes_per_value: f64,
    /// Blocks alone.
    block_bytes_per_value: f64,
    /// Packets as they came, compressed, with their chain.
    raw_bytes_per_value: f64,
    /// Bytes of each table with its indexes.
    table_bytes: BTreeMap<String, i64>,
}

/// Asks the database of a stopped server.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of a run are far below 2^52"
)]
pub(crate) async fn measure(url: &str) -> anyhow::Result<MeasureReport> {
    let database = open(url).await?;
    let counts = count_records(&database).await?;
    let table_bytes = list_table_bytes(&database).await?;
    database.close().await;
    let values = counts.rows * i64::try_from(FACTORS.len())? + counts.compacted_values;
    let per_value = |values: i64, is_of: &dyn Fn(&str) -> bool| {
        let bytes: i64 = table_bytes
            .iter()
            .filter(|(name, _bytes)| is_of(name))
            .map(|(_name, bytes)| bytes)
            .sum();
        bytes as f64 / values.max(1) as f64
    };
    Ok(MeasureReport {
        rows: counts.rows,
        compacted: counts.compacted,
        values,
        record_bytes_per_value: per_value(values, &|name| name.starts_with("record")),
        block_bytes_per_value: per_value(counts.compacted_values, &|name| name == "record_block"),
        raw_bytes_per_value: per_value(values, &|name| name.starts_with("raw_")),
        table_bytes,
    })
}

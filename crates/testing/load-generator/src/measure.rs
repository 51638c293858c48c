//! How much room records and raw packets take.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::packets::FACTORS;
use crate::store::{count_records, list_table_bytes};
use crate::verify::open;

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct MeasureReport {
    records: i64,
    /// Values in these records: each carries every factor of the loggers once.
    values: i64,
    /// Records with their indexes.
    record_bytes_per_value: f64,
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
    let records = count_records(&database).await?;
    let table_bytes = list_table_bytes(&database).await?;
    database.close().await;
    let values = records * i64::try_from(FACTORS.len())?;
    let per_value = |prefix: &str| {
        let bytes: i64 = table_bytes
            .iter()
            .filter(|(name, _bytes)| name.starts_with(prefix))
            .map(|(_name, bytes)| bytes)
            .sum();
        bytes as f64 / values.max(1) as f64
    };
    Ok(MeasureReport {
        records,
        values,
        record_bytes_per_value: per_value("record"),
        raw_bytes_per_value: per_value("raw_"),
        table_bytes,
    })
}

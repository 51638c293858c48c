//! Interpreting again what the journal and the vault have, without writing anything.

use database::Database;
use sites::DirectoryHandle;

use super::chunk::{interpret_batch, interpret_packets};
use crate::store::journal as store;
use crate::{InterpretedBatch, MonitoringError, vault};

/// Interprets the first batch after one, up to another; `None` when there is none. Batches that have
/// gone to the vault come many at once, under the id of the last of them.
pub async fn reinterpret_next(
    database: &Database,
    directory: &DirectoryHandle,
    after_batch: i64,
    to_batch: i64,
) -> Result<Option<InterpretedBatch>, MonitoringError> {
    if after_batch >= to_batch {
        return Ok(None);
    }
    let directory = directory.current();
    // the journal first: what is packed in between is then found in the vault
    if let Some(content) = store::find_content(database, after_batch + 1).await? {
        let batch_id = after_batch + 1;
        return tokio::task::spawn_blocking(move || interpret_batch(batch_id, content, &directory))
            .await
            .map(Some)
            .map_err(|error| MonitoringError::damaged("batch", error));
    }
    let next = vault::load_next(database, after_batch, to_batch).await?;
    let Some((batch_id, packets)) = next else {
        return Ok(None);
    };
    tokio::task::spawn_blocking(move || interpret_packets(batch_id, &packets, &directory))
        .await
        .map(Some)
        .map_err(|error| MonitoringError::damaged("window", error))
}

/// Interprets the batches after one up to another, in order, and gives each to `take`; returns
/// the last batch that there was.
pub async fn reinterpret(
    database: &Database,
    directory: &DirectoryHandle,
    after_batch: i64,
    to_batch: i64,
    mut take: impl FnMut(InterpretedBatch),
) -> Result<i64, MonitoringError> {
    let mut at = after_batch;
    while let Some(batch) = reinterpret_next(database, directory, at, to_batch).await? {
        at = batch.batch_id;
        take(batch);
    }
    Ok(at)
}

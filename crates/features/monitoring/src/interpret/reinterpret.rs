//! Interpreting again what the journal still has, without writing anything.

use database::Database;
use sites::DirectoryHandle;

use super::chunk::interpret_batch;
use crate::store::journal as store;
use crate::{InterpretedBatch, MonitoringError};

/// Interprets the first batch after one, up to another; `None` when there is none in the journal.
pub async fn reinterpret_next(
    database: &Database,
    directory: &DirectoryHandle,
    after_batch: i64,
    to_batch: i64,
) -> Result<Option<InterpretedBatch>, MonitoringError> {
    let mut contents = store::list_contents(database, after_batch, 1).await?;
    let Some((batch_id, _, content)) = contents.pop().filter(|(id, ..)| *id <= to_batch) else {
        return Ok(None);
    };
    let directory = directory.current();
    tokio::task::spawn_blocking(move || interpret_batch(batch_id, content, &directory))
        .await
        .map(Some)
        .map_err(|error| MonitoringError::damaged("batch", error))
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

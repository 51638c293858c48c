//! Statements of the journal and its readers' checkpoints.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_raw_database, on_transaction, sqlx};

use crate::MonitoringError;
use crate::journal::BatchSummary;
use crate::journal::batch::EncodedBatch;

/// The end of the journal's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) batch_id: i64,
    pub(crate) hash: Vec<u8>,
}

pub(crate) async fn load_head(database: &Database) -> Result<Head, MonitoringError> {
    const LOAD: &str = "SELECT last_batch_id, last_hash FROM raw_journal_head WHERE id = 1";
    let (batch_id, hash) = on_raw_database!(database, |pool| {
        sqlx::query_as::<_, (i64, Vec<u8>)>(LOAD)
            .fetch_one(pool)
            .await?
    });
    Ok(Head { batch_id, hash })
}

pub(crate) async fn load_packed(database: &Database) -> Result<Head, MonitoringError> {
    const LOAD: &str = "SELECT packed_batch_id, packed_hash FROM raw_journal_head WHERE id = 1";
    let (batch_id, hash) = on_raw_database!(database, |pool| {
        sqlx::query_as::<_, (i64, Vec<u8>)>(LOAD)
            .fetch_one(pool)
            .await?
    });
    Ok(Head { batch_id, hash })
}

/// Commits a batch behind `before`; fails when the head is no longer there.
pub(crate) async fn insert_batch(
    database: &Database,
    before: &Head,
    batch_id: i64,
    batch: &EncodedBatch,
    hash: &[u8],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO raw_batch (id, first_received_ms, last_received_ms, \
         packet_count, size_bytes, content, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    const MOVE: &str = "UPDATE raw_journal_head SET last_batch_id = $1, last_hash = $2 \
         WHERE id = 1 AND last_batch_id = $3";
    let mut transaction = database.begin_raw().await?;
    let moved = on_transaction!(&mut transaction, |connection| {
        sqlx::query(INSERT)
            .bind(batch_id)
            .bind(batch.first_received.epoch_ms())
            .bind(batch.last_received.epoch_ms())
            .bind(batch.packet_count)
            .bind(batch.size_bytes)
            .bind(&batch.content)
            .bind(hash)
            .execute(&mut *connection)
            .await?;
        sqlx::query(MOVE)
            .bind(batch_id)
            .bind(hash)
            .bind(before.batch_id)
            .execute(connection)
            .await?
            .rows_affected()
    });
    if moved != 1 {
        transaction.rollback().await?;
        return Err(MonitoringError::damaged(
            "journal head",
            format!("another writer has moved it beyond {}", before.batch_id),
        ));
    }
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn find_batch_hash(
    database: &Database,
    id: i64,
) -> Result<Option<Vec<u8>>, MonitoringError> {
    const FIND: &str = "SELECT hash FROM raw_batch WHERE id = $1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

pub(crate) async fn find_content(
    database: &Database,
    id: i64,
) -> Result<Option<Vec<u8>>, MonitoringError> {
    const FIND: &str = "SELECT content FROM raw_batch WHERE id = $1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// The newest batch below an id with packets received in `from_ms..to_ms`, with its content.
pub(crate) async fn find_before(
    database: &Database,
    below: i64,
    from_ms: i64,
    to_ms: i64,
) -> Result<Option<(i64, Vec<u8>)>, MonitoringError> {
    const FIND: &str = "SELECT id, content FROM raw_batch WHERE id < $1 \
         AND last_received_ms >= $2 AND first_received_ms < $3 ORDER BY id DESC LIMIT 1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(below)
            .bind(from_ms)
            .bind(to_ms)
            .fetch_optional(pool)
            .await?
    }))
}

pub(crate) async fn find_link(
    database: &Database,
    id: i64,
) -> Result<Option<(Vec<u8>, Vec<u8>)>, MonitoringError> {
    const FIND: &str = "SELECT content, hash FROM raw_batch WHERE id = $1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    }))
}

/// Contents of batches after one, in order, with at most `limit` rows.
pub(crate) async fn list_contents(
    database: &Database,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, i64, Vec<u8>)>, MonitoringError> {
    const LIST: &str = "SELECT id, packet_count, content FROM raw_batch WHERE id > $1 \
         ORDER BY id LIMIT $2";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    }))
}

pub(crate) async fn list_batches(
    database: &Database,
    after: i64,
    limit: u32,
) -> Result<Vec<BatchSummary>, MonitoringError> {
    const LIST: &str = "SELECT id, first_received_ms, last_received_ms, packet_count, size_bytes \
         FROM raw_batch WHERE id > $1 ORDER BY id LIMIT $2";
    let rows: Vec<(i64, i64, i64, i64, i64)> = on_raw_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(after)
            .bind(i64::from(limit.min(1000)))
            .fetch_all(pool)
            .await?
    });
    Ok(rows
        .into_iter()
        .map(|row| BatchSummary {
            id: row.0,
            first_received_ms: row.1,
            last_received_ms: row.2,
            packet_count: row.3,
            size_bytes: row.4,
        })
        .collect())
}

pub(crate) async fn load_checkpoint(
    database: &Database,
    reader: &str,
) -> Result<i64, MonitoringError> {
    const FIND: &str = "SELECT batch_id FROM journal_checkpoint WHERE reader = $1";
    let found: Option<i64> = on_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(reader)
            .fetch_optional(pool)
            .await?
    });
    Ok(found.unwrap_or(0))
}

/// Moves a reader's checkpoint in the transaction of what it wrote. Returns false when the
/// checkpoint is no longer where the reader thought: somebody else has read on.
pub(crate) async fn move_checkpoint(
    transaction: &mut Transaction,
    reader: &str,
    from: i64,
    to: i64,
    at: Timestamp,
) -> Result<bool, MonitoringError> {
    const INSERT: &str = "INSERT INTO journal_checkpoint (reader, batch_id, at_ms) \
         VALUES ($1, 0, $2) ON CONFLICT (reader) DO NOTHING";
    const MOVE: &str = "UPDATE journal_checkpoint SET batch_id = $3, at_ms = $4 \
         WHERE reader = $1 AND batch_id = $2";
    let moved = on_transaction!(transaction, |connection| {
        if from == 0 {
            sqlx::query(INSERT)
                .bind(reader)
                .bind(at.epoch_ms())
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query(MOVE)
            .bind(reader)
            .bind(from)
            .bind(to)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(moved == 1)
}

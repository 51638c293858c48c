//! Statements of imports of records.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::MonitoringError;
use crate::import::{ImportFile, ImportSummary};

/// The import of a file with that SM3.
pub(crate) async fn find(
    database: &Database,
    sm3: &str,
) -> Result<Option<(i64, Timestamp)>, MonitoringError> {
    const FIND: &str = "SELECT id, at_ms FROM record_import WHERE file_sm3 = $1";
    let row: Option<(i64, i64)> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(sm3).fetch_optional(pool).await?
    });
    Ok(row.map(|(id, at_ms)| (id, Timestamp::from_epoch_ms(at_ms))))
}

/// Enters an import; what it came to follows in the same transaction.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    file: &ImportFile,
    author: &str,
    at: Timestamp,
) -> Result<i64, MonitoringError> {
    const INSERT: &str = "INSERT INTO record_import (file_name, file_sm3, author, at_ms, \
         row_count, record_count, first_ms, last_ms) VALUES ($1, $2, $3, $4, 0, 0, 0, 0) \
         RETURNING id";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&file.name)
            .bind(&file.sm3)
            .bind(author)
            .bind(at.epoch_ms())
            .fetch_one(connection)
            .await?
    }))
}

/// Enters what an import came to.
pub(crate) async fn finish(
    transaction: &mut Transaction,
    id: i64,
    summary: &ImportSummary,
) -> Result<(), MonitoringError> {
    const PUT: &str = "UPDATE record_import SET row_count = $2, record_count = $3, \
         first_ms = $4, last_ms = $5 WHERE id = $1";
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (first, last) = summary
        .times
        .map_or((0, 0), |(first, last)| (first.epoch_ms(), last.epoch_ms()));
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(id)
            .bind(whole(summary.rows))
            .bind(whole(summary.new_records))
            .bind(first)
            .bind(last)
            .execute(connection)
            .await?;
    });
    Ok(())
}

//! Statements of imports of records.

use beijing_time::Timestamp;
use database::bulk::{Column, insert_rows};
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::import::{
    ImportEntry, ImportFile, ImportOrigin, ImportSpan, ImportSummary, PointOrigin,
};
use crate::{MonitoringError, RecordKind};

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
         origin, source, row_count, record_count, first_ms, last_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0) RETURNING id";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&file.name)
            .bind(&file.sm3)
            .bind(author)
            .bind(at.epoch_ms())
            .bind(file.origin.as_str())
            .bind(&file.source)
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

/// Adds runs of records with their rows.
pub(crate) async fn insert_spans(
    transaction: &mut Transaction,
    import_id: i64,
    spans: &[ImportSpan],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO import_span (point_id, kind, first_ms, import_id, last_ms, \
         step_ms, first_row, row_step)";
    let integers = |of: fn(&ImportSpan) -> i64| spans.iter().map(of).collect::<Vec<_>>();
    let points = integers(|span| span.point_id);
    let kinds = integers(|span| span.kind.code());
    let first = integers(|span| span.first.epoch_ms());
    let imports = vec![import_id; spans.len()];
    let last = integers(|span| span.last.epoch_ms());
    let steps = integers(|span| span.step_ms);
    let rows = integers(|span| span.first_row);
    let row_steps = integers(|span| span.row_step);
    let columns = [
        &points, &kinds, &first, &imports, &last, &steps, &rows, &row_steps,
    ]
    .map(|values| Column::Integers(values));
    // a file that comes back to a record stands by its first row
    insert_rows(transaction, INSERT, &columns, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// The runs of a point in an import.
pub(crate) async fn list_spans(
    database: &Database,
    import_id: i64,
    point_id: i64,
) -> Result<Vec<ImportSpan>, MonitoringError> {
    const LIST: &str = "SELECT kind, first_ms, last_ms, step_ms, first_row, row_step \
         FROM import_span WHERE point_id = $1 AND import_id = $2 ORDER BY kind, first_ms";
    let rows: Vec<(i64, i64, i64, i64, i64, i64)> =
        on_database!(database, |pool| sqlx::query_as(LIST)
            .bind(point_id)
            .bind(import_id)
            .fetch_all(pool)
            .await?);
    rows.into_iter()
        .map(|(kind, first_ms, last_ms, step_ms, first_row, row_step)| {
            Ok(ImportSpan {
                point_id,
                kind: RecordKind::from_code(kind)
                    .ok_or_else(|| MonitoringError::damaged("kind of records", kind.to_string()))?,
                first: Timestamp::from_epoch_ms(first_ms),
                last: Timestamp::from_epoch_ms(last_ms),
                step_ms,
                first_row,
                row_step,
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: i64,
    file_name: String,
    file_sm3: String,
    origin: String,
    source: String,
    author: String,
    at_ms: i64,
    row_count: i64,
    record_count: i64,
}

fn read_origin(name: &str) -> Result<ImportOrigin, MonitoringError> {
    ImportOrigin::from_name(name)
        .ok_or_else(|| MonitoringError::damaged("origin of an import", name))
}

/// An import by its number.
pub(crate) async fn find_entry(
    database: &Database,
    id: i64,
) -> Result<Option<ImportEntry>, MonitoringError> {
    const FIND: &str = "SELECT id, file_name, file_sm3, origin, source, author, at_ms, row_count, \
         record_count FROM record_import WHERE id = $1";
    let row: Option<EntryRow> = on_database!(database, |pool| sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(pool)
        .await?);
    row.map(|row| {
        Ok(ImportEntry {
            id: row.id,
            origin: read_origin(&row.origin)?,
            file_name: row.file_name,
            file_sm3: row.file_sm3,
            source: row.source,
            author: row.author,
            at: Timestamp::from_epoch_ms(row.at_ms),
            rows: row.row_count,
            records: row.record_count,
        })
    })
    .transpose()
}

/// The kinds of figures that points have by imports.
pub(crate) async fn list_point_origins(
    database: &Database,
) -> Result<Vec<PointOrigin>, MonitoringError> {
    const LIST: &str = "SELECT import_span.point_id, record_import.origin, \
         MIN(import_span.first_ms) AS first_ms, MAX(import_span.last_ms) AS last_ms \
         FROM import_span JOIN record_import ON record_import.id = import_span.import_id \
         GROUP BY import_span.point_id, import_span.import_id, record_import.origin \
         ORDER BY import_span.point_id, first_ms";
    let rows: Vec<(i64, String, i64, i64)> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    rows.into_iter()
        .map(|(point_id, origin, first_ms, last_ms)| {
            Ok(PointOrigin {
                point_id,
                origin: read_origin(&origin)?,
                first: Timestamp::from_epoch_ms(first_ms),
                last: Timestamp::from_epoch_ms(last_ms),
            })
        })
        .collect()
}

//! Statements of the files of reports.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use crate::TasksError;
use crate::model::ReportFile;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    report_id: Uuid,
    name: String,
    media_type: String,
    size_bytes: i64,
    digest: String,
    author: String,
    at_ms: i64,
}

impl From<Row> for ReportFile {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            report_id: row.report_id,
            name: row.name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            digest: row.digest,
            author: row.author,
            at: Timestamp::from_epoch_ms(row.at_ms),
        }
    }
}

/// Keeps a file; `false` when the report has one with the same content.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    file: &ReportFile,
    content: &[u8],
) -> Result<bool, TasksError> {
    const INSERT: &str = "INSERT INTO task_report_file (id, report_id, name, media_type, \
         size_bytes, digest, content, author, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (report_id, digest) DO NOTHING";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(file.id)
            .bind(file.report_id)
            .bind(&file.name)
            .bind(&file.media_type)
            .bind(file.size_bytes)
            .bind(&file.digest)
            .bind(content)
            .bind(&file.author)
            .bind(file.at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    }) == 1)
}

/// How many files a report has, read where it is changed.
pub(crate) async fn count(
    transaction: &mut Transaction,
    report_id: Uuid,
) -> Result<i64, TasksError> {
    const COUNT: &str = "SELECT COUNT(*) FROM task_report_file WHERE report_id = $1";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(COUNT)
            .bind(report_id)
            .fetch_one(connection)
            .await?
    }))
}

/// The files of all reports on a task, the first first.
pub(crate) async fn list_of_task(
    database: &Database,
    task: &str,
) -> Result<Vec<ReportFile>, TasksError> {
    const LIST: &str = "SELECT f.id, f.report_id, f.name, f.media_type, f.size_bytes, f.digest, \
         f.author, f.at_ms FROM task_report_file f JOIN task_report r ON r.id = f.report_id \
         WHERE r.task = $1 ORDER BY f.at_ms, f.id LIMIT 10000";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(task).fetch_all(pool).await?
    });
    Ok(rows.into_iter().map(ReportFile::from).collect())
}

/// A file with its content.
pub(crate) async fn find(
    database: &Database,
    id: Uuid,
) -> Result<Option<(ReportFile, Vec<u8>)>, TasksError> {
    const FIND: &str = "SELECT id, report_id, name, media_type, size_bytes, digest, author, \
         at_ms, content FROM task_report_file WHERE id = $1";
    #[derive(sqlx::FromRow)]
    struct WithContent {
        #[sqlx(flatten)]
        row: Row,
        content: Vec<u8>,
    }
    let found: Option<WithContent> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    });
    Ok(found.map(|found| (found.row.into(), found.content)))
}

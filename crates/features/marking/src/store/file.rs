//! Statements of the files of markings.

use access::Scope;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::ScopeFilter;
use crate::MarkingError;
use crate::model::MarkingFile;

macro_rules! columns {
    () => {
        "f.id, f.marking_id, f.name, f.media_type, f.size_bytes, f.digest, f.author, f.at_ms"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    marking_id: Uuid,
    name: String,
    media_type: String,
    size_bytes: i64,
    digest: String,
    author: String,
    at_ms: i64,
}

impl From<Row> for MarkingFile {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            marking_id: row.marking_id,
            name: row.name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            digest: row.digest,
            author: row.author,
            at: Timestamp::from_epoch_ms(row.at_ms),
        }
    }
}

/// Keeps a file; `false` when the marking has one with the same content.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    file: &MarkingFile,
    content: &[u8],
) -> Result<bool, MarkingError> {
    const INSERT: &str = "INSERT INTO marking_file (id, marking_id, name, media_type, \
         size_bytes, digest, content, author, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (marking_id, digest) DO NOTHING";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(file.id)
            .bind(file.marking_id)
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

/// How many files a marking has, read where it is changed.
pub(crate) async fn count(
    transaction: &mut Transaction,
    marking_id: Uuid,
) -> Result<i64, MarkingError> {
    const COUNT: &str = "SELECT COUNT(*) FROM marking_file WHERE marking_id = $1";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(COUNT)
            .bind(marking_id)
            .fetch_one(connection)
            .await?
    }))
}

/// The files of a marking, the first first.
pub(crate) async fn list(
    database: &Database,
    marking_id: Uuid,
) -> Result<Vec<MarkingFile>, MarkingError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM marking_file f WHERE f.marking_id = $1 ORDER BY f.at_ms, f.id LIMIT 100"
    );
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(marking_id)
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().map(MarkingFile::from).collect())
}

/// A file with its content, in a part of the city.
pub(crate) async fn find(
    database: &Database,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<(MarkingFile, Vec<u8>)>, MarkingError> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        ", f.content FROM marking_file f JOIN marking k ON k.id = f.marking_id \
         JOIN record_mark m ON m.id = k.mark_id JOIN monitoring_point p ON p.id = m.point_id \
         JOIN site s ON s.id = p.site_id WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%') AND f.id = $3"
    );
    #[derive(sqlx::FromRow)]
    struct WithContent {
        #[sqlx(flatten)]
        row: Row,
        content: Vec<u8>,
    }
    let scope = ScopeFilter::of(scope);
    let found: Option<WithContent> = on_database!(database, |pool| sqlx::query_as(FIND)
        .bind(scope.prefix)
        .bind(scope.sites)
        .bind(id)
        .fetch_optional(pool)
        .await?);
    Ok(found.map(|found| (found.row.into(), found.content)))
}

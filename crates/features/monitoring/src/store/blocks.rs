//! Statements of blocks: records of a point, kind and span, by columns.

use database::bulk::{Column, insert_rows};
use database::{Database, on_database, sqlx};

use crate::blocks::EncodedBlock;
use crate::{MonitoringError, RecordKind};

/// A block as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct StoredBlock {
    pub(crate) point_id: i64,
    /// The number of its span's first day.
    pub(crate) day: i64,
    /// Grows with each change.
    pub(crate) revision: i64,
    pub(crate) content: Vec<u8>,
}

/// The blocks of a point and kind whose spans begin on days `first..=last`, by day.
pub(crate) async fn list_blocks(
    database: &Database,
    kind: RecordKind,
    point_id: i64,
    (first_day, last_day): (i64, i64),
) -> Result<Vec<StoredBlock>, MonitoringError> {
    const LIST: &str = "SELECT point_id, day, revision, content FROM record_block \
         WHERE point_id = $1 AND kind = $2 AND day >= $3 AND day <= $4 ORDER BY day";
    Ok(on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(point_id)
        .bind(kind.code())
        .bind(first_day)
        .bind(last_day)
        .fetch_all(pool)
        .await?))
}

/// The blocks of points `first..=last` whose span begins on a day, by point.
pub(crate) async fn list_blocks_of_points(
    database: &Database,
    kind: RecordKind,
    (first_point, last_point): (i64, i64),
    day: i64,
) -> Result<Vec<StoredBlock>, MonitoringError> {
    const LIST: &str = "SELECT point_id, day, revision, content FROM record_block \
         WHERE kind = $1 AND day = $2 AND point_id >= $3 AND point_id <= $4 ORDER BY point_id";
    Ok(on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(kind.code())
        .bind(day)
        .bind(first_point)
        .bind(last_point)
        .fetch_all(pool)
        .await?))
}

/// How many records the blocks of a span have, by point.
pub(crate) async fn count_block_rows(
    database: &Database,
    kind: RecordKind,
    day: i64,
) -> Result<Vec<(i64, i64)>, MonitoringError> {
    const COUNT: &str = "SELECT point_id, row_count FROM record_block \
         WHERE kind = $1 AND day = $2 ORDER BY point_id";
    Ok(on_database!(database, |pool| sqlx::query_as(COUNT)
        .bind(kind.code())
        .bind(day)
        .fetch_all(pool)
        .await?))
}

/// The first day of a block of a kind at or after a day.
pub(crate) async fn find_first_day(
    database: &Database,
    kind: RecordKind,
    from_day: i64,
) -> Result<Option<i64>, MonitoringError> {
    const FIND: &str = "SELECT MIN(day) FROM record_block WHERE kind = $1 AND day >= $2";
    Ok(on_database!(database, |pool| sqlx::query_scalar(FIND)
        .bind(kind.code())
        .bind(from_day)
        .fetch_one(pool)
        .await?))
}

/// Writes blocks of a span, each point once with the revision before (0 for none), in the place of
/// those there were; false, and nothing is written, when another process has changed one.
pub(crate) async fn put_blocks(
    database: &Database,
    kind: RecordKind,
    day: i64,
    blocks: &[(i64, i64, EncodedBlock)],
) -> Result<bool, MonitoringError> {
    const INSERT: &str = "INSERT INTO record_block (point_id, kind, day, revision, row_count, \
         value_count, content)";
    const AGAIN: &str = "ON CONFLICT (point_id, kind, day) DO UPDATE SET \
         revision = excluded.revision, row_count = excluded.row_count, \
         value_count = excluded.value_count, content = excluded.content \
         WHERE record_block.revision = excluded.revision - 1";
    let integers =
        |of: fn(&(i64, i64, EncodedBlock)) -> i64| blocks.iter().map(of).collect::<Vec<_>>();
    let points = integers(|(point_id, ..)| *point_id);
    let kinds = vec![kind.code(); blocks.len()];
    let days = vec![day; blocks.len()];
    let revisions = integers(|(_, before, _)| before + 1);
    let rows = integers(|(.., block)| block.row_count);
    let values = integers(|(.., block)| block.value_count);
    let contents: Vec<&[u8]> = blocks
        .iter()
        .map(|(.., block)| block.content.as_slice())
        .collect();
    let columns = [
        Column::Integers(&points),
        Column::Integers(&kinds),
        Column::Integers(&days),
        Column::Integers(&revisions),
        Column::Integers(&rows),
        Column::Integers(&values),
        Column::Bytes(&contents),
    ];
    let mut transaction = database.begin().await?;
    let written = insert_rows(&mut transaction, INSERT, &columns, AGAIN).await?;
    if written != blocks.len() as u64 {
        transaction.rollback().await?;
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

//! Statements of retention: how long records are kept, and the removal of those whose time is over.

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::blocks::Span;
use crate::retention::{Amount, StepSize};
use crate::{MonitoringError, RecordKind, statistics};

/// How long records of a kind are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Setting {
    pub(crate) keep_days: Option<i64>,
    pub(crate) revision: i64,
}

pub(crate) async fn list_settings(
    database: &Database,
) -> Result<BTreeMap<RecordKind, Setting>, MonitoringError> {
    const LIST: &str = "SELECT kind, keep_days, revision FROM record_retention";
    let rows: Vec<(i64, Option<i64>, i64)> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    Ok(rows
        .into_iter()
        .filter_map(|(kind, keep_days, revision)| {
            let setting = Setting {
                keep_days,
                revision,
            };
            Some((RecordKind::from_code(kind)?, setting))
        })
        .collect())
}

/// Writes a setting over the one of a revision, 0 for none; false when there is another by now.
pub(crate) async fn put_setting(
    transaction: &mut Transaction,
    kind: RecordKind,
    keep_days: Option<i64>,
    revision: i64,
) -> Result<bool, MonitoringError> {
    const PUT: &str = "INSERT INTO record_retention (kind, keep_days, revision) \
         VALUES ($1, $2, $3) ON CONFLICT (kind) DO UPDATE SET keep_days = excluded.keep_days, \
         revision = excluded.revision WHERE record_retention.revision = excluded.revision - 1";
    let written = on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(kind.code())
            .bind(keep_days)
            .bind(revision + 1)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(written == 1)
}

/// What was removed of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredRemoval {
    pub(crate) kind: RecordKind,
    pub(crate) before: Timestamp,
    pub(crate) removed: Amount,
    pub(crate) late_records: u64,
}

const LIST_REMOVALS: &str =
    "SELECT kind, before_ms, removed_records, removed_bytes, late_records FROM record_removal";

type RemovalRow = (i64, i64, i64, i64, i64);

fn read_removals(rows: Vec<RemovalRow>) -> Vec<StoredRemoval> {
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    rows.into_iter()
        .filter_map(|row| {
            Some(StoredRemoval {
                kind: RecordKind::from_code(row.0)?,
                before: Timestamp::from_epoch_ms(row.1),
                removed: Amount {
                    records: number(row.2),
                    blocks: 0,
                    bytes: number(row.3),
                },
                late_records: number(row.4),
            })
        })
        .collect()
}

pub(crate) async fn list_removals(
    database: &Database,
) -> Result<Vec<StoredRemoval>, MonitoringError> {
    let rows = on_database!(database, |pool| sqlx::query_as(LIST_REMOVALS)
        .fetch_all(pool)
        .await?);
    Ok(read_removals(rows))
}

pub(crate) async fn list_removals_in(
    transaction: &mut Transaction,
) -> Result<Vec<StoredRemoval>, MonitoringError> {
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query_as(LIST_REMOVALS).fetch_all(connection).await?
    });
    Ok(read_removals(rows))
}

/// Counts records that came for a time that is gone.
pub(crate) async fn count_late(
    transaction: &mut Transaction,
    counts: &BTreeMap<RecordKind, i64>,
) -> Result<(), MonitoringError> {
    const COUNT: &str =
        "UPDATE record_removal SET late_records = late_records + $2 WHERE kind = $1";
    for (kind, count) in counts {
        on_transaction!(transaction, |connection| {
            sqlx::query(COUNT)
                .bind(kind.code())
                .bind(*count)
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}

/// How much there is of a kind from a time on, up to another if given.
pub(crate) async fn measure(
    database: &Database,
    kind: RecordKind,
    from: Timestamp,
    to: Option<Timestamp>,
) -> Result<Amount, MonitoringError> {
    const ROWS: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(payload)), 0) AS BIGINT) \
         FROM record WHERE kind = $1 AND time_ms >= $2 AND time_ms < $3";
    const BLOCKS: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(row_count), 0) AS BIGINT), \
         CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM record_block \
         WHERE kind = $1 AND day >= $2 AND day < $3";
    let to_ms = to.map_or(i64::MAX, Timestamp::epoch_ms);
    let first_day = Span::containing(kind, from).day;
    let to_day = to.map_or(i64::MAX, |to| Span::containing(kind, to).day);
    let rows: (i64, i64) = on_database!(database, |pool| sqlx::query_as(ROWS)
        .bind(kind.code())
        .bind(from.epoch_ms())
        .bind(to_ms)
        .fetch_one(pool)
        .await?);
    let blocks: (i64, i64, i64) = on_database!(database, |pool| sqlx::query_as(BLOCKS)
        .bind(kind.code())
        .bind(first_day)
        .bind(to_day)
        .fetch_one(pool)
        .await?);
    Ok(sum(rows, blocks))
}

fn sum(rows: (i64, i64), blocks: (i64, i64, i64)) -> Amount {
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    Amount {
        records: number(rows.0) + number(blocks.1),
        blocks: number(blocks.0),
        bytes: number(rows.1) + number(blocks.2),
    }
}

/// Moves the mark of a kind to an instant, unless it stands there or behind it already.
const MOVE_MARK: &str = "INSERT INTO record_removal (kind, before_ms, removed_records, \
     removed_bytes, late_records, changed_ms) VALUES ($1, $2, 0, 0, 0, $3) \
     ON CONFLICT (kind) DO UPDATE SET before_ms = excluded.before_ms, \
     changed_ms = excluded.changed_ms WHERE record_removal.before_ms < excluded.before_ms";

/// Removes some records of a kind before an instant, in one transaction with the mark that says so
/// and the count of what went. `None`, and nothing is changed, when there is nothing to remove, or
/// when figures made of these records wait to be derived.
pub(crate) async fn remove_step(
    database: &Database,
    (kind, before): (RecordKind, Timestamp),
    now: Timestamp,
    size: StepSize,
) -> Result<Option<Amount>, MonitoringError> {
    const SUM_ROWS: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(payload)), 0) AS BIGINT) \
         FROM (SELECT payload FROM record WHERE kind = $1 AND time_ms < $2 \
         ORDER BY time_ms, point_id, version, digest LIMIT $3) AS step";
    const DELETE_ROWS: &str = "DELETE FROM record WHERE (kind, time_ms, point_id, version, digest) \
         IN (SELECT kind, time_ms, point_id, version, digest FROM record \
         WHERE kind = $1 AND time_ms < $2 \
         ORDER BY time_ms, point_id, version, digest LIMIT $3)";
    const SUM_BLOCKS: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(row_count), 0) AS BIGINT), \
         CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM (SELECT row_count, content \
         FROM record_block WHERE kind = $1 AND day < $2 ORDER BY day, point_id LIMIT $3) AS step";
    const DELETE_BLOCKS: &str = "DELETE FROM record_block WHERE (point_id, kind, day) \
         IN (SELECT point_id, kind, day FROM record_block \
         WHERE kind = $1 AND day < $2 ORDER BY day, point_id LIMIT $3)";
    const COUNT: &str = "UPDATE record_removal SET removed_records = removed_records + $2, \
         removed_bytes = removed_bytes + $3 WHERE kind = $1";
    let before_day = Span::containing(kind, before).day;
    let mut transaction = database.begin().await?;
    let is_moved = on_transaction!(&mut transaction, |connection| {
        sqlx::query(MOVE_MARK)
            .bind(kind.code())
            .bind(before.epoch_ms())
            .bind(now.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    }) > 0;
    if is_moved && has_waiting(&mut transaction, kind, before).await? {
        transaction.rollback().await?;
        return Ok(None);
    }
    let (rows, blocks): ((i64, i64), (i64, i64, i64)) =
        on_transaction!(&mut transaction, |connection| {
            let rows = sqlx::query_as(SUM_ROWS)
                .bind(kind.code())
                .bind(before.epoch_ms())
                .bind(size.rows)
                .fetch_one(&mut *connection)
                .await?;
            let blocks = sqlx::query_as(SUM_BLOCKS)
                .bind(kind.code())
                .bind(before_day)
                .bind(size.blocks)
                .fetch_one(connection)
                .await?;
            (rows, blocks)
        });
    let amount = sum(rows, blocks);
    if amount.records == 0 && amount.blocks == 0 && !is_moved {
        transaction.rollback().await?;
        return Ok(None);
    }
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(DELETE_ROWS)
            .bind(kind.code())
            .bind(before.epoch_ms())
            .bind(size.rows)
            .execute(&mut *connection)
            .await?;
        sqlx::query(DELETE_BLOCKS)
            .bind(kind.code())
            .bind(before_day)
            .bind(size.blocks)
            .execute(&mut *connection)
            .await?;
        sqlx::query(COUNT)
            .bind(kind.code())
            .bind(i64::try_from(amount.records).unwrap_or(i64::MAX))
            .bind(i64::try_from(amount.bytes).unwrap_or(i64::MAX))
            .execute(connection)
            .await?;
    });
    transaction.commit().await?;
    Ok(Some(amount))
}

/// Whether figures made of records of a kind before an instant wait to be computed.
async fn has_waiting(
    transaction: &mut Transaction,
    kind: RecordKind,
    before: Timestamp,
) -> Result<bool, MonitoringError> {
    const PERIODS: &str = "SELECT COUNT(*) FROM (SELECT kind FROM dirty_period \
         WHERE kind = $1 AND time_ms < $2 LIMIT 1) AS waiting";
    const RATES: &str =
        "SELECT COUNT(*) FROM (SELECT day FROM rate_dirty WHERE day < $1 LIMIT 1) AS waiting";
    let mut waiting: i64 = 0;
    if let Some((derived, _)) = statistics::find_derived(kind, before) {
        waiting += on_transaction!(transaction, |connection| {
            sqlx::query_scalar::<_, i64>(PERIODS)
                .bind(derived.code())
                .bind(before.epoch_ms())
                .fetch_one(connection)
                .await?
        });
    }
    if kind == RecordKind::Hour {
        waiting += on_transaction!(transaction, |connection| {
            sqlx::query_scalar::<_, i64>(RATES)
                .bind(before.stat_day().number())
                .fetch_one(connection)
                .await?
        });
    }
    Ok(waiting > 0)
}

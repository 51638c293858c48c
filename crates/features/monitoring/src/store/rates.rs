//! Statements of the rates: days to be computed and what they came to.

use beijing_time::StatDay;
use database::bulk::{Column, insert_rows};
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::rates::{RateCounts, RateDay};
use crate::retention::Removals;
use crate::{MonitoringError, RecordKind};

/// A day of a point to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct DirtyDay {
    pub(crate) day: i64,
    pub(crate) point_id: i64,
    pub(crate) revision: i64,
}

/// Marks days (day, point), each given once, to be computed again.
pub(crate) async fn put_dirty(
    transaction: &mut Transaction,
    days: &[(i64, i64)],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO rate_dirty (day, point_id, revision)";
    const AGAIN: &str =
        "ON CONFLICT (day, point_id) DO UPDATE SET revision = rate_dirty.revision + 1";
    let numbers: Vec<i64> = days.iter().map(|day| day.0).collect();
    let points: Vec<i64> = days.iter().map(|day| day.1).collect();
    let revisions = vec![1; days.len()];
    let columns = [
        Column::Integers(&numbers),
        Column::Integers(&points),
        Column::Integers(&revisions),
    ];
    insert_rows(transaction, INSERT, &columns, AGAIN).await?;
    Ok(())
}

/// Days to be computed, the latest first.
pub(crate) async fn list_dirty(
    database: &Database,
    most: u32,
) -> Result<Vec<DirtyDay>, MonitoringError> {
    const LIST: &str = "SELECT day, point_id, revision FROM rate_dirty \
         ORDER BY day DESC, point_id LIMIT $1";
    Ok(on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?))
}

/// Writes computed days and takes them off the queue, unless they were touched again since. Those
/// without counts, or whose hours were removed in the meantime, only leave the queue.
pub(crate) async fn put_days(
    database: &Database,
    days: &[(DirtyDay, Option<RateCounts>)],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO rate_day (day, point_id, due_hours, exempt_hours, \
         networked_hours, running_hours, due_values, exempt_values, received_values, valid_values)";
    const AGAIN: &str = "ON CONFLICT (day, point_id) DO UPDATE SET \
         due_hours = excluded.due_hours, exempt_hours = excluded.exempt_hours, \
         networked_hours = excluded.networked_hours, running_hours = excluded.running_hours, \
         due_values = excluded.due_values, exempt_values = excluded.exempt_values, \
         received_values = excluded.received_values, valid_values = excluded.valid_values";
    const DONE: &str = "DELETE FROM rate_dirty WHERE day = $1 AND point_id = $2 AND revision = $3";
    if days.is_empty() {
        return Ok(());
    }
    let mut transaction = database.begin().await?;
    let removals = Removals::load_in(&mut transaction).await?;
    let kept: Vec<(DirtyDay, RateCounts)> = days
        .iter()
        .filter(|(dirty, _)| {
            let start = StatDay::from_number(dirty.day).start();
            !removals.has(RecordKind::Hour, start)
        })
        .filter_map(|(dirty, counts)| Some((*dirty, (*counts)?)))
        .collect();
    let integers = |of: fn(&(DirtyDay, RateCounts)) -> i64| kept.iter().map(of).collect::<Vec<_>>();
    let columns = [
        integers(|(dirty, _)| dirty.day),
        integers(|(dirty, _)| dirty.point_id),
        integers(|(_, counts)| counts.due_hours),
        integers(|(_, counts)| counts.exempt_hours),
        integers(|(_, counts)| counts.networked_hours),
        integers(|(_, counts)| counts.running_hours),
        integers(|(_, counts)| counts.due_values),
        integers(|(_, counts)| counts.exempt_values),
        integers(|(_, counts)| counts.received_values),
        integers(|(_, counts)| counts.valid_values),
    ];
    let columns: Vec<Column<'_>> = columns
        .iter()
        .map(|values| Column::Integers(values))
        .collect();
    insert_rows(&mut transaction, INSERT, &columns, AGAIN).await?;
    for (dirty, _) in days {
        on_transaction!(&mut transaction, |connection| {
            sqlx::query(DONE)
                .bind(dirty.day)
                .bind(dirty.point_id)
                .bind(dirty.revision)
                .execute(connection)
                .await?;
        });
    }
    transaction.commit().await?;
    Ok(())
}

/// The computed days `from..=to` of all points, or of one.
pub(crate) async fn list_days(
    database: &Database,
    point_id: Option<i64>,
    (from, to): (i64, i64),
) -> Result<Vec<RateDay>, MonitoringError> {
    const LIST: &str = "SELECT day, point_id, due_hours, exempt_hours, networked_hours, \
         running_hours, due_values, exempt_values, received_values, valid_values FROM rate_day \
         WHERE day >= $1 AND day <= $2 AND (CAST($3 AS BIGINT) IS NULL OR point_id = $3) \
         ORDER BY day, point_id LIMIT 1000000";
    type Row = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(from)
        .bind(to)
        .bind(point_id)
        .fetch_all(pool)
        .await?);
    let days = rows.into_iter().map(|row| RateDay {
        day: row.0,
        point_id: row.1,
        counts: RateCounts {
            due_hours: row.2,
            exempt_hours: row.3,
            networked_hours: row.4,
            running_hours: row.5,
            due_values: row.6,
            exempt_values: row.7,
            received_values: row.8,
            valid_values: row.9,
        },
    });
    Ok(days.collect())
}

/// What a point's rates were computed from besides data.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct RateMark {
    pub(crate) point_id: i64,
    pub(crate) facts_json: String,
    /// Up to when the passing of time was followed.
    pub(crate) due_ms: i64,
}

/// All that was kept.
pub(crate) async fn list_marks(database: &Database) -> Result<Vec<RateMark>, MonitoringError> {
    const LIST: &str = "SELECT point_id, facts_json, due_ms FROM rate_mark ORDER BY point_id";
    Ok(on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?))
}

/// Keeps what was taken into account, in the transaction that marks what follows from it.
pub(crate) async fn put_marks(
    transaction: &mut Transaction,
    marks: &[RateMark],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO rate_mark (point_id, due_ms, facts_json)";
    const AGAIN: &str = "ON CONFLICT (point_id) DO UPDATE SET due_ms = excluded.due_ms, \
         facts_json = excluded.facts_json";
    let points: Vec<i64> = marks.iter().map(|mark| mark.point_id).collect();
    let due: Vec<i64> = marks.iter().map(|mark| mark.due_ms).collect();
    let facts: Vec<&str> = marks.iter().map(|mark| mark.facts_json.as_str()).collect();
    let columns = [
        Column::Integers(&points),
        Column::Integers(&due),
        Column::Texts(&facts),
    ];
    insert_rows(transaction, INSERT, &columns, AGAIN).await?;
    Ok(())
}

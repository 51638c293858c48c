//! Statements of dirty and derived periods.

use std::collections::BTreeSet;

use beijing_time::Timestamp;
use database::bulk::{Column, insert_rows};
use database::{Database, on_database, on_transaction, sqlx};

use crate::retention::Removals;
use crate::statistics::{DerivedFactor, encode_derived, has_lost_sources};
use crate::{MonitoringError, Payload, RecordsRequest};

/// A period to be derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct DirtyPeriod {
    pub(crate) kind: i64,
    pub(crate) time_ms: i64,
    pub(crate) point_id: i64,
    pub(crate) revision: i64,
}

/// Dirty periods by kind, start and point.
pub(crate) async fn list_dirty(
    database: &Database,
    most: u32,
) -> Result<Vec<DirtyPeriod>, MonitoringError> {
    const LIST: &str = "SELECT kind, time_ms, point_id, revision FROM dirty_period \
         ORDER BY kind, time_ms, point_id LIMIT $1";
    Ok(on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?))
}

/// Writes derived periods and takes them off the queue, unless they were touched again since. Those
/// without figures, or whose records were removed in the meantime, only leave the queue.
pub(crate) async fn put_derived(
    database: &Database,
    derived: &[(DirtyPeriod, Option<Vec<DerivedFactor>>)],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO derived_period (point_id, kind, time_ms, payload)";
    const AGAIN: &str =
        "ON CONFLICT (point_id, kind, time_ms) DO UPDATE SET payload = excluded.payload";
    const REMOVE: &str =
        "DELETE FROM derived_period WHERE point_id = $1 AND kind = $2 AND time_ms = $3";
    const DONE: &str = "DELETE FROM dirty_period WHERE kind = $1 AND time_ms = $2 \
         AND point_id = $3 AND revision = $4";
    if derived.is_empty() {
        return Ok(());
    }
    let mut transaction = database.begin().await?;
    let removals = Removals::load_in(&mut transaction).await?;
    let derived: Vec<(&DirtyPeriod, Option<&[DerivedFactor]>)> = derived
        .iter()
        .map(|(period, factors)| {
            let is_lost = has_lost_sources(&removals, period.kind, period.time_ms);
            (period, factors.as_deref().filter(|_| !is_lost))
        })
        .collect();
    let kept: Vec<_> = derived
        .iter()
        .filter_map(|(period, factors)| Some((period, factors.filter(|some| !some.is_empty())?)))
        .collect();
    let points: Vec<i64> = kept.iter().map(|(period, _)| period.point_id).collect();
    let kinds: Vec<i64> = kept.iter().map(|(period, _)| period.kind).collect();
    let times: Vec<i64> = kept.iter().map(|(period, _)| period.time_ms).collect();
    let payloads: Vec<Payload> = kept
        .iter()
        .map(|(_, factors)| encode_derived(factors))
        .collect();
    let payloads: Vec<&[u8]> = payloads.iter().map(Payload::as_bytes).collect();
    let columns = [
        Column::Integers(&points),
        Column::Integers(&kinds),
        Column::Integers(&times),
        Column::Bytes(&payloads),
    ];
    insert_rows(&mut transaction, INSERT, &columns, AGAIN).await?;
    for (period, factors) in &derived {
        on_transaction!(&mut transaction, |connection| {
            if factors.is_some_and(<[DerivedFactor]>::is_empty) {
                sqlx::query(REMOVE)
                    .bind(period.point_id)
                    .bind(period.kind)
                    .bind(period.time_ms)
                    .execute(&mut *connection)
                    .await?;
            }
            sqlx::query(DONE)
                .bind(period.kind)
                .bind(period.time_ms)
                .bind(period.point_id)
                .bind(period.revision)
                .execute(connection)
                .await?;
        });
    }
    // the rates of these days follow
    let days: BTreeSet<(i64, i64)> = derived
        .iter()
        .filter(|(_, factors)| factors.is_some())
        .map(|(period, _)| {
            let day = Timestamp::from_epoch_ms(period.time_ms).stat_day();
            (day.number(), period.point_id)
        })
        .collect();
    let days: Vec<_> = days.into_iter().collect();
    super::rates::put_dirty(&mut transaction, &days).await?;
    transaction.commit().await?;
    Ok(())
}

/// The derived periods of a point, oldest first.
pub(crate) async fn list_derived(
    database: &Database,
    request: &RecordsRequest,
) -> Result<Vec<(i64, Payload)>, MonitoringError> {
    const LIST: &str = "SELECT time_ms, payload FROM derived_period WHERE point_id = $1 \
         AND kind = $2 AND time_ms >= $3 AND time_ms < $4 ORDER BY time_ms LIMIT 100000";
    let rows: Vec<(i64, Vec<u8>)> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(request.point_id)
        .bind(request.kind.code())
        .bind(request.from.epoch_ms())
        .bind(request.to.epoch_ms())
        .fetch_all(pool)
        .await?);
    Ok(rows
        .into_iter()
        .map(|(time_ms, payload)| (time_ms, Payload::from_stored(payload)))
        .collect())
}

/// Derived periods of all points behind a point, kind and start, in that order.
pub(crate) async fn list_derived_after(
    database: &Database,
    (point_id, kind, time_ms): (i64, i64, i64),
    limit: u32,
) -> Result<Vec<(i64, i64, i64, Payload)>, MonitoringError> {
    const LIST: &str = "SELECT point_id, kind, time_ms, payload FROM derived_period \
         WHERE (point_id, kind, time_ms) > ($1, $2, $3) \
         ORDER BY point_id, kind, time_ms LIMIT $4";
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(point_id)
        .bind(kind)
        .bind(time_ms)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?);
    Ok(rows
        .into_iter()
        .map(|(point_id, kind, time_ms, payload)| {
            (point_id, kind, time_ms, Payload::from_stored(payload))
        })
        .collect())
}

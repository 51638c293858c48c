//! Statements of packets that were passed over.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use monitoring::PacketId;

use super::ScopeFilter;
use crate::ForwardingError;
use crate::model::{Failure, FailureFilter, FailureReason, FailureState, TargetId};

/// The device serves a site of the scope; `$1` is the region's prefix, `$2` the list of sites.
macro_rules! in_scope {
    () => {
        "(($1 = '' AND $2 = '') OR EXISTS (SELECT 1 FROM device_channel \
         JOIN monitoring_point ON monitoring_point.id = device_channel.point_id \
         JOIN site ON site.id = monitoring_point.site_id \
         WHERE device_channel.device_id = forwarding_failure.device_id \
         AND site.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(site.id AS TEXT) || ',%')))"
    };
}

macro_rules! columns {
    () => {
        "packet_id, device_id, at_ms, reason, detail, attempts, state"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    packet_id: i64,
    device_id: i64,
    at_ms: i64,
    reason: String,
    detail: String,
    attempts: i64,
    state: String,
}

impl TryFrom<Row> for Failure {
    type Error = ForwardingError;

    fn try_from(row: Row) -> Result<Self, ForwardingError> {
        Ok(Self {
            packet_id: PacketId(row.packet_id),
            device_id: row.device_id,
            at: Timestamp::from_epoch_ms(row.at_ms),
            reason: FailureReason::from_name(&row.reason)
                .ok_or_else(|| ForwardingError::damaged(format!("reason {}", row.reason)))?,
            detail: row.detail,
            attempts: row.attempts,
            state: FailureState::from_name(&row.state)
                .ok_or_else(|| ForwardingError::damaged(format!("state {}", row.state)))?,
        })
    }
}

/// Enters a packet that was passed over, or that it was passed over again.
pub(crate) async fn put(
    transaction: &mut Transaction,
    target: TargetId,
    failure: &Failure,
) -> Result<(), ForwardingError> {
    const PUT: &str = "INSERT INTO forwarding_failure (target_id, packet_id, device_id, at_ms, \
         reason, detail, attempts, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (target_id, packet_id) DO UPDATE SET at_ms = excluded.at_ms, \
         reason = excluded.reason, detail = excluded.detail, attempts = excluded.attempts, \
         state = excluded.state";
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(target.0)
            .bind(failure.packet_id.0)
            .bind(failure.device_id)
            .bind(failure.at.epoch_ms())
            .bind(failure.reason.as_str())
            .bind(&failure.detail)
            .bind(failure.attempts)
            .bind(failure.state.as_str())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Takes a packet out that was delivered after all; returns how many rows it were.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    target: TargetId,
    packet_id: PacketId,
) -> Result<u64, ForwardingError> {
    const DELETE: &str = "DELETE FROM forwarding_failure WHERE target_id = $1 AND packet_id = $2";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(target.0)
            .bind(packet_id.0)
            .execute(connection)
            .await?
            .rows_affected()
    }))
}

/// The superior takes a device's packets again: those passed over unsent are sent after all.
pub(crate) async fn queue_unanswered(
    transaction: &mut Transaction,
    target: TargetId,
    device_id: i64,
) -> Result<(), ForwardingError> {
    const QUEUE: &str = "UPDATE forwarding_failure SET state = 'queued' WHERE target_id = $1 \
         AND device_id = $2 AND state = 'failed' AND reason = 'device_unanswered'";
    on_transaction!(transaction, |connection| {
        sqlx::query(QUEUE)
            .bind(target.0)
            .bind(device_id)
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn queue_all(
    transaction: &mut Transaction,
    scope: &ScopeFilter,
    target: TargetId,
) -> Result<u64, ForwardingError> {
    const QUEUE: &str = concat!(
        "UPDATE forwarding_failure SET state = 'queued' WHERE target_id = $3 \
         AND state = 'failed' AND reason <> 'gone' AND ",
        in_scope!()
    );
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(QUEUE)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(target.0)
            .execute(connection)
            .await?
            .rows_affected()
    }))
}

pub(crate) async fn queue_one(
    transaction: &mut Transaction,
    scope: &ScopeFilter,
    target: TargetId,
    packet_id: PacketId,
) -> Result<u64, ForwardingError> {
    const QUEUE: &str = concat!(
        "UPDATE forwarding_failure SET state = 'queued' WHERE target_id = $3 AND packet_id = $4 \
         AND state = 'failed' AND ",
        in_scope!()
    );
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(QUEUE)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(target.0)
            .bind(packet_id.0)
            .execute(connection)
            .await?
            .rows_affected()
    }))
}

/// Packets to be sent again, oldest first, after one.
pub(crate) async fn list_queued(
    database: &Database,
    target: TargetId,
    after: PacketId,
    limit: u32,
) -> Result<Vec<Failure>, ForwardingError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM forwarding_failure WHERE target_id = $1 AND packet_id > $2 AND state = 'queued' \
         ORDER BY packet_id LIMIT $3"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(target.0)
            .bind(after.0)
            .bind(i64::from(limit.clamp(1, 1000)))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Failure::try_from).collect()
}

/// Packets that were passed over, newest first, in a scope.
pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    target: TargetId,
    filter: &FailureFilter,
) -> Result<Vec<Failure>, ForwardingError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM forwarding_failure WHERE ",
        in_scope!(),
        " AND target_id = $3 AND packet_id < $4 \
         AND (CAST($5 AS BIGINT) IS NULL OR device_id = $5) ORDER BY packet_id DESC LIMIT $6"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(target.0)
            .bind(filter.after.map_or(i64::MAX, |after| after.0))
            .bind(filter.device_id)
            .bind(i64::from(filter.limit.clamp(1, 1000)))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Failure::try_from).collect()
}

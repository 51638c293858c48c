//! Statements on exceedances.

use std::sync::Arc;

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};

use super::{ScopeFilter, time};
use crate::AlarmError;
use crate::engine::{Exceedance, ExceedanceKey};
use crate::model::{ExceedanceFilter, ExceedanceRow};
use crate::words::RecordKind;

/// Adds an exceedance; says whether it is new. One that was withdrawn stands again; a corrected
/// value replaces the one before.
pub(crate) async fn add(
    transaction: &mut Transaction,
    one: &Exceedance,
    now: Timestamp,
) -> Result<bool, AlarmError> {
    const INSERT: &str = "INSERT INTO exceedance (point_id, kind, time_ms, factor_code, \
         statistic, side, limit_origin, value, limit_value, multiple, limit_id, limit_basis, \
         packet_id, is_late, is_exempt, recorded_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT DO NOTHING";
    const UPDATE: &str = "UPDATE exceedance SET value = $8, limit_value = $9, multiple = $10, \
         limit_id = $11, limit_basis = $12, packet_id = $13, withdrawn_ms = NULL \
         WHERE point_id = $1 AND kind = $2 AND time_ms = $3 AND factor_code = $4 \
         AND statistic = $5 AND side = $6 AND limit_origin = $7 \
         AND (value <> $8 OR limit_value <> $9 OR withdrawn_ms IS NOT NULL)";
    let multiple = one.multiple.map(|multiple| multiple.to_string());
    let (value, bound) = (one.value.to_string(), one.bound.to_string());
    let added = on_transaction!(transaction, |connection| {
        let added = sqlx::query(INSERT)
            .bind(one.point_id)
            .bind(one.kind.as_str())
            .bind(one.time.epoch_ms())
            .bind(&*one.key.factor)
            .bind(one.key.statistic.as_str())
            .bind(one.key.side.as_str())
            .bind(&one.key.origin)
            .bind(&value)
            .bind(&bound)
            .bind(&multiple)
            .bind(one.limit_id)
            .bind(&one.basis)
            .bind(one.packet_id)
            .bind(one.is_late)
            .bind(one.is_exempt)
            .bind(now.epoch_ms())
            .execute(&mut *connection)
            .await?
            .rows_affected();
        if added == 0 {
            sqlx::query(UPDATE)
                .bind(one.point_id)
                .bind(one.kind.as_str())
                .bind(one.time.epoch_ms())
                .bind(&*one.key.factor)
                .bind(one.key.statistic.as_str())
                .bind(one.key.side.as_str())
                .bind(&one.key.origin)
                .bind(&value)
                .bind(&bound)
                .bind(&multiple)
                .bind(one.limit_id)
                .bind(&one.basis)
                .bind(one.packet_id)
                .execute(connection)
                .await?;
        }
        added
    });
    Ok(added > 0)
}

/// Withdraws what was found in a record before and is not found any more.
pub(crate) async fn withdraw(
    transaction: &mut Transaction,
    (point_id, kind, at): (i64, RecordKind, Timestamp),
    factors: &[Arc<str>],
    found: &[ExceedanceKey],
    now: Timestamp,
) -> Result<(), AlarmError> {
    const LIST: &str = "SELECT factor_code, statistic, side, limit_origin FROM exceedance \
         WHERE point_id = $1 AND kind = $2 AND time_ms = $3 AND withdrawn_ms IS NULL";
    const UPDATE: &str = "UPDATE exceedance SET withdrawn_ms = $8 \
         WHERE point_id = $1 AND kind = $2 AND time_ms = $3 AND factor_code = $4 \
         AND statistic = $5 AND side = $6 AND limit_origin = $7";
    on_transaction!(transaction, |connection| {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(LIST)
            .bind(point_id)
            .bind(kind.as_str())
            .bind(at.epoch_ms())
            .fetch_all(&mut *connection)
            .await?;
        for (factor, statistic, side, origin) in rows {
            let stands = found.iter().any(|key| {
                *key.factor == *factor
                    && key.statistic.as_str() == statistic
                    && key.side.as_str() == side
                    && key.origin == origin
            });
            if !stands && factors.iter().any(|code| **code == *factor) {
                sqlx::query(UPDATE)
                    .bind(point_id)
                    .bind(kind.as_str())
                    .bind(at.epoch_ms())
                    .bind(&factor)
                    .bind(&statistic)
                    .bind(&side)
                    .bind(&origin)
                    .bind(now.epoch_ms())
                    .execute(&mut *connection)
                    .await?;
            }
        }
    });
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    site_zh: String,
    region_code: String,
    point_id: i64,
    point_zh: String,
    factor_code: String,
    kind: String,
    statistic: String,
    side: String,
    time_ms: i64,
    value: String,
    limit_value: String,
    limit_origin: String,
    limit_basis: String,
    multiple: Option<String>,
    packet_id: Option<i64>,
    is_late: bool,
    is_exempt: bool,
    is_simulated: bool,
}

pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &ExceedanceFilter,
) -> Result<Vec<ExceedanceRow>, AlarmError> {
    const LIST: &str = "SELECT s.name_zh AS site_zh, s.region_code, e.point_id, \
         p.name_zh AS point_zh, e.factor_code, e.kind, e.statistic, e.side, e.time_ms, e.value, \
         e.limit_value, e.limit_origin, e.limit_basis, e.multiple, e.packet_id, e.is_late, \
         e.is_exempt, s.is_simulated FROM exceedance e \
         JOIN monitoring_point p ON p.id = e.point_id JOIN site s ON s.id = p.site_id \
         WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%') \
         AND (CAST($3 AS TEXT) IS NULL OR e.kind = $3) \
         AND e.time_ms >= $4 AND e.time_ms < $5 \
         AND (CAST($6 AS BIGINT) IS NULL OR e.point_id = $6) \
         AND (CAST($7 AS TEXT) IS NULL OR s.region_code LIKE $7 || '%') \
         AND e.withdrawn_ms IS NULL \
         AND (e.time_ms > $8 OR (e.time_ms = $8 AND (e.point_id, e.factor_code, e.statistic, \
         e.side, e.limit_origin, e.kind) > ($9, $10, $11, $12, $13, $14))) \
         ORDER BY e.time_ms, e.point_id, e.factor_code, e.statistic, e.side, e.limit_origin, \
         e.kind LIMIT $15";
    let after = filter.after.as_ref();
    let [factor, statistic, side, origin, kind] =
        after.map_or_else(Default::default, |place| place.words.clone());
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(filter.kind.map(super::super::words::RecordKind::as_str))
            .bind(filter.from.epoch_ms())
            .bind(filter.to.epoch_ms())
            .bind(filter.point_id)
            .bind(
                filter
                    .region
                    .as_ref()
                    .map(|region| region.prefix().to_owned()),
            )
            .bind(after.map_or(i64::MIN, |place| place.time.epoch_ms()))
            .bind(after.map_or(0, |place| place.point_id))
            .bind(&factor)
            .bind(&statistic)
            .bind(&side)
            .bind(&origin)
            .bind(&kind)
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|row| {
            Ok(ExceedanceRow {
                site_name_zh: row.site_zh,
                region_code: row.region_code,
                point_id: row.point_id,
                point_name_zh: row.point_zh,
                factor_code: row.factor_code,
                kind: RecordKind::parse(&row.kind)
                    .ok_or_else(|| AlarmError::unreadable("exceedance.kind", &row.kind))?,
                statistic: row.statistic,
                side: row.side,
                time: time(row.time_ms),
                value: row.value,
                limit_value: row.limit_value,
                limit_origin: row.limit_origin,
                limit_basis: row.limit_basis,
                multiple: row.multiple,
                packet_id: row.packet_id,
                is_late: row.is_late,
                is_exempt: row.is_exempt,
                is_simulated: row.is_simulated,
            })
        })
        .collect()
}

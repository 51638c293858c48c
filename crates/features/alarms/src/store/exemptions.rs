//! Statements on planned stops.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::{ScopeFilter, time};
use crate::AlarmError;
use crate::model::Exemption;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    site_id: i64,
    point_id: Option<i64>,
    factor_code: String,
    from_ms: i64,
    to_ms: i64,
    reason: String,
    author: String,
    created_ms: i64,
    revoked_ms: Option<i64>,
    revoked_by: Option<String>,
}

impl From<Row> for Exemption {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            site_id: row.site_id,
            point_id: row.point_id,
            factor_code: row.factor_code,
            from: time(row.from_ms),
            to: time(row.to_ms),
            reason: row.reason,
            author: row.author,
            created_at: time(row.created_ms),
            revoked: row
                .revoked_ms
                .map(|at| (time(at), row.revoked_by.unwrap_or_default())),
        }
    }
}

/// Planned stops that end after an instant, in a scope.
pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    ends_after: Timestamp,
) -> Result<Vec<Exemption>, AlarmError> {
    const LIST: &str = "SELECT e.id, e.site_id, e.point_id, e.factor_code, e.from_ms, e.to_ms, \
         e.reason, e.author, e.created_ms, e.revoked_ms, e.revoked_by FROM alarm_exemption e \
         JOIN site s ON s.id = e.site_id WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%') AND e.to_ms > $3 \
         ORDER BY e.from_ms, e.id LIMIT 1000";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(ends_after.epoch_ms())
            .fetch_all(pool)
            .await?
    });
    Ok(rows.into_iter().map(Exemption::from).collect())
}

/// Keeps a planned stop; one with the same identifier is left as it is.
pub(crate) async fn add(
    transaction: &mut Transaction,
    one: &Exemption,
) -> Result<bool, AlarmError> {
    const INSERT: &str = "INSERT INTO alarm_exemption (id, site_id, point_id, factor_code, \
         from_ms, to_ms, reason, author, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
    let added = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(one.id)
            .bind(one.site_id)
            .bind(one.point_id)
            .bind(&one.factor_code)
            .bind(one.from.epoch_ms())
            .bind(one.to.epoch_ms())
            .bind(&one.reason)
            .bind(&one.author)
            .bind(one.created_at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(added > 0)
}

/// One planned stop of a scope.
pub(crate) async fn find(
    database: &Database,
    scope: &ScopeFilter,
    id: Uuid,
) -> Result<Option<Exemption>, AlarmError> {
    const FIND: &str = "SELECT e.id, e.site_id, e.point_id, e.factor_code, e.from_ms, e.to_ms, \
         e.reason, e.author, e.created_ms, e.revoked_ms, e.revoked_by FROM alarm_exemption e \
         JOIN site s ON s.id = e.site_id WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%') AND e.id = $3";
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(id)
            .fetch_optional(pool)
            .await?
    });
    Ok(row.map(Exemption::from))
}

/// Takes a planned stop back that has not ended; says whether it stood.
pub(crate) async fn revoke(
    transaction: &mut Transaction,
    id: Uuid,
    at: Timestamp,
    by: &str,
) -> Result<bool, AlarmError> {
    const UPDATE: &str = "UPDATE alarm_exemption SET revoked_ms = $2, revoked_by = $3 \
         WHERE id = $1 AND revoked_ms IS NULL AND to_ms > $2";
    let revoked = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(id)
            .bind(at.epoch_ms())
            .bind(by)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(revoked > 0)
}

/// The region of a site, and whether it has the point when one is named.
pub(crate) async fn find_place(
    database: &Database,
    site_id: i64,
    point_id: Option<i64>,
) -> Result<Option<String>, AlarmError> {
    const FIND: &str = "SELECT region_code FROM site WHERE id = $1 AND (CAST($2 AS BIGINT) IS NULL \
         OR EXISTS (SELECT 1 FROM monitoring_point p WHERE p.id = $2 AND p.site_id = $1))";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(site_id)
            .bind(point_id)
            .fetch_optional(pool)
            .await?
    }))
}

/// The points of a site, or the one that is named.
pub(crate) async fn list_points(
    transaction: &mut Transaction,
    site_id: i64,
    point_id: Option<i64>,
) -> Result<Vec<i64>, AlarmError> {
    const LIST: &str = "SELECT id FROM monitoring_point WHERE site_id = $1 \
         AND (CAST($2 AS BIGINT) IS NULL OR id = $2) ORDER BY id";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(LIST)
            .bind(site_id)
            .bind(point_id)
            .fetch_all(connection)
            .await?
    }))
}

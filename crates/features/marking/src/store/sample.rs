//! Statements of manual samples.

use access::Scope;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::ScopeFilter;
use crate::MarkingError;
use crate::error::damaged;
use crate::model::{NewSample, Said, Sample, SampleFilter, SampleOrigin};

macro_rules! columns {
    () => {
        "a.id, a.point_id, a.factor_code, a.sampled_ms, a.value, a.unit, a.method, a.laboratory, \
         a.note, a.origin, a.author, a.at_ms, a.withdrawn_by, a.withdrawn_ms, a.withdrawn_reason"
    };
}

/// `$1` is the region's prefix, `$2` the list of sites.
macro_rules! in_scope {
    () => {
        " FROM manual_sample a JOIN monitoring_point p ON p.id = a.point_id JOIN site s \
         ON s.id = p.site_id WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%')"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    point_id: i64,
    factor_code: String,
    sampled_ms: i64,
    value: String,
    unit: String,
    method: String,
    laboratory: String,
    note: String,
    origin: String,
    author: String,
    at_ms: i64,
    withdrawn_by: Option<String>,
    withdrawn_ms: Option<i64>,
    withdrawn_reason: Option<String>,
}

impl TryFrom<Row> for Sample {
    type Error = MarkingError;

    fn try_from(row: Row) -> Result<Self, MarkingError> {
        let withdrawal = match (row.withdrawn_by, row.withdrawn_ms, row.withdrawn_reason) {
            (Some(author), Some(at_ms), Some(reason)) => Some(Said {
                author,
                at: Timestamp::from_epoch_ms(at_ms),
                reason,
            }),
            _ => None,
        };
        Ok(Self {
            new: NewSample {
                id: row.id,
                point_id: row.point_id,
                factor_code: row.factor_code,
                sampled_at: Timestamp::from_epoch_ms(row.sampled_ms),
                value: row.value,
                method: row.method,
                laboratory: row.laboratory,
                note: row.note,
            },
            unit: row.unit,
            origin: SampleOrigin::from_name(&row.origin)
                .ok_or_else(|| damaged("sample", &row.origin))?,
            author: row.author,
            at: Timestamp::from_epoch_ms(row.at_ms),
            withdrawal,
        })
    }
}

/// Keeps a sample; `false` when there is one of the same id, or of the same point, factor and time.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    sample: &Sample,
) -> Result<bool, MarkingError> {
    const INSERT: &str = "INSERT INTO manual_sample (id, point_id, factor_code, sampled_ms, value, \
         unit, method, laboratory, note, origin, author, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
    let new = &sample.new;
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(new.id)
            .bind(new.point_id)
            .bind(&new.factor_code)
            .bind(new.sampled_at.epoch_ms())
            .bind(&new.value)
            .bind(&sample.unit)
            .bind(&new.method)
            .bind(&new.laboratory)
            .bind(&new.note)
            .bind(sample.origin.as_str())
            .bind(&sample.author)
            .bind(sample.at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    }) == 1)
}

/// Takes a sample back; `false` when it was taken back already.
pub(crate) async fn withdraw(
    transaction: &mut Transaction,
    id: Uuid,
    said: &Said,
) -> Result<bool, MarkingError> {
    const WITHDRAW: &str = "UPDATE manual_sample SET withdrawn_by = $2, withdrawn_ms = $3, \
         withdrawn_reason = $4 WHERE id = $1 AND withdrawn_ms IS NULL";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(WITHDRAW)
            .bind(id)
            .bind(&said.author)
            .bind(said.at.epoch_ms())
            .bind(&said.reason)
            .execute(connection)
            .await?
            .rows_affected()
    }) == 1)
}

/// A sample in a part of the city.
pub(crate) async fn find(
    database: &Database,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Sample>, MarkingError> {
    const FIND: &str = concat!("SELECT ", columns!(), in_scope!(), " AND a.id = $3");
    let scope = ScopeFilter::of(scope);
    let row: Option<Row> = on_database!(database, |pool| sqlx::query_as(FIND)
        .bind(scope.prefix)
        .bind(scope.sites)
        .bind(id)
        .fetch_optional(pool)
        .await?);
    row.map(Sample::try_from).transpose()
}

/// The samples of a point that stand, by time.
pub(crate) async fn list_standing(
    database: &Database,
    point_id: i64,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Sample>, MarkingError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM manual_sample a WHERE a.point_id = $1 AND a.sampled_ms >= $2 \
         AND a.sampled_ms < $3 AND a.withdrawn_ms IS NULL ORDER BY a.sampled_ms, a.factor_code \
         LIMIT 20000"
    );
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(point_id)
        .bind(from.epoch_ms())
        .bind(to.epoch_ms())
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Sample::try_from).collect()
}

/// Samples in a part of the city, the latest first, withdrawn ones too.
pub(crate) async fn list(
    database: &Database,
    scope: &Scope,
    filter: &SampleFilter,
) -> Result<Vec<Sample>, MarkingError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        in_scope!(),
        " AND (CAST($3 AS BIGINT) = 0 OR s.id = $3) AND (CAST($4 AS BIGINT) = 0 OR a.point_id = $4) \
         AND ($5 = '' OR a.factor_code = $5) AND a.sampled_ms >= $6 AND a.sampled_ms < $7 \
         AND (CAST($8 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM manual_sample l WHERE l.id = $9 \
         AND (a.sampled_ms < l.sampled_ms OR (a.sampled_ms = l.sampled_ms AND a.id < l.id)))) \
         ORDER BY a.sampled_ms DESC, a.id DESC LIMIT $10"
    );
    let scope = ScopeFilter::of(scope);
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(scope.prefix)
        .bind(scope.sites)
        .bind(filter.site_id.unwrap_or(0))
        .bind(filter.point_id.unwrap_or(0))
        .bind(filter.factor_code.as_deref().unwrap_or_default())
        .bind(filter.from.map_or(i64::MIN, Timestamp::epoch_ms))
        .bind(filter.to.map_or(i64::MAX, Timestamp::epoch_ms))
        .bind(i64::from(filter.after.is_some()))
        .bind(filter.after.unwrap_or_default())
        .bind(i64::from(filter.limit))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Sample::try_from).collect()
}

//! Statements on monitoring points.

use database::{Database, Transaction, on_database, on_transaction};

use super::{ScopeFilter, explain, pattern, position, read};
use crate::SitesError;
use crate::model::{Point, PointDetails, PointId, SiteId, Timetable};
use crate::service::PointFilter;

macro_rules! columns {
    () => {
        "monitoring_point.id, monitoring_point.site_id, monitoring_point.code, \
         monitoring_point.medium, monitoring_point.name_zh, monitoring_point.name_en, \
         monitoring_point.longitude, monitoring_point.latitude, monitoring_point.period_label, \
         monitoring_point.realtime_interval_s, monitoring_point.minute_interval_min, \
         monitoring_point.is_hour_expected, monitoring_point.is_day_expected, \
         monitoring_point.is_enabled, monitoring_point.revision"
    };
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    site_id: i64,
    code: String,
    medium: String,
    name_zh: String,
    name_en: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    period_label: String,
    realtime_interval_s: Option<i64>,
    minute_interval_min: Option<i64>,
    is_hour_expected: bool,
    is_day_expected: bool,
    is_enabled: bool,
    revision: i64,
}

impl Row {
    pub(crate) fn into_model(self) -> Result<Point, SitesError> {
        let interval = |column, value: Option<i64>| {
            value
                .map(|value| {
                    u32::try_from(value).map_err(|_negative| SitesError::Unreadable {
                        column,
                        value: value.to_string(),
                    })
                })
                .transpose()
        };
        Ok(Point {
            id: PointId(self.id),
            site_id: SiteId(self.site_id),
            revision: self.revision,
            details: PointDetails {
                code: self.code,
                medium: read("monitoring_point.medium", &self.medium)?,
                name_zh: self.name_zh,
                name_en: self.name_en,
                position: position(self.longitude, self.latitude),
                period_label: read("monitoring_point.period_label", &self.period_label)?,
                timetable: Timetable {
                    realtime_interval_s: interval(
                        "monitoring_point.realtime_interval_s",
                        self.realtime_interval_s,
                    )?,
                    minute_interval_min: interval(
                        "monitoring_point.minute_interval_min",
                        self.minute_interval_min,
                    )?,
                    is_hour_expected: self.is_hour_expected,
                    is_day_expected: self.is_day_expected,
                },
                is_enabled: self.is_enabled,
            },
        })
    }
}

pub(crate) const ALL: &str = concat!("SELECT ", columns!(), " FROM monitoring_point ORDER BY id");

pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &PointFilter,
) -> Result<Vec<Point>, SitesError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM monitoring_point JOIN site ON site.id = monitoring_point.site_id \
         WHERE monitoring_point.id > $1 AND site.region_code LIKE $2 || '%' \
         AND ($3 = '' OR $3 LIKE '%,' || CAST(site.id AS TEXT) || ',%') \
         AND (CAST($4 AS TEXT) IS NULL OR site.region_code LIKE $4 || '%') \
         AND (CAST($5 AS TEXT) IS NULL OR monitoring_point.medium = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR LOWER(monitoring_point.code) LIKE $6 ESCAPE '\\' \
         OR LOWER(monitoring_point.name_zh) LIKE $6 ESCAPE '\\' \
         OR LOWER(monitoring_point.name_en) LIKE $6 ESCAPE '\\' \
         OR LOWER(site.name_zh) LIKE $6 ESCAPE '\\' OR LOWER(site.name_en) LIKE $6 ESCAPE '\\') \
         AND (CAST($7 AS BIGINT) IS NULL OR site.id = $7) \
         ORDER BY monitoring_point.id LIMIT $8"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(filter.after.unwrap_or(0))
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(
                filter
                    .region
                    .as_ref()
                    .map(|region| region.prefix().to_owned()),
            )
            .bind(filter.medium.map(crate::Medium::as_str))
            .bind(pattern(filter.search.as_deref()))
            .bind(filter.site_id.map(|id| id.0))
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM monitoring_point WHERE id = $1"
);

pub(crate) async fn find(database: &Database, id: PointId) -> Result<Option<Point>, SitesError> {
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id.0).fetch_optional(pool).await?
    });
    row.map(Row::into_model).transpose()
}

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    id: PointId,
) -> Result<Option<Point>, SitesError> {
    let row: Option<Row> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND)
            .bind(id.0)
            .fetch_optional(connection)
            .await?
    });
    row.map(Row::into_model).transpose()
}

fn intervals(timetable: &Timetable) -> (Option<i64>, Option<i64>) {
    (
        timetable.realtime_interval_s.map(i64::from),
        timetable.minute_interval_min.map(i64::from),
    )
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    site_id: SiteId,
    details: &PointDetails,
) -> Result<PointId, SitesError> {
    const INSERT: &str = "INSERT INTO monitoring_point (site_id, code, medium, name_zh, name_en, \
         longitude, latitude, period_label, realtime_interval_s, minute_interval_min, \
         is_hour_expected, is_day_expected, is_enabled, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1) RETURNING id";
    let (realtime, minute) = intervals(&details.timetable);
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(site_id.0)
            .bind(&details.code)
            .bind(details.medium.as_str())
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(details.period_label.as_str())
            .bind(realtime)
            .bind(minute)
            .bind(details.timetable.is_hour_expected)
            .bind(details.timetable.is_day_expected)
            .bind(details.is_enabled)
            .fetch_one(connection)
            .await
            .map_err(|error| explain(error, "point", || details.code.clone()))?
    });
    Ok(PointId(id))
}

/// Changes a point that still has `revision`; `false` when it has not.
pub(crate) async fn update(
    transaction: &mut Transaction,
    id: PointId,
    revision: i64,
    details: &PointDetails,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE monitoring_point SET code = $3, medium = $4, name_zh = $5, \
         name_en = $6, longitude = $7, latitude = $8, period_label = $9, \
         realtime_interval_s = $10, minute_interval_min = $11, is_hour_expected = $12, \
         is_day_expected = $13, is_enabled = $14, revision = revision + 1 \
         WHERE id = $1 AND revision = $2 RETURNING revision";
    let (realtime, minute) = intervals(&details.timetable);
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.code)
            .bind(details.medium.as_str())
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(details.period_label.as_str())
            .bind(realtime)
            .bind(minute)
            .bind(details.timetable.is_hour_expected)
            .bind(details.timetable.is_day_expected)
            .bind(details.is_enabled)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "point", || details.code.clone()))?
    });
    Ok(updated.is_some())
}

/// Deletes a point that still has `revision`, with its factors and limits; `false` when it has
/// not.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    id: PointId,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE_FACTORS: &str = "DELETE FROM point_factor WHERE point_id = $1";
    const DELETE_LIMITS: &str = "DELETE FROM factor_limit WHERE point_id = $1";
    const DELETE: &str =
        "DELETE FROM monitoring_point WHERE id = $1 AND revision = $2 RETURNING revision";
    let deleted: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query(DELETE_FACTORS)
            .bind(id.0)
            .execute(&mut *connection)
            .await?;
        sqlx::query(DELETE_LIMITS)
            .bind(id.0)
            .execute(&mut *connection)
            .await?;
        sqlx::query_scalar(DELETE)
            .bind(id.0)
            .bind(revision)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "point", || id.to_string()))?
    });
    Ok(deleted.is_some())
}

//! Statements on sites.

use access::RegionCode;
use database::{Database, Transaction, on_database, on_transaction};

use super::{ScopeFilter, explain, pattern, position, read, region_code};
use crate::SitesError;
use crate::model::{OrganisationId, Site, SiteDetails, SiteId};
use crate::service::SiteFilter;

macro_rules! columns {
    () => {
        "id, code, organisation_id, region_code, kind, name_zh, name_en, address, longitude, \
         latitude, is_key, is_simulated, revision"
    };
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    code: String,
    organisation_id: Option<i64>,
    region_code: String,
    kind: String,
    name_zh: String,
    name_en: String,
    address: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    is_key: bool,
    is_simulated: bool,
    revision: i64,
}

impl Row {
    pub(crate) fn into_model(self) -> Result<Site, SitesError> {
        Ok(Site {
            id: SiteId(self.id),
            revision: self.revision,
            details: SiteDetails {
                code: self.code,
                organisation_id: self.organisation_id.map(OrganisationId),
                region_code: region_code("site.region_code", &self.region_code)?,
                kind: read("site.kind", &self.kind)?,
                name_zh: self.name_zh,
                name_en: self.name_en,
                address: self.address,
                position: position(self.longitude, self.latitude),
                is_key: self.is_key,
                is_simulated: self.is_simulated,
            },
        })
    }
}

pub(crate) const ALL: &str = concat!("SELECT ", columns!(), " FROM site ORDER BY id");

pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &SiteFilter,
) -> Result<Vec<Site>, SitesError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM site WHERE id > $1 AND region_code LIKE $2 || '%' \
         AND ($3 = '' OR $3 LIKE '%,' || CAST(id AS TEXT) || ',%') \
         AND (CAST($4 AS TEXT) IS NULL OR region_code LIKE $4 || '%') \
         AND (CAST($5 AS TEXT) IS NULL OR kind = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR LOWER(code) LIKE $6 ESCAPE '\\' \
         OR LOWER(name_zh) LIKE $6 ESCAPE '\\' OR LOWER(name_en) LIKE $6 ESCAPE '\\') \
         AND (CAST($7 AS BIGINT) IS NULL OR organisation_id = $7) \
         AND (CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM monitoring_point \
         WHERE monitoring_point.site_id = site.id AND monitoring_point.medium = $8)) \
         ORDER BY id LIMIT $9"
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
            .bind(filter.kind.map(crate::SiteKind::as_str))
            .bind(pattern(filter.search.as_deref()))
            .bind(filter.organisation_id.map(|id| id.0))
            .bind(filter.medium.map(crate::Medium::as_str))
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM site WHERE id = $1");

pub(crate) async fn find(database: &Database, id: SiteId) -> Result<Option<Site>, SitesError> {
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id.0).fetch_optional(pool).await?
    });
    row.map(Row::into_model).transpose()
}

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    id: SiteId,
) -> Result<Option<Site>, SitesError> {
    let row: Option<Row> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND)
            .bind(id.0)
            .fetch_optional(connection)
            .await?
    });
    row.map(Row::into_model).transpose()
}

/// The region of each site that one of the points belongs to, read in the transaction.
pub(crate) async fn find_of_point_in(
    transaction: &mut Transaction,
    point_id: i64,
) -> Result<Option<(SiteId, RegionCode)>, SitesError> {
    const FIND_OF_POINT: &str = "SELECT site.id, site.region_code FROM site \
         JOIN monitoring_point ON monitoring_point.site_id = site.id \
         WHERE monitoring_point.id = $1";
    let row: Option<(i64, String)> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND_OF_POINT)
            .bind(point_id)
            .fetch_optional(connection)
            .await?
    });
    row.map(|(id, code)| Ok((SiteId(id), region_code("site.region_code", &code)?)))
        .transpose()
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    details: &SiteDetails,
) -> Result<SiteId, SitesError> {
    const INSERT: &str = "INSERT INTO site (code, organisation_id, region_code, kind, name_zh, \
         name_en, address, longitude, latitude, is_key, is_simulated, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) RETURNING id";
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&details.code)
            .bind(details.organisation_id.map(|id| id.0))
            .bind(details.region_code.as_str())
            .bind(details.kind.as_str())
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(&details.address)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(details.is_key)
            .bind(details.is_simulated)
            .fetch_one(connection)
            .await
            .map_err(|error| explain(error, "site", || details.code.clone()))?
    });
    Ok(SiteId(id))
}

/// Changes a site that still has `revision`; `false` when it has not.
pub(crate) async fn update(
    transaction: &mut Transaction,
    id: SiteId,
    revision: i64,
    details: &SiteDetails,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE site SET code = $3, organisation_id = $4, region_code = $5, \
         kind = $6, name_zh = $7, name_en = $8, address = $9, longitude = $10, latitude = $11, \
         is_key = $12, is_simulated = $13, revision = revision + 1 \
         WHERE id = $1 AND revision = $2 RETURNING revision";
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.code)
            .bind(details.organisation_id.map(|id| id.0))
            .bind(details.region_code.as_str())
            .bind(details.kind.as_str())
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(&details.address)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(details.is_key)
            .bind(details.is_simulated)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "site", || details.code.clone()))?
    });
    Ok(updated.is_some())
}

/// Deletes a site that still has `revision`; `false` when it has not.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    id: SiteId,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE: &str = "DELETE FROM site WHERE id = $1 AND revision = $2 RETURNING revision";
    let deleted: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(DELETE)
            .bind(id.0)
            .bind(revision)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "site", || id.to_string()))?
    });
    Ok(deleted.is_some())
}

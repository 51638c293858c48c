//! Statements on regions.

use access::RegionCode;
use database::{Database, Transaction, on_database, on_transaction};

use super::{explain, position, region_code};
use crate::SitesError;
use crate::model::{Region, RegionDetails};

macro_rules! columns {
    () => {
        "code, parent_code, name_zh, name_en, longitude, latitude, is_simulated, revision"
    };
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    code: String,
    parent_code: Option<String>,
    name_zh: String,
    name_en: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    is_simulated: bool,
    revision: i64,
}

impl Row {
    pub(crate) fn into_model(self) -> Result<Region, SitesError> {
        let parent_code = match self.parent_code.as_deref() {
            Some(code) => Some(region_code("region.parent_code", code)?),
            None => None,
        };
        Ok(Region {
            code: region_code("region.code", &self.code)?,
            revision: self.revision,
            details: RegionDetails {
                parent_code,
                name_zh: self.name_zh,
                name_en: self.name_en,
                position: position(self.longitude, self.latitude),
                is_simulated: self.is_simulated,
            },
        })
    }
}

pub(crate) const ALL: &str = concat!("SELECT ", columns!(), " FROM region ORDER BY code");

/// Regions by code; `prefix` keeps those within a scope and `after` seeks.
pub(crate) async fn list(
    database: &Database,
    prefix: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Region>, SitesError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM region WHERE code > $1 AND code LIKE $2 || '%' ORDER BY code LIMIT $3"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(after)
            .bind(prefix)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM region WHERE code = $1");

pub(crate) async fn find(
    database: &Database,
    code: &RegionCode,
) -> Result<Option<Region>, SitesError> {
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(code.as_str())
            .fetch_optional(pool)
            .await?
    });
    row.map(Row::into_model).transpose()
}

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    code: &RegionCode,
) -> Result<Option<Region>, SitesError> {
    let row: Option<Row> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND)
            .bind(code.as_str())
            .fetch_optional(connection)
            .await?
    });
    row.map(Row::into_model).transpose()
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    region: &Region,
) -> Result<(), SitesError> {
    const INSERT: &str = concat!(
        "INSERT INTO region (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let details = &region.details;
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(region.code.as_str())
            .bind(details.parent_code.as_ref().map(RegionCode::as_str))
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(details.is_simulated)
            .bind(region.revision)
            .execute(connection)
            .await
            .map_err(|error| explain(error, "region", || region.code.to_string()))?;
    });
    Ok(())
}

/// Changes a region that still has `revision`; `false` when it has not.
pub(crate) async fn update(
    transaction: &mut Transaction,
    code: &RegionCode,
    revision: i64,
    details: &RegionDetails,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE region SET parent_code = $3, name_zh = $4, name_en = $5, \
         longitude = $6, latitude = $7, is_simulated = $8, revision = revision + 1 \
         WHERE code = $1 AND revision = $2 RETURNING revision";
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(code.as_str())
            .bind(revision)
            .bind(details.parent_code.as_ref().map(RegionCode::as_str))
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(details.is_simulated)
            .fetch_optional(connection)
            .await?
    });
    Ok(updated.is_some())
}

/// Deletes a region that still has `revision`; `false` when it has not.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    code: &RegionCode,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE: &str = "DELETE FROM region WHERE code = $1 AND revision = $2 RETURNING code";
    let deleted: Option<String> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(DELETE)
            .bind(code.as_str())
            .bind(revision)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "region", || code.to_string()))?
    });
    Ok(deleted.is_some())
}

//! Statements on organisations.

use database::{Database, Transaction, on_database, on_transaction};

use super::{ScopeFilter, explain, pattern, read, region_code};
use crate::SitesError;
use crate::model::{Organisation, OrganisationDetails, OrganisationId};
use crate::service::OrganisationFilter;

macro_rules! columns {
    () => {
        "id, code, name_zh, name_en, kind, region_code, is_simulated, revision"
    };
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    code: String,
    name_zh: String,
    name_en: String,
    kind: String,
    region_code: String,
    is_simulated: bool,
    revision: i64,
}

impl Row {
    pub(crate) fn into_model(self) -> Result<Organisation, SitesError> {
        Ok(Organisation {
            id: OrganisationId(self.id),
            revision: self.revision,
            details: OrganisationDetails {
                code: self.code,
                name_zh: self.name_zh,
                name_en: self.name_en,
                kind: read("organisation.kind", &self.kind)?,
                region_code: region_code("organisation.region_code", &self.region_code)?,
                is_simulated: self.is_simulated,
            },
        })
    }
}

pub(crate) const ALL: &str = concat!("SELECT ", columns!(), " FROM organisation ORDER BY id");

pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &OrganisationFilter,
) -> Result<Vec<Organisation>, SitesError> {
    // an actor held to sites sees the organisations of its sites
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM organisation WHERE id > $1 AND region_code LIKE $2 || '%' \
         AND ($3 = '' OR EXISTS (SELECT 1 FROM site WHERE site.organisation_id = organisation.id \
         AND $3 LIKE '%,' || CAST(site.id AS TEXT) || ',%')) \
         AND (CAST($4 AS TEXT) IS NULL OR region_code LIKE $4 || '%') \
         AND (CAST($5 AS TEXT) IS NULL OR kind = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR LOWER(code) LIKE $6 ESCAPE '\\' \
         OR LOWER(name_zh) LIKE $6 ESCAPE '\\' OR LOWER(name_en) LIKE $6 ESCAPE '\\') \
         ORDER BY id LIMIT $7"
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
            .bind(filter.kind.map(crate::OrganisationKind::as_str))
            .bind(pattern(filter.search.as_deref()))
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM organisation WHERE id = $1");

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    id: OrganisationId,
) -> Result<Option<Organisation>, SitesError> {
    let row: Option<Row> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND)
            .bind(id.0)
            .fetch_optional(connection)
            .await?
    });
    row.map(Row::into_model).transpose()
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    details: &OrganisationDetails,
) -> Result<OrganisationId, SitesError> {
    const INSERT: &str = "INSERT INTO organisation (code, name_zh, name_en, kind, region_code, \
         is_simulated, revision) VALUES ($1, $2, $3, $4, $5, $6, 1) RETURNING id";
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&details.code)
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(details.kind.as_str())
            .bind(details.region_code.as_str())
            .bind(details.is_simulated)
            .fetch_one(connection)
            .await
            .map_err(|error| explain(error, "organisation", || details.code.clone()))?
    });
    Ok(OrganisationId(id))
}

/// Changes an organisation that still has `revision`; `false` when it has not.
pub(crate) async fn update(
    transaction: &mut Transaction,
    id: OrganisationId,
    revision: i64,
    details: &OrganisationDetails,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE organisation SET code = $3, name_zh = $4, name_en = $5, \
         kind = $6, region_code = $7, is_simulated = $8, revision = revision + 1 \
         WHERE id = $1 AND revision = $2 RETURNING revision";
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.code)
            .bind(&details.name_zh)
            .bind(&details.name_en)
            .bind(details.kind.as_str())
            .bind(details.region_code.as_str())
            .bind(details.is_simulated)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "organisation", || details.code.clone()))?
    });
    Ok(updated.is_some())
}

/// Deletes an organisation that still has `revision`; `false` when it has not.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    id: OrganisationId,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE: &str =
        "DELETE FROM organisation WHERE id = $1 AND revision = $2 RETURNING revision";
    let deleted: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(DELETE)
            .bind(id.0)
            .bind(revision)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "organisation", || id.to_string()))?
    });
    Ok(deleted.is_some())
}

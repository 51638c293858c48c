//! Statements on the factors and limits of points.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use exact_decimal::Decimal;

use super::{explain, read};
use crate::SitesError;
use crate::model::{
    FactorDetails, FactorId, FactorLimit, LimitDetails, LimitId, PointFactor, PointId, Validity,
};

macro_rules! factor_columns {
    () => {
        "id, point_id, factor_code, unit, decimals, sort_order, is_expected, revision"
    };
}

macro_rules! limit_columns {
    () => {
        "id, point_id, factor_code, kind, statistic, lower_mantissa, lower_scale, \
         upper_mantissa, upper_scale, valid_from_ms, valid_to_ms, origin, basis, revision"
    };
}

#[derive(sqlx::FromRow)]
pub(crate) struct FactorRow {
    id: i64,
    point_id: i64,
    factor_code: String,
    unit: String,
    decimals: i64,
    sort_order: i64,
    is_expected: bool,
    revision: i64,
}

impl FactorRow {
    pub(crate) fn into_model(self) -> Result<PointFactor, SitesError> {
        let decimals =
            u32::try_from(self.decimals).map_err(|_negative| SitesError::Unreadable {
                column: "point_factor.decimals",
                value: self.decimals.to_string(),
            })?;
        Ok(PointFactor {
            id: FactorId(self.id),
            point_id: PointId(self.point_id),
            revision: self.revision,
            details: FactorDetails {
                factor_code: self.factor_code,
                unit: self.unit,
                decimals,
                sort_order: self.sort_order,
                is_expected: self.is_expected,
            },
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct LimitRow {
    id: i64,
    point_id: i64,
    factor_code: String,
    kind: String,
    statistic: String,
    lower_mantissa: Option<i64>,
    lower_scale: Option<i64>,
    upper_mantissa: Option<i64>,
    upper_scale: Option<i64>,
    valid_from_ms: i64,
    valid_to_ms: Option<i64>,
    origin: String,
    basis: String,
    revision: i64,
}

impl LimitRow {
    pub(crate) fn into_model(self) -> Result<FactorLimit, SitesError> {
        Ok(FactorLimit {
            id: LimitId(self.id),
            point_id: PointId(self.point_id),
            revision: self.revision,
            details: LimitDetails {
                factor_code: self.factor_code,
                kind: read("factor_limit.kind", &self.kind)?,
                statistic: read("factor_limit.statistic", &self.statistic)?,
                lower: decimal(self.lower_mantissa, self.lower_scale)?,
                upper: decimal(self.upper_mantissa, self.upper_scale)?,
                validity: Validity {
                    from: Timestamp::from_epoch_ms(self.valid_from_ms),
                    to: self.valid_to_ms.map(Timestamp::from_epoch_ms),
                },
                origin: read("factor_limit.origin", &self.origin)?,
                basis: self.basis,
            },
        })
    }
}

fn decimal(mantissa: Option<i64>, scale: Option<i64>) -> Result<Option<Decimal>, SitesError> {
    let (Some(mantissa), Some(scale)) = (mantissa, scale) else {
        return Ok(None);
    };
    u32::try_from(scale)
        .ok()
        .and_then(|scale| Decimal::from_mantissa_and_scale(mantissa, scale).ok())
        .map(Some)
        .ok_or_else(|| SitesError::Unreadable {
            column: "factor_limit.upper_scale",
            value: scale.to_string(),
        })
}

/// Mantissa and scale as kept; rules have checked that the mantissa fits.
fn split(value: Option<Decimal>) -> (Option<i64>, Option<i64>) {
    let Some(value) = value else {
        return (None, None);
    };
    let (mantissa, scale) = value.mantissa_and_scale();
    match i64::try_from(mantissa) {
        Ok(mantissa) => (Some(mantissa), Some(i64::from(scale))),
        Err(_too_large) => (None, None),
    }
}

pub(crate) const ALL_FACTORS: &str = concat!(
    "SELECT ",
    factor_columns!(),
    " FROM point_factor ORDER BY point_id, sort_order, factor_code"
);
pub(crate) const ALL_LIMITS: &str = concat!(
    "SELECT ",
    limit_columns!(),
    " FROM factor_limit ORDER BY point_id, factor_code, valid_from_ms, id"
);

pub(crate) async fn list_factors(
    database: &Database,
    point_id: PointId,
) -> Result<Vec<PointFactor>, SitesError> {
    const LIST: &str = concat!(
        "SELECT ",
        factor_columns!(),
        " FROM point_factor WHERE point_id = $1 ORDER BY sort_order, factor_code LIMIT 1000"
    );
    let rows: Vec<FactorRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(point_id.0)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(FactorRow::into_model).collect()
}

pub(crate) async fn find_factor_in(
    transaction: &mut Transaction,
    id: FactorId,
) -> Result<Option<PointFactor>, SitesError> {
    const FIND: &str = concat!(
        "SELECT ",
        factor_columns!(),
        " FROM point_factor WHERE id = $1"
    );
    let row: Option<FactorRow> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND)
            .bind(id.0)
            .fetch_optional(connection)
            .await?
    });
    row.map(FactorRow::into_model).transpose()
}

pub(crate) async fn insert_factor(
    transaction: &mut Transaction,
    point_id: PointId,
    details: &FactorDetails,
) -> Result<FactorId, SitesError> {
    const INSERT: &str = "INSERT INTO point_factor (point_id, factor_code, unit, decimals, \
         sort_order, is_expected, revision) VALUES ($1, $2, $3, $4, $5, $6, 1) RETURNING id";
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(point_id.0)
            .bind(&details.factor_code)
            .bind(&details.unit)
            .bind(i64::from(details.decimals))
            .bind(details.sort_order)
            .bind(details.is_expected)
            .fetch_one(connection)
            .await
            .map_err(|error| explain(error, "factor", || details.factor_code.clone()))?
    });
    Ok(FactorId(id))
}

/// Changes a factor that still has `revision`; `false` when it has not.
pub(crate) async fn update_factor(
    transaction: &mut Transaction,
    id: FactorId,
    revision: i64,
    details: &FactorDetails,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE point_factor SET factor_code = $3, unit = $4, decimals = $5, \
         sort_order = $6, is_expected = $7, revision = revision + 1 \
         WHERE id = $1 AND revision = $2 RETURNING revision";
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.factor_code)
            .bind(&details.unit)
            .bind(i64::from(details.decimals))
            .bind(details.sort_order)
            .bind(details.is_expected)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "factor", || details.factor_code.clone()))?
    });
    Ok(updated.is_some())
}

/// Deletes a factor that still has `revision`; `false` when it has not.
pub(crate) async fn delete_factor(
    transaction: &mut Transaction,
    id: FactorId,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE: &str =
        "DELETE FROM point_factor WHERE id = $1 AND revision = $2 RETURNING revision";
    let deleted: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(DELETE)
            .bind(id.0)
            .bind(revision)
            .fetch_optional(connection)
            .await?
    });
    Ok(deleted.is_some())
}

const LIST_LIMITS: &str = concat!(
    "SELECT ",
    limit_columns!(),
    " FROM factor_limit WHERE point_id = $1 ORDER BY factor_code, valid_from_ms, id LIMIT 5000"
);

pub(crate) async fn list_limits(
    database: &Database,
    point_id: PointId,
) -> Result<Vec<FactorLimit>, SitesError> {
    let rows: Vec<LimitRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST_LIMITS)
            .bind(point_id.0)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(LimitRow::into_model).collect()
}

pub(crate) async fn list_limits_in(
    transaction: &mut Transaction,
    point_id: PointId,
) -> Result<Vec<FactorLimit>, SitesError> {
    let rows: Vec<LimitRow> = on_transaction!(transaction, |connection| {
        sqlx::query_as(LIST_LIMITS)
            .bind(point_id.0)
            .fetch_all(connection)
            .await?
    });
    rows.into_iter().map(LimitRow::into_model).collect()
}

pub(crate) async fn find_limit_in(
    transaction: &mut Transaction,
    id: LimitId,
) -> Result<Option<FactorLimit>, SitesError> {
    const FIND: &str = concat!(
        "SELECT ",
        limit_columns!(),
        " FROM factor_limit WHERE id = $1"
    );
    let row: Option<LimitRow> = on_transaction!(transaction, |connection| {
        sqlx::query_as(FIND)
            .bind(id.0)
            .fetch_optional(connection)
            .await?
    });
    row.map(LimitRow::into_model).transpose()
}

pub(crate) async fn insert_limit(
    transaction: &mut Transaction,
    point_id: PointId,
    details: &LimitDetails,
) -> Result<LimitId, SitesError> {
    const INSERT: &str = "INSERT INTO factor_limit (point_id, factor_code, kind, statistic, \
         lower_mantissa, lower_scale, upper_mantissa, upper_scale, valid_from_ms, valid_to_ms, \
         origin, basis, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1) \
         RETURNING id";
    let (lower_mantissa, lower_scale) = split(details.lower);
    let (upper_mantissa, upper_scale) = split(details.upper);
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(point_id.0)
            .bind(&details.factor_code)
            .bind(details.kind.as_str())
            .bind(details.statistic.as_str())
            .bind(lower_mantissa)
            .bind(lower_scale)
            .bind(upper_mantissa)
            .bind(upper_scale)
            .bind(details.validity.from.epoch_ms())
            .bind(details.validity.to.map(Timestamp::epoch_ms))
            .bind(details.origin.as_str())
            .bind(&details.basis)
            .fetch_one(connection)
            .await?
    });
    Ok(LimitId(id))
}

/// Changes a limit that still has `revision`; `false` when it has not.
pub(crate) async fn update_limit(
    transaction: &mut Transaction,
    id: LimitId,
    revision: i64,
    details: &LimitDetails,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE factor_limit SET factor_code = $3, kind = $4, statistic = $5, \
         lower_mantissa = $6, lower_scale = $7, upper_mantissa = $8, upper_scale = $9, \
         valid_from_ms = $10, valid_to_ms = $11, origin = $12, basis = $13, \
         revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING revision";
    let (lower_mantissa, lower_scale) = split(details.lower);
    let (upper_mantissa, upper_scale) = split(details.upper);
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.factor_code)
            .bind(details.kind.as_str())
            .bind(details.statistic.as_str())
            .bind(lower_mantissa)
            .bind(lower_scale)
            .bind(upper_mantissa)
            .bind(upper_scale)
            .bind(details.validity.from.epoch_ms())
            .bind(details.validity.to.map(Timestamp::epoch_ms))
            .bind(details.origin.as_str())
            .bind(&details.basis)
            .fetch_optional(connection)
            .await?
    });
    Ok(updated.is_some())
}

/// Deletes a limit that still has `revision`; `false` when it has not.
pub(crate) async fn delete_limit(
    transaction: &mut Transaction,
    id: LimitId,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE: &str =
        "DELETE FROM factor_limit WHERE id = $1 AND revision = $2 RETURNING revision";
    let deleted: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(DELETE)
            .bind(id.0)
            .bind(revision)
            .fetch_optional(connection)
            .await?
    });
    Ok(deleted.is_some())
}

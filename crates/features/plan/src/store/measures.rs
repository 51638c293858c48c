//! Statements of computed measures and of the queue of those that are to be computed again.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};
use exact_decimal::Decimal;
use verdicts::DataOrigin;

use super::damaged;
use crate::PlanError;
use crate::model::{ComputedMeasure, MeasureKey};

#[derive(sqlx::FromRow)]
struct Row {
    measure: String,
    region_code: String,
    year: i64,
    mantissa: Option<i64>,
    scale: Option<i64>,
    covered: i64,
    coverable: i64,
    is_sufficient: bool,
    origin: String,
    basis: String,
    points: String,
    inputs_digest: i64,
    computed_ms: i64,
}

impl TryFrom<Row> for ComputedMeasure {
    type Error = PlanError;

    fn try_from(row: Row) -> Result<Self, PlanError> {
        let text = |error: &dyn std::fmt::Display| damaged(error.to_string());
        let value = match (row.mantissa, row.scale) {
            (Some(mantissa), Some(scale)) => {
                let scale = u32::try_from(scale).map_err(|error| text(&error))?;
                let value = Decimal::from_mantissa_and_scale(mantissa, scale);
                Some(value.map_err(|error| text(&error))?)
            }
            _ => None,
        };
        let origin = match row.origin.as_str() {
            "" => None,
            name => {
                Some(DataOrigin::from_name(name).ok_or_else(|| damaged(format!("origin {name}")))?)
            }
        };
        Ok(Self {
            key: MeasureKey {
                measure: row.measure,
                region: row.region_code,
                year: i32::try_from(row.year).map_err(|error| text(&error))?,
            },
            value,
            covered: u32::try_from(row.covered).map_err(|error| text(&error))?,
            coverable: u32::try_from(row.coverable).map_err(|error| text(&error))?,
            is_sufficient: row.is_sufficient,
            origin,
            basis: serde_json::from_str(&row.basis).map_err(|error| text(&error))?,
            points: serde_json::from_str(&row.points).map_err(|error| text(&error))?,
            inputs_digest: row.inputs_digest,
            computed_at: Timestamp::from_epoch_ms(row.computed_ms),
        })
    }
}

/// The computed measures of some years.
pub(crate) async fn list(
    database: &Database,
    first_year: i32,
    last_year: i32,
) -> Result<Vec<ComputedMeasure>, PlanError> {
    const LIST: &str = "SELECT measure, region_code, year, mantissa, scale, covered, coverable, \
         is_sufficient, origin, basis, points, inputs_digest, computed_ms FROM plan_measure \
         WHERE year BETWEEN $1 AND $2 ORDER BY year, measure, region_code LIMIT 100000";
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(i64::from(first_year))
        .bind(i64::from(last_year))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Writes a computed measure over what stands there.
pub(crate) async fn put(
    transaction: &mut Transaction,
    computed: &ComputedMeasure,
) -> Result<(), PlanError> {
    const PUT: &str = "INSERT INTO plan_measure (measure, region_code, year, mantissa, scale, \
         covered, coverable, is_sufficient, origin, basis, points, inputs_digest, computed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (measure, region_code, year) DO UPDATE SET mantissa = excluded.mantissa, \
         scale = excluded.scale, covered = excluded.covered, coverable = excluded.coverable, \
         is_sufficient = excluded.is_sufficient, origin = excluded.origin, \
         basis = excluded.basis, points = excluded.points, \
         inputs_digest = excluded.inputs_digest, computed_ms = excluded.computed_ms";
    let value = computed.value.map(Decimal::mantissa_and_scale);
    let mantissa = value
        .map(|(mantissa, _)| i64::try_from(mantissa))
        .transpose()
        .map_err(|error| damaged(error.to_string()))?;
    let text = |error: serde_json::Error| damaged(error.to_string());
    let basis = serde_json::to_string(&computed.basis).map_err(text)?;
    let points = serde_json::to_string(&computed.points).map_err(text)?;
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(&computed.key.measure)
            .bind(&computed.key.region)
            .bind(i64::from(computed.key.year))
            .bind(mantissa)
            .bind(value.map(|(_, scale)| i64::from(scale)))
            .bind(i64::from(computed.covered))
            .bind(i64::from(computed.coverable))
            .bind(computed.is_sufficient)
            .bind(computed.origin.map_or("", DataOrigin::as_str))
            .bind(basis)
            .bind(points)
            .bind(computed.inputs_digest)
            .bind(computed.computed_at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Removes measures of a name that the plan does not compute any more.
pub(crate) async fn delete_all_of(
    transaction: &mut Transaction,
    measure: &str,
) -> Result<(), PlanError> {
    const DELETE: &str = "DELETE FROM plan_measure WHERE measure = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(measure)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Adds measures to the queue.
pub(crate) async fn put_dirty(
    transaction: &mut Transaction,
    keys: impl IntoIterator<Item = &MeasureKey>,
) -> Result<(), PlanError> {
    const INSERT: &str = "INSERT INTO plan_dirty (measure, region_code, year) VALUES ($1, $2, $3)";
    for key in keys {
        on_transaction!(&mut *transaction, |connection| {
            sqlx::query(INSERT)
                .bind(&key.measure)
                .bind(&key.region)
                .bind(i64::from(key.year))
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}

/// The queue, the oldest first.
pub(crate) async fn list_dirty(
    database: &Database,
    most: u32,
) -> Result<Vec<(i64, MeasureKey)>, PlanError> {
    const LIST: &str = "SELECT id, measure, region_code, year FROM plan_dirty ORDER BY id LIMIT $1";
    let rows: Vec<(i64, String, String, i64)> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await?
    });
    Ok(rows
        .into_iter()
        .map(|(id, measure, region, year)| {
            let year = i32::try_from(year).unwrap_or(0);
            let key = MeasureKey {
                measure,
                region,
                year,
            };
            (id, key)
        })
        .collect())
}

/// Takes measures out of the queue.
pub(crate) async fn delete_dirty(
    transaction: &mut Transaction,
    ids: &[i64],
) -> Result<(), PlanError> {
    const DELETE: &str = "DELETE FROM plan_dirty WHERE id = $1";
    for id in ids {
        on_transaction!(&mut *transaction, |connection| {
            sqlx::query(DELETE).bind(*id).execute(connection).await?;
        });
    }
    Ok(())
}

/// What measures were defined as when they were computed.
pub(crate) async fn list_marks(database: &Database) -> Result<Vec<(String, String)>, PlanError> {
    const LIST: &str = "SELECT measure, facts FROM plan_measure_mark ORDER BY measure";
    Ok(on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?))
}

/// Keeps what a measure is defined as.
pub(crate) async fn put_mark(
    transaction: &mut Transaction,
    measure: &str,
    facts: &str,
) -> Result<(), PlanError> {
    const PUT: &str = "INSERT INTO plan_measure_mark (measure, facts) VALUES ($1, $2) \
         ON CONFLICT (measure) DO UPDATE SET facts = excluded.facts";
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(measure)
            .bind(facts)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Removes the mark of a measure.
pub(crate) async fn delete_mark(
    transaction: &mut Transaction,
    measure: &str,
) -> Result<(), PlanError> {
    const DELETE: &str = "DELETE FROM plan_measure_mark WHERE measure = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(measure)
            .execute(connection)
            .await?;
    });
    Ok(())
}

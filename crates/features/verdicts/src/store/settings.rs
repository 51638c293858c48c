//! Statements of what points are judged against and what their verdicts were computed by.

use std::collections::BTreeMap;

use database::{Database, Transaction, on_database, on_transaction, sqlx};
use standards::water::WaterBody;

use crate::model::{class_number, class_of_number};
use crate::{PointSetting, VerdictsError};

type Row = (i64, i64, String, i64, i64, i64, i64);

fn read(row: &Row) -> Result<(PointSetting, i64), VerdictsError> {
    let damaged = || VerdictsError::damaged(format!("setting of point {}", row.0));
    let setting = PointSetting {
        area_class: row.1,
        water_body: [WaterBody::River, WaterBody::Lake]
            .into_iter()
            .find(|body| body.name() == row.2)
            .ok_or_else(damaged)?,
        target_class: class_of_number(row.3).ok_or_else(damaged)?,
        least_minutes: row.4,
        least_samples: row.5,
    };
    Ok((setting, row.6))
}

/// What points are judged against, with its revision; those without one have the usual.
pub(crate) async fn list(
    database: &Database,
) -> Result<BTreeMap<i64, (PointSetting, i64)>, VerdictsError> {
    const LIST: &str = "SELECT point_id, area_class, water_body, target_class, \
         least_minutes, least_samples, revision FROM verdict_setting ORDER BY point_id";
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    rows.iter().map(|row| Ok((row.0, read(row)?))).collect()
}

/// What a point is judged against, within a transaction.
pub(crate) async fn find_in(
    transaction: &mut Transaction,
    point_id: i64,
) -> Result<Option<(PointSetting, i64)>, VerdictsError> {
    const FIND: &str = "SELECT point_id, area_class, water_body, target_class, \
         least_minutes, least_samples, revision FROM verdict_setting WHERE point_id = $1";
    let row: Option<Row> = on_transaction!(transaction, |connection| sqlx::query_as(FIND)
        .bind(point_id)
        .fetch_optional(connection)
        .await?);
    row.as_ref().map(read).transpose()
}

/// Sets what a point is judged against.
pub(crate) async fn put(
    transaction: &mut Transaction,
    point_id: i64,
    setting: &PointSetting,
    revision: i64,
) -> Result<(), VerdictsError> {
    const PUT: &str = "INSERT INTO verdict_setting (point_id, area_class, water_body, \
         target_class, least_minutes, least_samples, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (point_id) \
         DO UPDATE SET area_class = excluded.area_class, water_body = excluded.water_body, \
         target_class = excluded.target_class, least_minutes = excluded.least_minutes, \
         least_samples = excluded.least_samples, revision = excluded.revision";
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(point_id)
            .bind(setting.area_class)
            .bind(setting.water_body.name())
            .bind(class_number(setting.target_class))
            .bind(setting.least_minutes)
            .bind(setting.least_samples)
            .bind(revision)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// What the verdicts of points were computed by.
pub(crate) async fn list_marks(
    database: &Database,
) -> Result<BTreeMap<i64, String>, VerdictsError> {
    const LIST: &str = "SELECT point_id, facts FROM verdict_mark ORDER BY point_id";
    let rows: Vec<(i64, String)> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().collect())
}

/// Keeps what the verdicts of a point were computed by.
pub(crate) async fn put_mark(
    transaction: &mut Transaction,
    point_id: i64,
    facts: &str,
) -> Result<(), VerdictsError> {
    const PUT: &str = "INSERT INTO verdict_mark (point_id, facts) VALUES ($1, $2) \
         ON CONFLICT (point_id) DO UPDATE SET facts = excluded.facts";
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(point_id)
            .bind(facts)
            .execute(connection)
            .await?;
    });
    Ok(())
}

//! Every SQL statement of the plan at work: reported values here, computed measures below.

pub(crate) mod measures;

use access::{RegionCode, Scope};
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use exact_decimal::Decimal;
use uuid::Uuid;

use crate::PlanError;
use crate::model::{NewValue, ProjectName, ReportedValue, ValueFilter, ValueState};

macro_rules! columns {
    () => {
        "id, measure, region_code, year, project_id, mantissa, scale, evidence, is_simulated, \
         state, reported_by, reported_at_ms, checked_by, checked_at_ms, decided_by, \
         decided_at_ms, note, revision, \
         (SELECT code FROM project p WHERE p.id = plan_value.project_id) AS project_code, \
         (SELECT name FROM project p WHERE p.id = plan_value.project_id) AS project_name"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    measure: String,
    region_code: String,
    year: i64,
    project_id: Option<Uuid>,
    project_code: Option<String>,
    project_name: Option<String>,
    mantissa: i64,
    scale: i64,
    evidence: String,
    is_simulated: bool,
    state: String,
    reported_by: String,
    reported_at_ms: i64,
    checked_by: Option<String>,
    checked_at_ms: Option<i64>,
    decided_by: Option<String>,
    decided_at_ms: Option<i64>,
    note: Option<String>,
    revision: i64,
}

fn damaged(reason: impl Into<String>) -> PlanError {
    PlanError::Damaged {
        reason: reason.into(),
    }
}

impl TryFrom<Row> for ReportedValue {
    type Error = PlanError;

    fn try_from(row: Row) -> Result<Self, PlanError> {
        let scale = u32::try_from(row.scale).map_err(|error| damaged(error.to_string()))?;
        Ok(Self {
            new: NewValue {
                id: row.id,
                measure: row.measure,
                region: row
                    .region_code
                    .parse::<RegionCode>()
                    .map_err(|error| damaged(error.to_string()))?,
                year: i32::try_from(row.year).map_err(|error| damaged(error.to_string()))?,
                project_id: row.project_id,
                value: Decimal::from_mantissa_and_scale(row.mantissa, scale)
                    .map_err(|error| damaged(error.to_string()))?,
                evidence: row.evidence,
                is_simulated: row.is_simulated,
            },
            project: row
                .project_code
                .zip(row.project_name)
                .map(|(code, name)| ProjectName { code, name }),
            state: ValueState::from_name(&row.state)
                .ok_or_else(|| damaged(format!("state {}", row.state)))?,
            reported_by: row.reported_by,
            reported_at: Timestamp::from_epoch_ms(row.reported_at_ms),
            checked_by: row.checked_by,
            checked_at: row.checked_at_ms.map(Timestamp::from_epoch_ms),
            decided_by: row.decided_by,
            decided_at: row.decided_at_ms.map(Timestamp::from_epoch_ms),
            note: row.note,
            revision: row.revision,
        })
    }
}

/// Keeps a new value; `false` when its id is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    new: &NewValue,
    (mantissa, scale): (i64, u32),
    reported_by: &str,
    at: Timestamp,
) -> Result<bool, PlanError> {
    const INSERT: &str = "INSERT INTO plan_value (id, measure, region_code, year, mantissa, \
         scale, evidence, is_simulated, state, reported_by, reported_at_ms, revision, project_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'reported', $9, $10, 1, $11) \
         ON CONFLICT (id) DO NOTHING";
    let added = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(new.id)
            .bind(&new.measure)
            .bind(new.region.as_str())
            .bind(i64::from(new.year))
            .bind(mantissa)
            .bind(i64::from(scale))
            .bind(&new.evidence)
            .bind(new.is_simulated)
            .bind(reported_by)
            .bind(at.epoch_ms())
            .bind(new.project_id)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(added == 1)
}

/// A value by its id.
pub(crate) async fn find(
    database: &Database,
    id: Uuid,
) -> Result<Option<ReportedValue>, PlanError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM plan_value WHERE id = $1");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    });
    row.map(TryInto::try_into).transpose()
}

/// Writes where a value stands, if nobody else wrote since.
pub(crate) async fn save(
    transaction: &mut Transaction,
    value: &ReportedValue,
) -> Result<bool, PlanError> {
    const SAVE: &str = "UPDATE plan_value SET state = $3, checked_by = $4, checked_at_ms = $5, \
         decided_by = $6, decided_at_ms = $7, note = $8, revision = revision + 1 \
         WHERE id = $1 AND revision = $2";
    let saved = on_transaction!(transaction, |connection| {
        sqlx::query(SAVE)
            .bind(value.new.id)
            .bind(value.revision)
            .bind(value.state.as_str())
            .bind(&value.checked_by)
            .bind(value.checked_at.map(Timestamp::epoch_ms))
            .bind(&value.decided_by)
            .bind(value.decided_at.map(Timestamp::epoch_ms))
            .bind(&value.note)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(saved == 1)
}

/// Lays the accepted value of the same measure, region and year aside and returns its id. Of a
/// project also what was taken back, an accepted value of 0 in another region or year, and what was
/// simulated before there was a real one.
pub(crate) async fn supersede(
    transaction: &mut Transaction,
    new: &NewValue,
) -> Result<Option<Uuid>, PlanError> {
    const SUPERSEDE: &str = "UPDATE plan_value SET state = 'superseded', revision = revision + 1 \
         WHERE measure = $1 AND region_code = $2 AND year = $3 AND state = 'accepted' \
         AND project_id IS NULL RETURNING id";
    if let Some(project_id) = new.project_id {
        return supersede_of_project(transaction, new, project_id).await;
    }
    let id: Option<(Uuid,)> = on_transaction!(transaction, |connection| {
        sqlx::query_as(SUPERSEDE)
            .bind(&new.measure)
            .bind(new.region.as_str())
            .bind(i64::from(new.year))
            .fetch_optional(connection)
            .await?
    });
    Ok(id.map(|(id,)| id))
}

async fn supersede_of_project(
    transaction: &mut Transaction,
    new: &NewValue,
    project_id: Uuid,
) -> Result<Option<Uuid>, PlanError> {
    const SUPERSEDE: &str = "UPDATE plan_value SET state = 'superseded', revision = revision + 1 \
         WHERE measure = $1 AND project_id = $2 AND state = 'accepted' \
         AND ((region_code = $3 AND year = $4) OR mantissa = 0 OR is_simulated <> $5) \
         RETURNING id";
    let id: Option<(Uuid,)> = on_transaction!(transaction, |connection| {
        sqlx::query_as(SUPERSEDE)
            .bind(&new.measure)
            .bind(project_id)
            .bind(new.region.as_str())
            .bind(i64::from(new.year))
            .bind(new.is_simulated)
            .fetch_optional(connection)
            .await?
    });
    Ok(id.map(|(id,)| id))
}

/// A project of the pool as far as a value of it needs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct PoolProject {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) region_code: String,
    pub(crate) site_id: Option<i64>,
    pub(crate) state: String,
    pub(crate) is_simulated: bool,
}

/// The project of a number.
pub(crate) async fn find_project_id(
    database: &Database,
    code: &str,
) -> Result<Option<Uuid>, PlanError> {
    const FIND: &str = "SELECT id FROM project WHERE code = $1";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(code)
            .fetch_optional(pool)
            .await?
    }))
}

/// A project of the pool.
pub(crate) async fn find_project(
    database: &Database,
    id: Uuid,
) -> Result<Option<PoolProject>, PlanError> {
    const FIND: &str = "SELECT code, name, region_code, site_id, state, is_simulated \
         FROM project WHERE id = $1";
    Ok(on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    }))
}

/// Reported values in a scope, newest first.
pub(crate) async fn list(
    database: &Database,
    scope: &Scope,
    filter: &ValueFilter,
) -> Result<Vec<ReportedValue>, PlanError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM plan_value WHERE region_code LIKE $1 || '%' AND ($2 = '' OR measure = $2) \
         AND ($3 = 0 OR year = $3) AND ($4 = '' OR state = $4) AND ($8 = '' OR region_code = $8) \
         AND (CAST($5 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM plan_value last WHERE last.id = $6 \
         AND (plan_value.reported_at_ms < last.reported_at_ms \
         OR (plan_value.reported_at_ms = last.reported_at_ms AND plan_value.id < last.id)))) \
         ORDER BY reported_at_ms DESC, id DESC LIMIT $7"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(scope.region_prefix())
            .bind(filter.measure.as_deref().unwrap_or_default())
            .bind(i64::from(filter.year.unwrap_or(0)))
            .bind(filter.state.map_or("", ValueState::as_str))
            .bind(i64::from(filter.after.is_some()))
            .bind(filter.after.unwrap_or_default())
            .bind(i64::from(filter.limit))
            .bind(filter.region.as_ref().map_or("", |code| code.as_str()))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The accepted values of some years, all regions: what indicators are computed from. At most one
/// for each measure, region and year, and one for each measure and project.
pub(crate) async fn list_accepted(
    database: &Database,
    first_year: i32,
    last_year: i32,
) -> Result<Vec<ReportedValue>, PlanError> {
    const ACCEPTED: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM plan_value WHERE state = 'accepted' AND year BETWEEN $1 AND $2 \
         ORDER BY year, measure, region_code, id LIMIT 100000"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(ACCEPTED)
            .bind(i64::from(first_year))
            .bind(i64::from(last_year))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many values in a scope wait to be checked, and how many to be accepted.
pub(crate) async fn count_waiting(
    database: &Database,
    scope: &Scope,
) -> Result<(i64, i64), PlanError> {
    const COUNT: &str = "SELECT state, COUNT(*) FROM plan_value \
         WHERE state IN ('reported', 'checked') AND region_code LIKE $1 || '%' GROUP BY state";
    let rows: Vec<(String, i64)> = on_database!(database, |pool| {
        sqlx::query_as(COUNT)
            .bind(scope.region_prefix())
            .fetch_all(pool)
            .await?
    });
    let of = |state: ValueState| {
        rows.iter()
            .filter(|(name, _)| name == state.as_str())
            .map(|(_, count)| *count)
            .sum()
    };
    Ok((of(ValueState::Reported), of(ValueState::Checked)))
}

//! Statements of reports.

use access::RegionCode;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::{day, percent};
use crate::TasksError;
use crate::error::damaged;
use crate::model::{NewReport, ReportState, TaskReport};

macro_rules! columns {
    () => {
        "id, task, region_code, due_on, as_of, percent, measure, value, text, is_simulated, \
         state, reported_by, reported_at_ms, decided_by, decided_at_ms, note, revision"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    task: String,
    region_code: String,
    due_on: String,
    as_of: String,
    percent: i64,
    measure: Option<i64>,
    value: Option<String>,
    text: String,
    is_simulated: bool,
    state: String,
    reported_by: String,
    reported_at_ms: i64,
    decided_by: Option<String>,
    decided_at_ms: Option<i64>,
    note: Option<String>,
    revision: i64,
}

impl TryFrom<Row> for TaskReport {
    type Error = TasksError;

    fn try_from(row: Row) -> Result<Self, TasksError> {
        let figure = match (row.measure, row.value) {
            (Some(measure), Some(value)) => Some((
                usize::try_from(measure).map_err(|error| damaged("report", error))?,
                value.parse().map_err(|error| damaged("report", error))?,
            )),
            _ => None,
        };
        Ok(Self {
            new: NewReport {
                id: row.id,
                task: row.task,
                region: row
                    .region_code
                    .parse::<RegionCode>()
                    .map_err(|error| damaged("report", error))?,
                due_on: day(&row.due_on)?,
                as_of: day(&row.as_of)?,
                percent: Some(percent(row.percent)?),
                figure,
                text: row.text,
                is_simulated: row.is_simulated,
            },
            state: ReportState::from_name(&row.state)
                .ok_or_else(|| damaged("report", format!("state {}", row.state)))?,
            reported_by: row.reported_by,
            reported_at: Timestamp::from_epoch_ms(row.reported_at_ms),
            decided: row
                .decided_by
                .zip(row.decided_at_ms)
                .map(|(by, at_ms)| (by, Timestamp::from_epoch_ms(at_ms))),
            note: row.note,
            revision: row.revision,
        })
    }
}

/// Keeps a report; `false` when its id is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    report: &TaskReport,
) -> Result<bool, TasksError> {
    const INSERT: &str = "INSERT INTO task_report (id, task, region_code, due_on, as_of, percent, \
         measure, value, text, is_simulated, state, reported_by, reported_at_ms, decided_by, \
         decided_at_ms, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
         $14, $15, $16) ON CONFLICT (id) DO NOTHING";
    let new = &report.new;
    let measure = new
        .figure
        .and_then(|(measure, _)| i64::try_from(measure).ok());
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(new.id)
            .bind(&new.task)
            .bind(new.region.as_str())
            .bind(new.due_on.to_string())
            .bind(new.as_of.to_string())
            .bind(i64::from(report.percent()))
            .bind(measure)
            .bind(new.figure.map(|(_, value)| value.to_string()))
            .bind(&new.text)
            .bind(new.is_simulated)
            .bind(report.state.as_str())
            .bind(&report.reported_by)
            .bind(report.reported_at.epoch_ms())
            .bind(report.decided.as_ref().map(|(by, _)| by.as_str()))
            .bind(report.decided.as_ref().map(|(_, at)| at.epoch_ms()))
            .bind(report.revision)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

/// Writes what was decided on a report, if nobody else decided since.
pub(crate) async fn decide(
    transaction: &mut Transaction,
    report: &TaskReport,
) -> Result<bool, TasksError> {
    const DECIDE: &str = "UPDATE task_report SET state = $3, decided_by = $4, decided_at_ms = $5, \
         note = $6, revision = revision + 1 WHERE id = $1 AND revision = $2";
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(DECIDE)
            .bind(report.new.id)
            .bind(report.revision)
            .bind(report.state.as_str())
            .bind(report.decided.as_ref().map(|(by, _)| by.as_str()))
            .bind(report.decided.as_ref().map(|(_, at)| at.epoch_ms()))
            .bind(&report.note)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

/// A report by its id.
pub(crate) async fn find(database: &Database, id: Uuid) -> Result<Option<TaskReport>, TasksError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM task_report WHERE id = $1");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    });
    row.map(TryInto::try_into).transpose()
}

/// The reports of a region on all tasks, by task and day.
pub(crate) async fn list_of_region(
    database: &Database,
    region: &RegionCode,
) -> Result<Vec<TaskReport>, TasksError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM task_report WHERE region_code = $1 AND state <> 'returned' \
         ORDER BY task, as_of, reported_at_ms LIMIT 100000"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(region.as_str())
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The reports on one task in a part of the city, the newest first.
pub(crate) async fn list_of_task(
    database: &Database,
    (task, region_prefix): (&str, &str),
) -> Result<Vec<TaskReport>, TasksError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM task_report WHERE task = $1 AND region_code LIKE $2 || '%' \
         ORDER BY as_of DESC, reported_at_ms DESC, id LIMIT 1000"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(task)
            .bind(region_prefix)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

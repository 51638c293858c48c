//! Statements of reminders.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};

use super::day;
use crate::TasksError;
use crate::error::damaged;
use crate::model::{Reminder, Stage};

#[derive(sqlx::FromRow)]
struct Row {
    task: String,
    due_on: String,
    stage: String,
    at_ms: i64,
    seen_by: Option<String>,
    seen_at_ms: Option<i64>,
}

impl TryFrom<Row> for Reminder {
    type Error = TasksError;

    fn try_from(row: Row) -> Result<Self, TasksError> {
        Ok(Self {
            task: row.task,
            due_on: day(&row.due_on)?,
            stage: Stage::from_name(&row.stage)
                .ok_or_else(|| damaged("reminder", format!("stage {}", row.stage)))?,
            at: Timestamp::from_epoch_ms(row.at_ms),
            seen: row
                .seen_by
                .zip(row.seen_at_ms)
                .map(|(by, at_ms)| (by, Timestamp::from_epoch_ms(at_ms))),
        })
    }
}

/// Writes a reminder; `false` when this stage of this deadline was written already.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    reminder: &Reminder,
) -> Result<bool, TasksError> {
    const INSERT: &str = "INSERT INTO task_reminder (task, due_on, stage, at_ms) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (task, due_on, stage) DO NOTHING";
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(&reminder.task)
            .bind(reminder.due_on.to_string())
            .bind(reminder.stage.as_str())
            .bind(reminder.at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

/// Reminders that nobody took note of, the newest first; of one task also those that were seen.
pub(crate) async fn list(
    database: &Database,
    task: Option<&str>,
) -> Result<Vec<Reminder>, TasksError> {
    const LIST: &str = "SELECT task, due_on, stage, at_ms, seen_by, seen_at_ms \
         FROM task_reminder WHERE ($1 = '' AND seen_at_ms IS NULL) OR task = $1 \
         ORDER BY at_ms DESC, task, due_on, stage LIMIT 1000";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(task.unwrap_or_default())
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps who took note of a reminder; `false` when there is none or somebody did already.
pub(crate) async fn mark_seen(
    transaction: &mut Transaction,
    reminder: &Reminder,
    (by, at): (&str, Timestamp),
) -> Result<bool, TasksError> {
    const SEE: &str = "UPDATE task_reminder SET seen_by = $4, seen_at_ms = $5 \
         WHERE task = $1 AND due_on = $2 AND stage = $3 AND seen_at_ms IS NULL";
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(SEE)
            .bind(&reminder.task)
            .bind(reminder.due_on.to_string())
            .bind(reminder.stage.as_str())
            .bind(by)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

//! Every SQL statement of tasks at work.

pub(crate) mod file;
pub(crate) mod reminder;
pub(crate) mod report;

use database::{Database, Transaction, on_database, on_transaction};

use crate::TasksError;
use crate::error::damaged;
use crate::model::{Goal, HandOver, Level, Work};
use beijing_time::Timestamp;

pub(crate) fn level(name: &str) -> Result<Level, TasksError> {
    Level::from_name(name).ok_or_else(|| damaged("task", format!("level {name}")))
}

pub(crate) fn day(text: &str) -> Result<beijing_time::CivilDate, TasksError> {
    text.parse().map_err(|error| damaged("day", error))
}

fn percent(value: i64) -> Result<u8, TasksError> {
    u8::try_from(value).map_err(|error| damaged("percentage", error))
}

type WorkRow = (String, Option<String>, Option<String>, String, i64);

fn work((task, unit, officer, name, revision): WorkRow) -> Result<(String, Work), TasksError> {
    let work = Work {
        unit,
        officer,
        level: level(&name)?,
        revision,
    };
    Ok((task, work))
}

/// Who has which task, where anybody has touched it.
pub(crate) async fn list_work(database: &Database) -> Result<Vec<(String, Work)>, TasksError> {
    const LIST: &str = "SELECT task, unit, officer, level, revision FROM task_work \
         ORDER BY task LIMIT 10000";
    let rows: Vec<WorkRow> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(work).collect()
}

/// Who has a task.
pub(crate) async fn find_work(database: &Database, task: &str) -> Result<Work, TasksError> {
    const FIND: &str = "SELECT task, unit, officer, level, revision FROM task_work \
         WHERE task = $1";
    let row: Option<WorkRow> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(task).fetch_optional(pool).await?
    });
    Ok(row
        .map(work)
        .transpose()?
        .map(|(_, work)| work)
        .unwrap_or_default())
}

/// Writes who has a task, if nobody else wrote since.
pub(crate) async fn put_work(
    transaction: &mut Transaction,
    task: &str,
    work: &Work,
) -> Result<bool, TasksError> {
    const PUT: &str = "INSERT INTO task_work (task, unit, officer, level, revision) \
         VALUES ($1, $2, $3, $4, 1) ON CONFLICT (task) DO UPDATE SET unit = excluded.unit, \
         officer = excluded.officer, level = excluded.level, revision = task_work.revision + 1 \
         WHERE task_work.revision = $5";
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(task)
            .bind(&work.unit)
            .bind(&work.officer)
            .bind(work.level.as_str())
            .bind(work.revision)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

/// The yearly breakdown of a task.
pub(crate) async fn list_goals(database: &Database, task: &str) -> Result<Vec<Goal>, TasksError> {
    const LIST: &str = "SELECT year, percent, goal FROM task_goal WHERE task = $1 \
         ORDER BY year LIMIT 100";
    let rows: Vec<(i64, i64, String)> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(task).fetch_all(pool).await?
    });
    rows.into_iter()
        .map(|(year, share, goal)| {
            Ok(Goal {
                year: i32::try_from(year).map_err(|error| damaged("year", error))?,
                percent: percent(share)?,
                goal,
            })
        })
        .collect()
}

/// Puts a yearly breakdown in the place of the one there was.
pub(crate) async fn put_goals(
    transaction: &mut Transaction,
    task: &str,
    goals: &[Goal],
) -> Result<(), TasksError> {
    const CLEAR: &str = "DELETE FROM task_goal WHERE task = $1";
    const INSERT: &str = "INSERT INTO task_goal (task, year, percent, goal) \
         VALUES ($1, $2, $3, $4)";
    on_transaction!(transaction, |connection| {
        sqlx::query(CLEAR).bind(task).execute(connection).await?;
    });
    for goal in goals {
        on_transaction!(transaction, |connection| {
            sqlx::query(INSERT)
                .bind(task)
                .bind(i64::from(goal.year))
                .bind(i64::from(goal.percent))
                .bind(&goal.goal)
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct HandOverRow {
    from_level: String,
    to_level: String,
    recipient: String,
    reason: String,
    author: String,
    at_ms: i64,
}

/// How a task went up the line, the first first.
pub(crate) async fn list_hand_overs(
    database: &Database,
    task: &str,
) -> Result<Vec<HandOver>, TasksError> {
    const LIST: &str = "SELECT from_level, to_level, recipient, reason, author, at_ms \
         FROM task_hand_over WHERE task = $1 ORDER BY number LIMIT 100";
    let rows: Vec<HandOverRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(task).fetch_all(pool).await?
    });
    rows.into_iter()
        .map(|row| {
            Ok(HandOver {
                from: level(&row.from_level)?,
                to: level(&row.to_level)?,
                recipient: row.recipient,
                reason: row.reason,
                author: row.author,
                at: Timestamp::from_epoch_ms(row.at_ms),
            })
        })
        .collect()
}

/// Adds a hand-over; its place follows from the revision of the work that was written with it.
pub(crate) async fn insert_hand_over(
    transaction: &mut Transaction,
    (task, number): (&str, i64),
    hand_over: &HandOver,
) -> Result<(), TasksError> {
    const INSERT: &str = "INSERT INTO task_hand_over (task, number, from_level, to_level, \
         recipient, reason, author, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(task)
            .bind(number)
            .bind(hand_over.from.as_str())
            .bind(hand_over.to.as_str())
            .bind(&hand_over.recipient)
            .bind(&hand_over.reason)
            .bind(&hand_over.author)
            .bind(hand_over.at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

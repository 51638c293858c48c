//! Statements of what a project has: milestones, money, steps.

use beijing_time::{CivilDate, Timestamp};
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::state;
use crate::error::damaged;
use crate::model::{Fund, FundSource, Milestone, NewStep, Step};
use crate::{Money, ProjectsError};

fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

pub(super) fn day(text: &str) -> Result<CivilDate, ProjectsError> {
    text.parse().map_err(damaged)
}

pub(crate) type FundRow = (String, i64, i64, i64, i64);

pub(crate) fn fund((source, year, planned, arrived, paid): FundRow) -> Result<Fund, ProjectsError> {
    Ok(Fund {
        source: FundSource::from_name(&source)
            .ok_or_else(|| damaged(format!("source {source}")))?,
        year: i32::try_from(year).map_err(damaged)?,
        planned: Money::from_fen(planned),
        arrived: Money::from_fen(arrived),
        paid: Money::from_fen(paid),
    })
}

/// The milestones of a project in their order.
pub(crate) async fn list_milestones(
    database: &Database,
    project_id: Uuid,
) -> Result<Vec<Milestone>, ProjectsError> {
    const LIST: &str = "SELECT name, planned_on, actual_on FROM project_milestone \
         WHERE project_id = $1 ORDER BY number LIMIT 100";
    let rows: Vec<(String, String, Option<String>)> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(project_id)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|(name, planned_on, actual_on)| {
            Ok(Milestone {
                name,
                planned_on: day(&planned_on)?,
                actual_on: actual_on.as_deref().map(day).transpose()?,
            })
        })
        .collect()
}

/// Puts milestones in the place of those there were.
pub(crate) async fn put_milestones(
    transaction: &mut Transaction,
    project_id: Uuid,
    milestones: &[Milestone],
) -> Result<(), ProjectsError> {
    const CLEAR: &str = "DELETE FROM project_milestone WHERE project_id = $1";
    const INSERT: &str = "INSERT INTO project_milestone (project_id, number, name, planned_on, \
         actual_on) VALUES ($1, $2, $3, $4, $5)";
    on_transaction!(transaction, |connection| {
        sqlx::query(CLEAR)
            .bind(project_id)
            .execute(connection)
            .await?;
    });
    for (index, milestone) in milestones.iter().enumerate() {
        on_transaction!(transaction, |connection| {
            sqlx::query(INSERT)
                .bind(project_id)
                .bind(number(index))
                .bind(&milestone.name)
                .bind(milestone.planned_on.to_string())
                .bind(milestone.actual_on.map(|on| on.to_string()))
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}

/// The money of a project by year and source.
pub(crate) async fn list_funds(
    database: &Database,
    project_id: Uuid,
) -> Result<Vec<Fund>, ProjectsError> {
    const LIST: &str = "SELECT source, year, planned_fen, arrived_fen, paid_fen FROM project_fund \
         WHERE project_id = $1 ORDER BY year, source LIMIT 1000";
    let rows: Vec<FundRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(project_id)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(fund).collect()
}

/// Puts money in the place of what there was.
pub(crate) async fn put_funds(
    transaction: &mut Transaction,
    project_id: Uuid,
    funds: &[Fund],
) -> Result<(), ProjectsError> {
    const CLEAR: &str = "DELETE FROM project_fund WHERE project_id = $1";
    const INSERT: &str = "INSERT INTO project_fund (project_id, source, year, planned_fen, \
         arrived_fen, paid_fen) VALUES ($1, $2, $3, $4, $5, $6)";
    on_transaction!(transaction, |connection| {
        sqlx::query(CLEAR)
            .bind(project_id)
            .execute(connection)
            .await?;
    });
    for fund in funds {
        on_transaction!(transaction, |connection| {
            sqlx::query(INSERT)
                .bind(project_id)
                .bind(fund.source.as_str())
                .bind(i64::from(fund.year))
                .bind(fund.planned.fen())
                .bind(fund.arrived.fen())
                .bind(fund.paid.fen())
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct StepRow {
    from_state: String,
    to_state: String,
    happened_on: String,
    document: String,
    note: String,
    author: String,
    at_ms: i64,
}

/// The steps that a project took, the first first.
pub(crate) async fn list_steps(
    database: &Database,
    project_id: Uuid,
) -> Result<Vec<Step>, ProjectsError> {
    const LIST: &str = "SELECT from_state, to_state, happened_on, document, note, author, at_ms \
         FROM project_step WHERE project_id = $1 ORDER BY number LIMIT 1000";
    let rows: Vec<StepRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(project_id)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|row| {
            Ok(Step {
                from: state(&row.from_state)?,
                new: NewStep {
                    to: state(&row.to_state)?,
                    on: day(&row.happened_on)?,
                    document: row.document,
                    note: row.note,
                },
                author: row.author,
                at: Timestamp::from_epoch_ms(row.at_ms),
            })
        })
        .collect()
}

/// Adds the step that comes after `count` others.
pub(crate) async fn insert_step(
    transaction: &mut Transaction,
    project_id: Uuid,
    count: usize,
    step: &Step,
) -> Result<(), ProjectsError> {
    const INSERT: &str = "INSERT INTO project_step (project_id, number, from_state, to_state, \
         happened_on, document, note, author, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(project_id)
            .bind(number(count))
            .bind(step.from.as_str())
            .bind(step.new.to.as_str())
            .bind(step.new.on.to_string())
            .bind(&step.new.document)
            .bind(&step.new.note)
            .bind(&step.author)
            .bind(step.at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

//! Statements of verdicts that changed.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use super::read_list;
use crate::model::Cause;
use crate::{Outcome, VerdictChange, VerdictKind, VerdictState, VerdictsError};

/// Adds a change and returns its number.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    change: &VerdictChange,
) -> Result<i64, VerdictsError> {
    const INSERT: &str = "INSERT INTO verdict_change (point_id, kind, time_ms, old_state, \
         old_figure, old_grade, old_is_attained, old_deciding, new_state, new_figure, new_grade, \
         new_is_attained, new_deciding, cause, cause_id, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         RETURNING id";
    let (old, new) = (&change.old, &change.new);
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(change.point_id)
            .bind(change.kind.code())
            .bind(change.time.epoch_ms())
            .bind(old.state.as_str())
            .bind(old.figure)
            .bind(old.grade)
            .bind(old.is_attained)
            .bind(old.deciding.join(","))
            .bind(new.state.as_str())
            .bind(new.figure)
            .bind(new.grade)
            .bind(new.is_attained)
            .bind(new.deciding.join(","))
            .bind(change.cause.as_str())
            .bind(change.cause.id())
            .bind(change.at.epoch_ms())
            .fetch_one(connection)
            .await?
    }))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    point_id: i64,
    kind: i64,
    time_ms: i64,
    old_state: String,
    old_figure: Option<i64>,
    old_grade: Option<i64>,
    old_is_attained: Option<bool>,
    old_deciding: String,
    new_state: String,
    new_figure: Option<i64>,
    new_grade: Option<i64>,
    new_is_attained: Option<bool>,
    new_deciding: String,
    cause: String,
    cause_id: Option<i64>,
    at_ms: i64,
}

impl Row {
    fn read(self) -> Result<VerdictChange, VerdictsError> {
        let damaged = || VerdictsError::damaged(format!("change {}", self.id));
        let outcome = |state: &str, figure, grade, is_attained, deciding: &str| {
            Some(Outcome {
                state: VerdictState::from_name(state)?,
                figure,
                grade,
                is_attained,
                deciding: read_list(deciding),
                items: Vec::new(),
            })
        };
        let old = outcome(
            &self.old_state,
            self.old_figure,
            self.old_grade,
            self.old_is_attained,
            &self.old_deciding,
        );
        let new = outcome(
            &self.new_state,
            self.new_figure,
            self.new_grade,
            self.new_is_attained,
            &self.new_deciding,
        );
        Ok(VerdictChange {
            id: self.id,
            point_id: self.point_id,
            kind: VerdictKind::from_code(self.kind).ok_or_else(damaged)?,
            time: Timestamp::from_epoch_ms(self.time_ms),
            old: old.ok_or_else(damaged)?,
            new: new.ok_or_else(damaged)?,
            cause: Cause::from_parts(&self.cause, self.cause_id).ok_or_else(damaged)?,
            at: Timestamp::from_epoch_ms(self.at_ms),
        })
    }
}

/// Changes before a number, of a point or of all, the latest first.
pub(crate) async fn list(
    database: &Database,
    point_id: Option<i64>,
    before: i64,
    most: u32,
) -> Result<Vec<VerdictChange>, VerdictsError> {
    const LIST: &str = "SELECT id, point_id, kind, time_ms, old_state, old_figure, old_grade, \
         old_is_attained, old_deciding, new_state, new_figure, new_grade, new_is_attained, \
         new_deciding, cause, cause_id, at_ms FROM verdict_change \
         WHERE id < $1 AND (CAST($2 AS BIGINT) IS NULL OR point_id = $2) \
         ORDER BY id DESC LIMIT $3";
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(before)
        .bind(point_id)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

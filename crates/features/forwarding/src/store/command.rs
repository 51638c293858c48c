//! Statements of superiors' requests that were passed down.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use crate::ForwardingError;
use crate::model::TargetId;
use crate::passing::PassedCommand;

pub(crate) async fn insert(
    transaction: &mut Transaction,
    passed: &PassedCommand,
) -> Result<(), ForwardingError> {
    const INSERT: &str = "INSERT INTO forwarded_command (command_id, target_id, superior_qn, \
         superior_mn, superior_flag, ordered_at_ms, is_request_answered, data_sent, is_finished) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(passed.command_id)
            .bind(passed.target.0)
            .bind(&passed.superior_qn)
            .bind(&passed.superior_mn)
            .bind(&passed.superior_flag)
            .bind(passed.ordered_at.epoch_ms())
            .bind(passed.is_request_answered)
            .bind(passed.data_sent)
            .bind(passed.is_finished)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// The command that the same request became before.
pub(crate) async fn find(
    database: &Database,
    passed: &PassedCommand,
) -> Result<Option<Uuid>, ForwardingError> {
    const FIND: &str = "SELECT command_id FROM forwarded_command WHERE target_id = $1 \
         AND superior_mn = $2 AND superior_qn = $3";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(passed.target.0)
            .bind(&passed.superior_mn)
            .bind(&passed.superior_qn)
            .fetch_optional(pool)
            .await?
    }))
}

pub(crate) async fn save(
    transaction: &mut Transaction,
    passed: &PassedCommand,
) -> Result<(), ForwardingError> {
    const SAVE: &str = "UPDATE forwarded_command SET is_request_answered = $2, data_sent = $3, \
         is_finished = $4 WHERE command_id = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(SAVE)
            .bind(passed.command_id)
            .bind(passed.is_request_answered)
            .bind(passed.data_sent)
            .bind(passed.is_finished)
            .execute(connection)
            .await?;
    });
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    command_id: Uuid,
    superior_qn: String,
    superior_mn: String,
    superior_flag: String,
    ordered_at_ms: i64,
    is_request_answered: bool,
    data_sent: i64,
    is_finished: bool,
}

/// The commands of a target whose answers have not all gone up, oldest first.
pub(crate) async fn list_open(
    database: &Database,
    target: TargetId,
) -> Result<Vec<PassedCommand>, ForwardingError> {
    const LIST: &str = "SELECT command_id, superior_qn, superior_mn, superior_flag, \
         ordered_at_ms, is_request_answered, data_sent, is_finished FROM forwarded_command \
         WHERE target_id = $1 AND is_finished = FALSE ORDER BY ordered_at_ms, command_id LIMIT 200";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(target.0).fetch_all(pool).await?
    });
    Ok(rows
        .into_iter()
        .map(|row| PassedCommand {
            command_id: row.command_id,
            target,
            superior_qn: row.superior_qn,
            superior_mn: row.superior_mn,
            superior_flag: row.superior_flag,
            ordered_at: Timestamp::from_epoch_ms(row.ordered_at_ms),
            is_request_answered: row.is_request_answered,
            data_sent: row.data_sent,
            is_finished: row.is_finished,
        })
        .collect())
}

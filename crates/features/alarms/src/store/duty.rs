//! Statements on shifts and their log.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::time;
use crate::AlarmError;
use crate::model::{Shift, ShiftEntry};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    officer: String,
    started_ms: i64,
    ended_ms: Option<i64>,
    handed_to: Option<String>,
    hand_over_text: Option<String>,
    carried_json: String,
}

impl Row {
    fn into_model(self) -> Result<Shift, AlarmError> {
        Ok(Shift {
            id: self.id,
            officer: self.officer,
            started_at: time(self.started_ms),
            ended_at: self.ended_ms.map(time),
            handed_to: self.handed_to,
            hand_over_text: self.hand_over_text,
            carried: serde_json::from_str(&self.carried_json).map_err(|_json| {
                AlarmError::unreadable("duty_shift.carried_json", &self.carried_json)
            })?,
        })
    }
}

pub(crate) async fn find_present(database: &Database) -> Result<Option<Shift>, AlarmError> {
    const FIND: &str = "SELECT id, officer, started_ms, ended_ms, handed_to, hand_over_text, \
         carried_json FROM duty_shift WHERE ended_ms IS NULL";
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).fetch_optional(pool).await?
    });
    row.map(Row::into_model).transpose()
}

/// Shifts before one, newest first.
pub(crate) async fn list(
    database: &Database,
    before: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Shift>, AlarmError> {
    const LIST: &str = "SELECT id, officer, started_ms, ended_ms, handed_to, hand_over_text, \
         carried_json FROM duty_shift WHERE started_ms < $1 OR (started_ms = $1 AND id < $2) \
         ORDER BY started_ms DESC, id DESC LIMIT $3";
    let (at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.epoch_ms(), id));
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(at)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

pub(crate) async fn add(transaction: &mut Transaction, shift: &Shift) -> Result<(), AlarmError> {
    const INSERT: &str = "INSERT INTO duty_shift (id, officer, started_ms, carried_count, \
         carried_json) VALUES ($1, $2, $3, 0, '[]')";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(shift.id)
            .bind(&shift.officer)
            .bind(shift.started_at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Ends the present shift; says whether it was still the present one.
pub(crate) async fn end(transaction: &mut Transaction, shift: &Shift) -> Result<bool, AlarmError> {
    const UPDATE: &str = "UPDATE duty_shift SET ended_ms = $2, handed_to = $3, \
         hand_over_text = $4, carried_count = $5, carried_json = $6 \
         WHERE id = $1 AND ended_ms IS NULL";
    let carried = serde_json::to_string(&shift.carried).unwrap_or_else(|_never| "[]".to_owned());
    let ended = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(shift.id)
            .bind(shift.ended_at.map(Timestamp::epoch_ms))
            .bind(&shift.handed_to)
            .bind(&shift.hand_over_text)
            .bind(i64::try_from(shift.carried.len()).unwrap_or(i64::MAX))
            .bind(carried)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(ended > 0)
}

pub(crate) async fn add_entry(
    transaction: &mut Transaction,
    entry: &ShiftEntry,
) -> Result<bool, AlarmError> {
    const INSERT: &str = "INSERT INTO duty_entry (id, shift_id, at_ms, author, text, alarm_id) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    let added = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(entry.id)
            .bind(entry.shift_id)
            .bind(entry.at.epoch_ms())
            .bind(&entry.author)
            .bind(&entry.text)
            .bind(entry.alarm_id)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(added > 0)
}

pub(crate) async fn list_entries(
    database: &Database,
    shift_id: Uuid,
) -> Result<Vec<ShiftEntry>, AlarmError> {
    const LIST: &str = "SELECT id, shift_id, at_ms, author, text, alarm_id FROM duty_entry \
         WHERE shift_id = $1 ORDER BY at_ms, id LIMIT 1000";
    type Entry = (Uuid, Uuid, i64, String, String, Option<Uuid>);
    let rows: Vec<Entry> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(shift_id).fetch_all(pool).await?
    });
    Ok(rows
        .into_iter()
        .map(|(id, shift_id, at, author, text, alarm_id)| ShiftEntry {
            id,
            shift_id,
            at: time(at),
            author,
            text,
            alarm_id,
        })
        .collect())
}

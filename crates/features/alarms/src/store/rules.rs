//! Statements on rules and their versions.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};

use super::time;
use crate::AlarmError;
use crate::model::RuleVersion;
use crate::rules::RuleDefinition;

#[derive(sqlx::FromRow)]
struct Row {
    rule_id: i64,
    version: i64,
    key: String,
    definition_json: String,
    is_enabled: bool,
    valid_from_ms: i64,
    valid_to_ms: Option<i64>,
    author: String,
    reason: String,
    created_ms: i64,
}

impl Row {
    fn into_model(self) -> Result<RuleVersion, AlarmError> {
        let definition =
            RuleDefinition::parse_json(&self.definition_json).map_err(|_problems| {
                AlarmError::unreadable("alarm_rule.definition_json", &self.definition_json)
            })?;
        Ok(RuleVersion {
            rule_id: self.rule_id,
            version: self.version,
            key: self.key,
            definition,
            is_enabled: self.is_enabled,
            valid_from: time(self.valid_from_ms),
            valid_to: self.valid_to_ms.map(time),
            author: self.author,
            reason: self.reason,
            created_at: time(self.created_ms),
        })
    }
}

/// All versions in force at an instant, switched on or not.
pub(crate) async fn list_at(
    database: &Database,
    at: Timestamp,
) -> Result<Vec<RuleVersion>, AlarmError> {
    const LIST: &str = "SELECT rule_id, version, key, definition_json, is_enabled, \
         valid_from_ms, valid_to_ms, author, reason, created_ms FROM alarm_rule \
         WHERE valid_from_ms <= $1 AND (valid_to_ms IS NULL OR valid_to_ms > $1) \
         ORDER BY rule_id, version LIMIT 10000";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(at.epoch_ms())
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

/// All versions of one rule, oldest first.
pub(crate) async fn list_versions(
    database: &Database,
    rule_id: i64,
) -> Result<Vec<RuleVersion>, AlarmError> {
    const LIST: &str = "SELECT rule_id, version, key, definition_json, is_enabled, \
         valid_from_ms, valid_to_ms, author, reason, created_ms FROM alarm_rule \
         WHERE rule_id = $1 ORDER BY version LIMIT 1000";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(rule_id).fetch_all(pool).await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

/// The number for a new rule and the keys of shipped rules there are.
pub(crate) async fn list_keys(
    transaction: &mut Transaction,
) -> Result<(i64, Vec<String>), AlarmError> {
    const NEXT: &str = "SELECT COALESCE(MAX(rule_id), 0) + 1 FROM alarm_rule";
    const KEYS: &str = "SELECT DISTINCT key FROM alarm_rule WHERE key <> ''";
    Ok(on_transaction!(transaction, |connection| {
        let next: i64 = sqlx::query_scalar(NEXT).fetch_one(&mut *connection).await?;
        let keys: Vec<String> = sqlx::query_scalar(KEYS).fetch_all(connection).await?;
        (next, keys)
    }))
}

pub(crate) async fn add(
    transaction: &mut Transaction,
    rule: &RuleVersion,
) -> Result<(), AlarmError> {
    const INSERT: &str = "INSERT INTO alarm_rule (rule_id, version, key, name_zh, name_en, kind, \
         severity, definition_json, is_enabled, valid_from_ms, valid_to_ms, author, reason, \
         created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(rule.rule_id)
            .bind(rule.version)
            .bind(&rule.key)
            .bind(&rule.definition.name_zh)
            .bind(&rule.definition.name_en)
            .bind(rule.definition.condition.alarm_kind().as_str())
            .bind(rule.definition.severity.as_str())
            .bind(rule.definition.encode_json())
            .bind(rule.is_enabled)
            .bind(rule.valid_from.epoch_ms())
            .bind(rule.valid_to.map(Timestamp::epoch_ms))
            .bind(&rule.author)
            .bind(&rule.reason)
            .bind(rule.created_at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Ends the validity of a version that has no end.
pub(crate) async fn end(
    transaction: &mut Transaction,
    rule_id: i64,
    version: i64,
    at: Timestamp,
) -> Result<bool, AlarmError> {
    const UPDATE: &str = "UPDATE alarm_rule SET valid_to_ms = $3 \
         WHERE rule_id = $1 AND version = $2 AND valid_to_ms IS NULL";
    let ended = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(rule_id)
            .bind(version)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(ended > 0)
}

//! Statements on the bureau's own roles.

use std::collections::BTreeMap;

use database::{Database, Transaction, on_database, on_transaction};

use super::{explain, read_permissions, write_permissions};
use crate::AccountsError;
use crate::model::CustomRole;

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    title_zh: String,
    title_en: String,
    permissions: String,
    revision: i64,
}

pub(crate) async fn list(
    database: &Database,
) -> Result<BTreeMap<String, CustomRole>, AccountsError> {
    const LIST: &str =
        "SELECT name, title_zh, title_en, permissions, revision FROM custom_role ORDER BY name";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).fetch_all(pool).await?
    });
    Ok(rows
        .into_iter()
        .map(|row| {
            let role = CustomRole {
                permissions: read_permissions(&row.permissions),
                name: row.name,
                title_zh: row.title_zh,
                title_en: row.title_en,
                revision: row.revision,
            };
            (role.name.clone(), role)
        })
        .collect())
}

/// Adds a role (revision 0) or changes one that still has its revision; `false` when it has not.
pub(crate) async fn save(
    transaction: &mut Transaction,
    role: &CustomRole,
) -> Result<bool, AccountsError> {
    const ADD: &str = "INSERT INTO custom_role (name, title_zh, title_en, permissions, revision) \
         VALUES ($1, $2, $3, $4, 1)";
    const CHANGE: &str = "UPDATE custom_role SET title_zh = $2, title_en = $3, permissions = $4, \
         revision = revision + 1 WHERE name = $1 AND revision = $5";
    let permissions = write_permissions(&role.permissions);
    let saved = on_transaction!(transaction, |connection| {
        if role.revision == 0 {
            sqlx::query(ADD)
                .bind(&role.name)
                .bind(role.title_zh.trim())
                .bind(role.title_en.trim())
                .bind(&permissions)
                .execute(connection)
                .await
                .map_err(|error| explain(error, "role", &role.name))?
                .rows_affected()
        } else {
            sqlx::query(CHANGE)
                .bind(&role.name)
                .bind(role.title_zh.trim())
                .bind(role.title_en.trim())
                .bind(&permissions)
                .bind(role.revision)
                .execute(connection)
                .await?
                .rows_affected()
        }
    });
    Ok(saved == 1)
}

/// Names of accounts that hold a role, at most `limit`.
pub(crate) async fn list_holders(
    transaction: &mut Transaction,
    name: &str,
    limit: i64,
) -> Result<Vec<String>, AccountsError> {
    const LIST: &str = "SELECT account.name FROM account JOIN account_role \
         ON account_role.account_id = account.id WHERE account_role.role = $1 \
         ORDER BY account.name LIMIT $2";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(LIST)
            .bind(name)
            .bind(limit)
            .fetch_all(connection)
            .await?
    }))
}

/// Deletes a role that still has its revision; `false` when it has not.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    name: &str,
    revision: i64,
) -> Result<bool, AccountsError> {
    const DELETE: &str = "DELETE FROM custom_role WHERE name = $1 AND revision = $2";
    let deleted = on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(name)
            .bind(revision)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(deleted == 1)
}

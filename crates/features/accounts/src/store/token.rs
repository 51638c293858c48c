//! Statements on machines' tokens.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::account::{Kept, Row as AccountRow, columns};
use super::{instant, read_permissions, write_permissions};
use crate::AccountsError;
use crate::model::{AccountId, ApiToken};

#[derive(sqlx::FromRow)]
struct Row {
    token_id: Uuid,
    token_account_id: i64,
    token_name: String,
    permissions: String,
    token_created_at_ms: i64,
    expires_at_ms: i64,
    last_used_at_ms: Option<i64>,
    revoked_at_ms: Option<i64>,
}

macro_rules! token_columns {
    () => {
        "api_token.id AS token_id, api_token.account_id AS token_account_id, \
         api_token.name AS token_name, api_token.permissions, \
         api_token.created_at_ms AS token_created_at_ms, api_token.expires_at_ms, \
         api_token.last_used_at_ms, api_token.revoked_at_ms"
    };
}

impl From<Row> for ApiToken {
    fn from(row: Row) -> Self {
        Self {
            id: row.token_id,
            account_id: AccountId(row.token_account_id),
            name: row.token_name,
            permissions: read_permissions(&row.permissions),
            created_at: Timestamp::from_epoch_ms(row.token_created_at_ms),
            expires_at: Timestamp::from_epoch_ms(row.expires_at_ms),
            last_used_at: instant(row.last_used_at_ms),
            revoked_at: instant(row.revoked_at_ms),
        }
    }
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    token: &ApiToken,
    digest: &[u8],
) -> Result<(), AccountsError> {
    const INSERT: &str = "INSERT INTO api_token (id, account_id, name, token_hash, permissions, \
         created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(token.id)
            .bind(token.account_id.0)
            .bind(&token.name)
            .bind(digest)
            .bind(write_permissions(&token.permissions))
            .bind(token.created_at.epoch_ms())
            .bind(token.expires_at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Tokens of an account, newest first.
pub(crate) async fn list(
    database: &Database,
    account_id: AccountId,
) -> Result<Vec<ApiToken>, AccountsError> {
    const LIST: &str = concat!(
        "SELECT ",
        token_columns!(),
        " FROM api_token WHERE account_id = $1 ORDER BY created_at_ms DESC, id LIMIT 500"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(account_id.0)
            .fetch_all(pool)
            .await?
    });
    Ok(rows.into_iter().map(ApiToken::from).collect())
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    token: Row,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// A token that was not revoked, with its account.
pub(crate) async fn find(
    database: &Database,
    digest: &[u8],
) -> Result<Option<(ApiToken, Kept)>, AccountsError> {
    const FIND: &str = concat!(
        "SELECT ",
        token_columns!(),
        ", ",
        columns!(),
        " FROM api_token JOIN account ON account.id = api_token.account_id \
         WHERE api_token.token_hash = $1 AND api_token.revoked_at_ms IS NULL"
    );
    let row: Option<FoundRow> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(digest)
            .fetch_optional(pool)
            .await?
    });
    row.map(|row| Ok((row.token.into(), Kept::try_from(row.account)?)))
        .transpose()
}

pub(crate) async fn touch(
    transaction: &mut Transaction,
    id: Uuid,
    now: Timestamp,
) -> Result<(), AccountsError> {
    const TOUCH: &str = "UPDATE api_token SET last_used_at_ms = $2 WHERE id = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(TOUCH)
            .bind(id)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Revokes a token; answers with whose it is, or `None` when there is none in force.
pub(crate) async fn revoke(
    transaction: &mut Transaction,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<AccountId>, AccountsError> {
    const REVOKE: &str = "UPDATE api_token SET revoked_at_ms = $2 \
         WHERE id = $1 AND revoked_at_ms IS NULL RETURNING account_id";
    let owner: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(REVOKE)
            .bind(id)
            .bind(now.epoch_ms())
            .fetch_optional(connection)
            .await?
    });
    Ok(owner.map(AccountId))
}

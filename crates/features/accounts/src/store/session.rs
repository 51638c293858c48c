//! Statements on sessions.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::account::{Kept, Row as AccountRow, columns};
use crate::AccountsError;
use crate::model::{AccountId, Origin, Session, SessionInfo};

/// How many sessions a list shows at the most.
const LONGEST_LIST: i64 = 500;

#[derive(sqlx::FromRow)]
struct FoundRow {
    session_id: Uuid,
    session_created_at_ms: i64,
    last_seen_at_ms: i64,
    signed_in_by: String,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// An open session with its account.
pub(crate) struct Found {
    pub(crate) id: Uuid,
    pub(crate) session: Session,
    pub(crate) is_by_sign_on: bool,
    pub(crate) kept: Kept,
}

/// `signed_in_by` of sessions that began at the bureau's own sign-on.
pub(crate) const SIGN_ON: &str = "sign_on";

/// A session to be opened.
pub(crate) struct NewRow<'a> {
    pub(crate) id: Uuid,
    pub(crate) account_id: AccountId,
    pub(crate) token_digest: &'a [u8],
    pub(crate) signed_in_by: &'static str,
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    new: &NewRow<'_>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), AccountsError> {
    const INSERT: &str = "INSERT INTO account_session (id, account_id, token_hash, \
         created_at_ms, last_seen_at_ms, address, user_agent, signed_in_by) \
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7)";
    const NOTE: &str = "UPDATE account SET last_sign_in_at_ms = $2 WHERE id = $1";
    let user_agent: String = origin.user_agent.chars().take(200).collect();
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(new.id)
            .bind(new.account_id.0)
            .bind(new.token_digest)
            .bind(now.epoch_ms())
            .bind(&origin.address)
            .bind(&user_agent)
            .bind(new.signed_in_by)
            .execute(&mut *connection)
            .await?;
        sqlx::query(NOTE)
            .bind(new.account_id.0)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// The open session of a token, in one read.
pub(crate) async fn find(
    database: &Database,
    token_digest: &[u8],
) -> Result<Option<Found>, AccountsError> {
    const FIND: &str = concat!(
        "SELECT account_session.id AS session_id, \
         account_session.created_at_ms AS session_created_at_ms, \
         account_session.last_seen_at_ms, account_session.signed_in_by, ",
        columns!(),
        " FROM account_session JOIN account ON account.id = account_session.account_id \
         WHERE account_session.token_hash = $1 AND account_session.ended_at_ms IS NULL"
    );
    let row: Option<FoundRow> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(token_digest)
            .fetch_optional(pool)
            .await?
    });
    row.map(|row| {
        Ok(Found {
            id: row.session_id,
            session: Session {
                created_at: Timestamp::from_epoch_ms(row.session_created_at_ms),
                last_seen_at: Timestamp::from_epoch_ms(row.last_seen_at_ms),
            },
            is_by_sign_on: row.signed_in_by == SIGN_ON,
            kept: Kept::try_from(row.account)?,
        })
    })
    .transpose()
}

pub(crate) async fn touch(
    transaction: &mut Transaction,
    id: Uuid,
    now: Timestamp,
) -> Result<(), AccountsError> {
    const TOUCH: &str = "UPDATE account_session SET last_seen_at_ms = $2 \
         WHERE id = $1 AND ended_at_ms IS NULL AND last_seen_at_ms < $2";
    on_transaction!(transaction, |connection| {
        sqlx::query(TOUCH)
            .bind(id)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Ends an open session; `false` when there is none.
pub(crate) async fn end(
    transaction: &mut Transaction,
    id: Uuid,
    reason: &str,
    now: Timestamp,
) -> Result<bool, AccountsError> {
    const END: &str = "UPDATE account_session SET ended_at_ms = $2, end_reason = $3 \
         WHERE id = $1 AND ended_at_ms IS NULL";
    let ended = on_transaction!(transaction, |connection| {
        sqlx::query(END)
            .bind(id)
            .bind(now.epoch_ms())
            .bind(reason)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(ended == 1)
}

/// Ends all sessions of an account but one.
pub(crate) async fn end_all(
    transaction: &mut Transaction,
    account_id: AccountId,
    but: Option<Uuid>,
    reason: &str,
    now: Timestamp,
) -> Result<(), AccountsError> {
    const END: &str = "UPDATE account_session SET ended_at_ms = $2, end_reason = $3 \
         WHERE account_id = $1 AND ended_at_ms IS NULL AND id <> $4";
    on_transaction!(transaction, |connection| {
        sqlx::query(END)
            .bind(account_id.0)
            .bind(now.epoch_ms())
            .bind(reason)
            .bind(but.unwrap_or_default())
            .execute(connection)
            .await?;
    });
    Ok(())
}

#[derive(sqlx::FromRow)]
struct InfoRow {
    id: Uuid,
    account_id: i64,
    account_name: String,
    created_at_ms: i64,
    last_seen_at_ms: i64,
    address: Option<String>,
    user_agent: String,
}

/// Open sessions that are neither idle nor too old, newest first; of one account or of all.
pub(crate) async fn list(
    database: &Database,
    account_id: Option<AccountId>,
    seen_after: Timestamp,
    begun_after: Timestamp,
) -> Result<Vec<SessionInfo>, AccountsError> {
    const LIST: &str = "SELECT account_session.id, account_session.account_id, \
         account.name AS account_name, account_session.created_at_ms, \
         account_session.last_seen_at_ms, account_session.address, account_session.user_agent \
         FROM account_session JOIN account ON account.id = account_session.account_id \
         WHERE account_session.ended_at_ms IS NULL AND account_session.last_seen_at_ms > $1 \
         AND account_session.created_at_ms > $2 \
         AND (CAST($3 AS BIGINT) IS NULL OR account_session.account_id = $3) \
         ORDER BY account_session.created_at_ms DESC, account_session.id DESC LIMIT $4";
    let rows: Vec<InfoRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(seen_after.epoch_ms())
            .bind(begun_after.epoch_ms())
            .bind(account_id.map(|id| id.0))
            .bind(LONGEST_LIST)
            .fetch_all(pool)
            .await?
    });
    Ok(rows
        .into_iter()
        .map(|row| SessionInfo {
            id: row.id,
            account_id: AccountId(row.account_id),
            account_name: row.account_name,
            created_at: Timestamp::from_epoch_ms(row.created_at_ms),
            last_seen_at: Timestamp::from_epoch_ms(row.last_seen_at_ms),
            address: row.address,
            user_agent: row.user_agent,
        })
        .collect())
}

/// Whose an open session is.
pub(crate) async fn find_owner(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<AccountId>, AccountsError> {
    const FIND: &str =
        "SELECT account_id FROM account_session WHERE id = $1 AND ended_at_ms IS NULL";
    let owner: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(FIND)
            .bind(id)
            .fetch_optional(connection)
            .await?
    });
    Ok(owner.map(AccountId))
}

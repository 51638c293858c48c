//! Statements on failed sign-ins and on one-time links.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};

use crate::AccountsError;

/// Failures are forgotten after so long without another.
const FORGET_AFTER_MS: i64 = 24 * 3_600_000;

/// Failures under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Guard {
    pub(crate) failures: i64,
    pub(crate) locked_until: Timestamp,
}

pub(crate) async fn find_guard(database: &Database, name: &str) -> Result<Guard, AccountsError> {
    const FIND: &str = "SELECT failures, locked_until_ms FROM sign_in_guard WHERE name = $1";
    let row: Option<(i64, i64)> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(name).fetch_optional(pool).await?
    });
    Ok(
        row.map_or_else(Guard::default, |(failures, locked_until)| Guard {
            failures,
            locked_until: Timestamp::from_epoch_ms(locked_until),
        }),
    )
}

/// Counts a failure and answers with how many there are now in a row. Old ones of all names go.
pub(crate) async fn add_failure(
    transaction: &mut Transaction,
    name: &str,
    now: Timestamp,
) -> Result<i64, AccountsError> {
    const FORGET: &str = "DELETE FROM sign_in_guard WHERE last_failure_ms < $1";
    const ADD: &str = "INSERT INTO sign_in_guard (name, failures, last_failure_ms, \
         locked_until_ms) VALUES ($1, 1, $2, 0) ON CONFLICT (name) DO UPDATE SET \
         failures = sign_in_guard.failures + 1, last_failure_ms = excluded.last_failure_ms \
         RETURNING failures";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(FORGET)
            .bind(now.epoch_ms() - FORGET_AFTER_MS)
            .execute(&mut *connection)
            .await?;
        sqlx::query_scalar(ADD)
            .bind(name)
            .bind(now.epoch_ms())
            .fetch_one(connection)
            .await?
    }))
}

pub(crate) async fn lock(
    transaction: &mut Transaction,
    name: &str,
    until: Timestamp,
) -> Result<(), AccountsError> {
    const LOCK: &str = "UPDATE sign_in_guard SET locked_until_ms = $2 WHERE name = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(LOCK)
            .bind(name)
            .bind(until.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn forget_failures(
    transaction: &mut Transaction,
    name: &str,
) -> Result<(), AccountsError> {
    const FORGET: &str = "DELETE FROM sign_in_guard WHERE name = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(FORGET).bind(name).execute(connection).await?;
    });
    Ok(())
}

/// A new link for a purpose; links made before for it end.
pub(crate) async fn add_invitation(
    transaction: &mut Transaction,
    purpose: &str,
    digest: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), AccountsError> {
    const END: &str = "DELETE FROM account_invitation WHERE purpose = $1 AND used_at_ms IS NULL";
    const ADD: &str = "INSERT INTO account_invitation (token_hash, purpose, created_at_ms, \
         expires_at_ms) VALUES ($1, $2, $3, $4)";
    on_transaction!(transaction, |connection| {
        sqlx::query(END)
            .bind(purpose)
            .execute(&mut *connection)
            .await?;
        sqlx::query(ADD)
            .bind(digest)
            .bind(purpose)
            .bind(now.epoch_ms())
            .bind(expires_at.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Uses a link up; `false` when it is none, was used or is too old.
pub(crate) async fn use_invitation(
    transaction: &mut Transaction,
    purpose: &str,
    digest: &[u8],
    now: Timestamp,
) -> Result<bool, AccountsError> {
    const USE: &str = "UPDATE account_invitation SET used_at_ms = $3 WHERE token_hash = $1 \
         AND purpose = $2 AND used_at_ms IS NULL AND expires_at_ms > $3";
    let used = on_transaction!(transaction, |connection| {
        sqlx::query(USE)
            .bind(digest)
            .bind(purpose)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(used == 1)
}

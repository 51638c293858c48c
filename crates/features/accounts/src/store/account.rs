//! Statements on accounts with their roles and sites.

use std::collections::BTreeSet;

use access::Scope;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};

use super::{damaged, explain, instant};
use crate::AccountsError;
use crate::model::{Account, AccountDetails, AccountFilter, AccountId};

/// Roles and sites come as lists joined by commas, so that an account is one row.
macro_rules! columns {
    () => {
        "account.id, account.name, account.display_name, account.scope_kind, \
         account.region_code, account.password_hash, account.must_change_password, \
         account.is_enabled, account.second_factor_sealed, account.second_factor_pending_sealed, \
         account.second_factor_step, account.issuer, account.subject, account.created_at_ms, \
         account.last_sign_in_at_ms, account.revision, account.is_simulated, \
         COALESCE((SELECT string_agg(role, ',') FROM account_role \
         WHERE account_role.account_id = account.id), '') AS roles, \
         COALESCE((SELECT string_agg(CAST(site_id AS TEXT), ',') FROM account_site \
         WHERE account_site.account_id = account.id), '') AS sites"
    };
}
pub(crate) use columns;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    name: String,
    display_name: String,
    scope_kind: String,
    region_code: Option<String>,
    password_hash: Option<String>,
    must_change_password: bool,
    is_enabled: bool,
    second_factor_sealed: Option<Vec<u8>>,
    second_factor_pending_sealed: Option<Vec<u8>>,
    second_factor_step: i64,
    issuer: Option<String>,
    subject: Option<String>,
    created_at_ms: i64,
    last_sign_in_at_ms: Option<i64>,
    revision: i64,
    is_simulated: bool,
    roles: String,
    sites: String,
}

/// An account with what must not leave this crate.
pub(crate) struct Kept {
    pub(crate) account: Account,
    pub(crate) password_hash: Option<String>,
    pub(crate) second_factor_sealed: Option<Vec<u8>>,
    pub(crate) second_factor_pending_sealed: Option<Vec<u8>>,
    pub(crate) second_factor_step: i64,
}

impl TryFrom<Row> for Kept {
    type Error = AccountsError;

    fn try_from(row: Row) -> Result<Self, AccountsError> {
        let scope = match (row.scope_kind.as_str(), &row.region_code) {
            ("everything", _) => Scope::Everything,
            ("region", Some(code)) => Scope::Region(
                code.parse()
                    .map_err(|_malformed| damaged(format!("region {code}")))?,
            ),
            ("sites", _) => Scope::Sites(
                row.sites
                    .split(',')
                    .filter(|site| !site.is_empty())
                    .map(|site| {
                        site.parse()
                            .map_err(|_malformed| damaged(format!("site {site}")))
                    })
                    .collect::<Result<_, _>>()?,
            ),
            (kind, _) => return Err(damaged(format!("scope {kind}"))),
        };
        let roles: BTreeSet<String> = row
            .roles
            .split(',')
            .filter(|role| !role.is_empty())
            .map(str::to_owned)
            .collect();
        Ok(Self {
            account: Account {
                id: AccountId(row.id),
                revision: row.revision,
                details: AccountDetails {
                    name: row.name,
                    display_name: row.display_name,
                    roles,
                    scope,
                    is_enabled: row.is_enabled,
                    external: row.issuer.zip(row.subject),
                },
                has_password: row.password_hash.is_some(),
                must_change_password: row.must_change_password,
                has_second_factor: row.second_factor_sealed.is_some(),
                is_simulated: row.is_simulated,
                created_at: Timestamp::from_epoch_ms(row.created_at_ms),
                last_sign_in_at: instant(row.last_sign_in_at_ms),
            },
            password_hash: row.password_hash,
            second_factor_sealed: row.second_factor_sealed,
            second_factor_pending_sealed: row.second_factor_pending_sealed,
            second_factor_step: row.second_factor_step,
        })
    }
}

pub(crate) async fn list(
    database: &Database,
    filter: &AccountFilter,
) -> Result<Vec<Account>, AccountsError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM account WHERE id > $1 \
         AND (CAST($2 AS TEXT) IS NULL OR name LIKE $2 ESCAPE '\\' \
         OR LOWER(display_name) LIKE $2 ESCAPE '\\') \
         AND (CAST($3 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM account_role \
         WHERE account_role.account_id = account.id AND role = $3)) \
         ORDER BY id LIMIT $4"
    );
    let pattern = filter.search.as_deref().map(|search| {
        let mut pattern = "%".to_owned();
        for letter in search.to_lowercase().chars() {
            if matches!(letter, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern.push('%');
        pattern
    });
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(filter.after.map_or(0, |after| after.0))
            .bind(&pattern)
            .bind(&filter.role)
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|row| Kept::try_from(row).map(|kept| kept.account))
        .collect()
}

pub(crate) async fn count(database: &Database) -> Result<i64, AccountsError> {
    const COUNT: &str = "SELECT COUNT(*) FROM account";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(COUNT).fetch_one(pool).await?
    }))
}

pub(crate) async fn find(
    database: &Database,
    id: AccountId,
) -> Result<Option<Kept>, AccountsError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM account WHERE id = $1");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id.0).fetch_optional(pool).await?
    });
    row.map(Kept::try_from).transpose()
}

pub(crate) async fn find_by_name(
    database: &Database,
    name: &str,
) -> Result<Option<Kept>, AccountsError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM account WHERE name = $1");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(name).fetch_optional(pool).await?
    });
    row.map(Kept::try_from).transpose()
}

/// The account that is linked to somebody of the bureau's own sign-on.
pub(crate) async fn find_by_identity(
    database: &Database,
    issuer: &str,
    subject: &str,
) -> Result<Option<Kept>, AccountsError> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM account WHERE issuer = $1 AND subject = $2"
    );
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(issuer)
            .bind(subject)
            .fetch_optional(pool)
            .await?
    });
    row.map(Kept::try_from).transpose()
}

fn scope_columns(scope: &Scope) -> (&'static str, Option<&str>) {
    match scope {
        Scope::Everything => ("everything", None),
        Scope::Region(region) => ("region", Some(region.as_str())),
        Scope::Sites(_) => ("sites", None),
    }
}

/// A new account and its password's hash.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    details: &AccountDetails,
    password_hash: Option<&str>,
    now: Timestamp,
) -> Result<AccountId, AccountsError> {
    const INSERT: &str = "INSERT INTO account (name, display_name, scope_kind, region_code, \
         password_hash, password_set_at_ms, must_change_password, is_enabled, \
         second_factor_step, issuer, subject, created_at_ms, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $6, 1) RETURNING id";
    let (kind, region) = scope_columns(&details.scope);
    let (issuer, subject) = details.external.clone().unzip();
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&details.name)
            .bind(details.display_name.trim())
            .bind(kind)
            .bind(region)
            .bind(password_hash)
            .bind(now.epoch_ms())
            .bind(password_hash.is_some())
            .bind(details.is_enabled)
            .bind(&issuer)
            .bind(&subject)
            .fetch_one(connection)
            .await
            .map_err(|error| explain(error, "account", &details.name))?
    });
    let id = AccountId(id);
    put_roles_and_sites(transaction, id, details).await?;
    Ok(id)
}

/// Changes an account that still has `revision`; `false` when it has not.
pub(crate) async fn update(
    transaction: &mut Transaction,
    id: AccountId,
    revision: i64,
    details: &AccountDetails,
) -> Result<bool, AccountsError> {
    const UPDATE: &str = "UPDATE account SET name = $3, display_name = $4, scope_kind = $5, \
         region_code = $6, is_enabled = $7, issuer = $8, subject = $9, revision = revision + 1 \
         WHERE id = $1 AND revision = $2";
    let (kind, region) = scope_columns(&details.scope);
    let (issuer, subject) = details.external.clone().unzip();
    let changed = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.name)
            .bind(details.display_name.trim())
            .bind(kind)
            .bind(region)
            .bind(details.is_enabled)
            .bind(&issuer)
            .bind(&subject)
            .execute(connection)
            .await
            .map_err(|error| explain(error, "account", &details.name))?
            .rows_affected()
    });
    if changed == 1 {
        put_roles_and_sites(transaction, id, details).await?;
    }
    Ok(changed == 1)
}

async fn put_roles_and_sites(
    transaction: &mut Transaction,
    id: AccountId,
    details: &AccountDetails,
) -> Result<(), AccountsError> {
    const FORGET_ROLES: &str = "DELETE FROM account_role WHERE account_id = $1";
    const FORGET_SITES: &str = "DELETE FROM account_site WHERE account_id = $1";
    const ADD_ROLE: &str = "INSERT INTO account_role (account_id, role) VALUES ($1, $2)";
    const ADD_SITE: &str = "INSERT INTO account_site (account_id, site_id) VALUES ($1, $2)";
    on_transaction!(transaction, |connection| {
        sqlx::query(FORGET_ROLES)
            .bind(id.0)
            .execute(&mut *connection)
            .await?;
        sqlx::query(FORGET_SITES)
            .bind(id.0)
            .execute(&mut *connection)
            .await?;
        for role in &details.roles {
            sqlx::query(ADD_ROLE)
                .bind(id.0)
                .bind(role)
                .execute(&mut *connection)
                .await?;
        }
        for site in details.scope.site_ids().into_iter().flatten() {
            sqlx::query(ADD_SITE)
                .bind(id.0)
                .bind(*site)
                .execute(&mut *connection)
                .await
                .map_err(|error| match &error {
                    sqlx::Error::Database(inner) if inner.is_foreign_key_violation() => {
                        AccountsError::invalid(
                            "scope",
                            "unknown_site",
                            format!("there is no site {site}"),
                        )
                    }
                    _ => error.into(),
                })?;
        }
    });
    Ok(())
}

/// Marks an account as one of the demonstration.
pub(crate) async fn mark_simulated(
    transaction: &mut Transaction,
    id: AccountId,
) -> Result<(), AccountsError> {
    const MARK: &str = "UPDATE account SET is_simulated = TRUE WHERE id = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(MARK).bind(id.0).execute(connection).await?;
    });
    Ok(())
}

/// The accounts of the demonstration, in the order they were made.
pub(crate) async fn list_simulated(database: &Database) -> Result<Vec<Account>, AccountsError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM account WHERE account.is_simulated AND account.is_enabled ORDER BY id LIMIT 100"
    );
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    rows.into_iter()
        .map(|row| Kept::try_from(row).map(|kept| kept.account))
        .collect()
}

/// A new password, which its owner must change when somebody else set it.
pub(crate) async fn set_password(
    transaction: &mut Transaction,
    id: AccountId,
    hash: &str,
    must_change: bool,
    now: Timestamp,
) -> Result<(), AccountsError> {
    const SET: &str = "UPDATE account SET password_hash = $2, must_change_password = $3, \
         password_set_at_ms = $4, revision = revision + 1 WHERE id = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(SET)
            .bind(id.0)
            .bind(hash)
            .bind(must_change)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// A second factor that waits for its first code, in place of one that waited before.
pub(crate) async fn set_pending_factor(
    transaction: &mut Transaction,
    id: AccountId,
    sealed: &[u8],
) -> Result<(), AccountsError> {
    const SET: &str = "UPDATE account SET second_factor_pending_sealed = $2, \
         revision = revision + 1 WHERE id = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(SET)
            .bind(id.0)
            .bind(sealed)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Puts a second factor in force, or out of force, with its recovery codes.
pub(crate) async fn set_factor(
    transaction: &mut Transaction,
    id: AccountId,
    sealed: Option<&[u8]>,
    step: i64,
    recovery_codes: &[Vec<u8>],
) -> Result<(), AccountsError> {
    const SET: &str = "UPDATE account SET second_factor_sealed = $2, second_factor_step = $3, \
         second_factor_pending_sealed = NULL, revision = revision + 1 WHERE id = $1";
    const FORGET: &str = "DELETE FROM account_recovery_code WHERE account_id = $1";
    const ADD: &str = "INSERT INTO account_recovery_code (account_id, code_hash) VALUES ($1, $2)";
    on_transaction!(transaction, |connection| {
        sqlx::query(SET)
            .bind(id.0)
            .bind(sealed)
            .bind(step)
            .execute(&mut *connection)
            .await?;
        sqlx::query(FORGET)
            .bind(id.0)
            .execute(&mut *connection)
            .await?;
        for code in recovery_codes {
            sqlx::query(ADD)
                .bind(id.0)
                .bind(code)
                .execute(&mut *connection)
                .await?;
        }
    });
    Ok(())
}

/// Notes that a code of a time step was used; `false` when it or a later one was before.
pub(crate) async fn use_step(
    transaction: &mut Transaction,
    id: AccountId,
    step: i64,
) -> Result<bool, AccountsError> {
    const USE: &str =
        "UPDATE account SET second_factor_step = $2 WHERE id = $1 AND second_factor_step < $2";
    let used = on_transaction!(transaction, |connection| {
        sqlx::query(USE)
            .bind(id.0)
            .bind(step)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(used == 1)
}

/// Uses a recovery code up; `false` when it is none or was used.
pub(crate) async fn use_recovery_code(
    transaction: &mut Transaction,
    id: AccountId,
    digest: &[u8],
    now: Timestamp,
) -> Result<bool, AccountsError> {
    const USE: &str = "UPDATE account_recovery_code SET used_at_ms = $3 \
         WHERE account_id = $1 AND code_hash = $2 AND used_at_ms IS NULL";
    let used = on_transaction!(transaction, |connection| {
        sqlx::query(USE)
            .bind(id.0)
            .bind(digest)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(used == 1)
}

/// How many other accounts that may sign in hold a role.
pub(crate) async fn count_other_holders(
    transaction: &mut Transaction,
    role: &str,
    but: AccountId,
) -> Result<i64, AccountsError> {
    const COUNT: &str = "SELECT COUNT(*) FROM account JOIN account_role \
         ON account_role.account_id = account.id \
         WHERE account_role.role = $1 AND account.is_enabled = $2 AND account.id <> $3";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(COUNT)
            .bind(role)
            .bind(true)
            .bind(but.0)
            .fetch_one(connection)
            .await?
    }))
}

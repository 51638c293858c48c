//! Use cases of administrators: accounts.

use access::{Actor, AuditEntry, Permission, Scope};
use database::Database;
use serde_json::json;

use super::{AccountsContext, actor_name, record};
use crate::model::{Account, AccountDetails, AccountFilter, AccountId};
use crate::token::generate_first_password;
use crate::{AccountsError, rules, store};

pub(super) const ADMINISTRATOR: &str = "administrator";

/// How many accounts there are; none on a new installation.
///
/// # Errors
/// [`AccountsError::Database`].
pub async fn count_accounts(database: &Database) -> Result<i64, AccountsError> {
    store::account::count(database).await
}

/// Lists accounts by number.
///
/// # Errors
/// [`AccountsError::Refused`].
pub async fn list_accounts(
    database: &Database,
    actor: &Actor,
    filter: &AccountFilter,
) -> Result<Vec<Account>, AccountsError> {
    actor.check(Permission::ReadAccounts)?;
    store::account::list(database, filter).await
}

/// Loads an account.
///
/// # Errors
/// [`AccountsError::NotFound`], [`AccountsError::Refused`].
pub async fn load_account(
    database: &Database,
    actor: &Actor,
    id: AccountId,
) -> Result<Account, AccountsError> {
    actor.check(Permission::ReadAccounts)?;
    Ok(load(database, id).await?.account)
}

/// Finds an account by its name.
///
/// # Errors
/// [`AccountsError::NotFound`], [`AccountsError::Refused`].
pub async fn find_account(
    database: &Database,
    actor: &Actor,
    name: &str,
) -> Result<Account, AccountsError> {
    actor.check(Permission::ReadAccounts)?;
    let kept = store::account::find_by_name(database, name).await?;
    kept.map(|kept| kept.account)
        .ok_or_else(|| AccountsError::not_found("account", name))
}

pub(super) async fn load(
    database: &Database,
    id: AccountId,
) -> Result<store::account::Kept, AccountsError> {
    store::account::find(database, id)
        .await?
        .ok_or_else(|| AccountsError::not_found("account", &id))
}

/// The state of an account for the audit trail.
pub(super) fn state(details: &AccountDetails) -> String {
    let scope = match &details.scope {
        Scope::Everything => json!("everything"),
        Scope::Region(region) => json!({ "region": region.as_str() }),
        Scope::Sites(sites) => json!({ "sites": sites }),
    };
    json!({
        "name": details.name,
        "display_name": details.display_name,
        "roles": details.roles,
        "scope": scope,
        "is_enabled": details.is_enabled,
        "issuer": details.external.as_ref().map(|(issuer, _subject)| issuer),
        "subject": details.external.as_ref().map(|(_issuer, subject)| subject),
    })
    .to_string()
}

/// Creates an account with a first password, which its owner must change; answers with that
/// password, once. An account of the bureau's own sign-on gets none.
///
/// # Errors
/// [`AccountsError::Invalid`], [`AccountsError::Duplicate`], [`AccountsError::Refused`].
pub async fn create_account(
    context: &AccountsContext,
    actor: &Actor,
    details: AccountDetails,
) -> Result<(Account, Option<String>), AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    check(context, &details).await?;
    let password = if details.external.is_none() {
        Some(generate_first_password()?)
    } else {
        None
    };
    let hash = match &password {
        Some(password) => Some(context.hashing.hash(password).await?),
        None => None,
    };
    let account = insert(context, actor, &details, hash.as_deref(), true).await?;
    Ok((account, password))
}

/// Creates an account with the password that its owner chose, who sits at the server.
///
/// # Errors
/// [`AccountsError::Invalid`], [`AccountsError::Duplicate`], [`AccountsError::Refused`].
pub async fn create_account_with_password(
    context: &AccountsContext,
    actor: &Actor,
    details: AccountDetails,
    password: &str,
) -> Result<Account, AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    check(context, &details).await?;
    rules::none_of(rules::check_password(password, &details.name))?;
    let hash = context.hashing.hash(password).await?;
    insert(context, actor, &details, Some(&hash), false).await
}

async fn insert(
    context: &AccountsContext,
    actor: &Actor,
    details: &AccountDetails,
    hash: Option<&str>,
    must_change_password: bool,
) -> Result<Account, AccountsError> {
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    let id = store::account::insert(&mut transaction, details, hash, now).await?;
    if let Some(hash) = hash.filter(|_hash| !must_change_password) {
        store::account::set_password(&mut transaction, id, hash, false, now).await?;
    }
    let entry = AuditEntry::new(actor, "accounts.create_account", format!("account:{id}"))
        .after(state(details));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(load(&context.database, id).await?.account)
}

async fn check(context: &AccountsContext, details: &AccountDetails) -> Result<(), AccountsError> {
    let custom = store::role::list(&context.database).await?;
    rules::none_of(rules::check_details(details, &custom))
}

/// Changes an account. A change of roles, scope, state or linked identity ends its sessions. Nobody changes their
/// own roles and scope, and the last administrator stays.
///
/// # Errors
/// [`AccountsError::Invalid`], [`AccountsError::Stale`], [`AccountsError::Duplicate`],
/// [`AccountsError::NotFound`], [`AccountsError::Refused`].
pub async fn update_account(
    context: &AccountsContext,
    actor: &Actor,
    id: AccountId,
    revision: i64,
    details: AccountDetails,
) -> Result<Account, AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    check(context, &details).await?;
    let before = load(&context.database, id).await?.account.details;
    let is_own = actor.name == actor_name(&before.name);
    let has_new_rights = before.roles != details.roles
        || before.scope != details.scope
        || before.is_enabled != details.is_enabled;
    if is_own && has_new_rights {
        return Err(AccountsError::invalid(
            "roles",
            "own_rights",
            "nobody changes their own roles, scope or state: ask another administrator",
        ));
    }
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    let administers =
        |details: &AccountDetails| details.is_enabled && details.roles.contains(ADMINISTRATOR);
    if administers(&before)
        && !administers(&details)
        && store::account::count_other_holders(&mut transaction, ADMINISTRATOR, id).await? == 0
    {
        return Err(AccountsError::invalid(
            "roles",
            "last_administrator",
            "this is the last administrator: make another one first",
        ));
    }
    if !store::account::update(&mut transaction, id, revision, &details).await? {
        return Err(AccountsError::Stale {
            what: "account",
            key: id.to_string(),
        });
    }
    // whoever was linked before must not stay signed in
    let is_unlinked = before.external.is_some() && before.external != details.external;
    if has_new_rights || is_unlinked {
        store::session::end_all(&mut transaction, id, None, "rights_changed", now).await?;
    }
    let entry = AuditEntry::new(actor, "accounts.update_account", format!("account:{id}"))
        .before(state(&before))
        .after(state(&details));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(load(&context.database, id).await?.account)
}

/// Gives an account a new first password, which its owner must change; its sessions end. Answers
/// with the password, once.
///
/// # Errors
/// [`AccountsError::NotFound`], [`AccountsError::Refused`].
pub async fn reset_password(
    context: &AccountsContext,
    actor: &Actor,
    id: AccountId,
) -> Result<String, AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    let account = load(&context.database, id).await?.account;
    let password = generate_first_password()?;
    let hash = context.hashing.hash(&password).await?;
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    store::account::set_password(&mut transaction, id, &hash, true, now).await?;
    store::session::end_all(&mut transaction, id, None, "password_reset", now).await?;
    store::sign_in::forget_failures(&mut transaction, &account.details.name).await?;
    let entry = AuditEntry::new(actor, "accounts.reset_password", format!("account:{id}"));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(password)
}

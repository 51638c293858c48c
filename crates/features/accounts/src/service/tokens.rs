//! Use cases of machines' tokens.

use std::collections::BTreeSet;

use access::{Actor, AuditEntry, Permission};
use serde_json::json;
use uuid::Uuid;

use super::{AccountsContext, accounts, actor_of, record};
use crate::model::{AccountId, ApiToken, NewApiToken, SignedIn};
use crate::{AccountsError, Token, rules, store};

/// Makes a token that may at most what the signed-in account may; answers with it, once.
///
/// # Errors
/// [`AccountsError::Invalid`]; [`AccountsError::Refused`] for a request that is itself made with a
/// token: tokens make no tokens.
pub async fn create_api_token(
    context: &AccountsContext,
    signed_in: &SignedIn,
    new: NewApiToken,
) -> Result<(ApiToken, Token), AccountsError> {
    if signed_in.session_id.is_none() {
        return Err(AccountsError::NotSignedIn);
    }
    let actor = &signed_in.actor;
    insert(
        context,
        actor,
        signed_in.account_id,
        &actor.permissions,
        new,
    )
    .await
}

/// Makes a token for an account, for whoever administers the server at its own command line; it
/// may at most what the account may.
///
/// # Errors
/// [`AccountsError::Invalid`], [`AccountsError::NotFound`], [`AccountsError::Refused`].
pub async fn create_api_token_for(
    context: &AccountsContext,
    actor: &Actor,
    account_id: AccountId,
    new: NewApiToken,
) -> Result<(ApiToken, Token), AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    let account = accounts::load(&context.database, account_id).await?.account;
    let own = actor_of(&context.database, &account, None)
        .await?
        .permissions;
    insert(context, actor, account_id, &own, new).await
}

async fn insert(
    context: &AccountsContext,
    actor: &Actor,
    account_id: AccountId,
    own: &BTreeSet<Permission>,
    new: NewApiToken,
) -> Result<(ApiToken, Token), AccountsError> {
    let now = context.now();
    rules::none_of(rules::check_token(&new, own, now))?;
    let secret = Token::generate_for_machine()?;
    let token = ApiToken {
        id: Uuid::now_v7(),
        account_id,
        name: new.name.trim().to_owned(),
        permissions: new.permissions,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let mut transaction = context.database.begin().await?;
    store::token::insert(&mut transaction, &token, &secret.digest()).await?;
    let permissions: Vec<_> = token.permissions.iter().map(|one| one.as_str()).collect();
    let after = json!({
        "name": token.name,
        "permissions": permissions,
        "expires_at": token.expires_at.to_string(),
    });
    let subject = format!("api_token:{}", token.id);
    let entry =
        AuditEntry::new(actor, "accounts.create_api_token", subject).after(after.to_string());
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok((token, secret))
}

/// Lists tokens, newest first: one's own, or with the permission those of another account.
///
/// # Errors
/// [`AccountsError::Refused`].
pub async fn list_api_tokens(
    context: &AccountsContext,
    signed_in: &SignedIn,
    of: AccountId,
) -> Result<Vec<ApiToken>, AccountsError> {
    if of != signed_in.account_id {
        signed_in.actor.check(Permission::ReadAccounts)?;
    }
    store::token::list(&context.database, of).await
}

/// Revokes a token: one's own, or with the permission anybody's.
///
/// # Errors
/// [`AccountsError::NotFound`] when there is none in force or it is somebody else's.
pub async fn revoke_api_token(
    context: &AccountsContext,
    signed_in: &SignedIn,
    id: Uuid,
) -> Result<(), AccountsError> {
    let not_found = || AccountsError::not_found("token", &id);
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    let owner = store::token::revoke(&mut transaction, id, now)
        .await?
        .ok_or_else(not_found)?;
    let actor = &signed_in.actor;
    if owner != signed_in.account_id && actor.check_everywhere(Permission::ManageAccounts).is_err()
    {
        return Err(not_found());
    }
    let entry = AuditEntry::new(
        actor,
        "accounts.revoke_api_token",
        format!("api_token:{id}"),
    );
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(())
}

/// Whose a machine's token is. It may what both it and its account may now. Its use is noted at
/// most once a minute.
///
/// # Errors
/// [`AccountsError::NotSignedIn`] when it is unknown, revoked or too old, or the account was
/// switched off.
pub async fn authenticate_token(
    context: &AccountsContext,
    secret: &Token,
    address: Option<String>,
) -> Result<SignedIn, AccountsError> {
    let now = context.now();
    let (token, kept) = store::token::find(&context.database, &secret.digest())
        .await?
        .ok_or(AccountsError::NotSignedIn)?;
    let account = kept.account;
    if token.expires_at <= now || !context.admits(&account) {
        return Err(AccountsError::NotSignedIn);
    }
    let is_noted = token
        .last_used_at
        .is_some_and(|at| now.ms_since(at) < rules::SEEN_EVERY_MS);
    if !is_noted {
        let mut transaction = context.database.begin().await?;
        store::token::touch(&mut transaction, token.id, now).await?;
        transaction.commit().await?;
    }
    let mut actor = actor_of(&context.database, &account, address).await?;
    let allowed: BTreeSet<Permission> = actor
        .permissions
        .intersection(&token.permissions)
        .copied()
        .collect();
    actor.permissions = allowed;
    actor.name = format!("{}/token:{}", actor.name, token.name);
    Ok(SignedIn {
        account_id: account.id,
        session_id: None,
        display_name: account.details.display_name,
        roles: account.details.roles,
        actor,
        must_change_password: account.must_change_password,
        is_by_sign_on: false,
        has_second_factor: account.has_second_factor,
        expires_at: token.expires_at,
    })
}

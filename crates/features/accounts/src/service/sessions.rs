//! Sessions: whose a request is, who is signed in, ending one.

use access::{Actor, AuditEntry, Permission};
use uuid::Uuid;

use super::{AccountsContext, actor_of, record};
use crate::model::{AccountId, Presence, SessionInfo, SignedIn};
use crate::{AccountsError, Token, rules, store};

/// Whose a session's token is. Its use by a person is noted at most once a minute.
///
/// # Errors
/// [`AccountsError::NotSignedIn`] when the session is unknown, ended, idle or too old, or the
/// account was switched off.
pub async fn authenticate_session(
    context: &AccountsContext,
    token: &Token,
    address: Option<String>,
    presence: Presence,
) -> Result<SignedIn, AccountsError> {
    let database = &context.database;
    let now = context.now();
    let found = store::session::find(database, &token.digest())
        .await?
        .ok_or(AccountsError::NotSignedIn)?;
    if let Some(reason) = rules::session_ended(&found.session, &context.settings, now) {
        let mut transaction = database.begin().await?;
        store::session::end(&mut transaction, found.id, reason, now).await?;
        transaction.commit().await?;
        return Err(AccountsError::NotSignedIn);
    }
    let mut account = found.kept.account;
    account.must_change_password &= !found.is_by_sign_on;
    if !context.admits(&account) {
        return Err(AccountsError::NotSignedIn);
    }
    let is_noted = now.ms_since(found.session.last_seen_at) < rules::SEEN_EVERY_MS;
    if presence == Presence::Attended && !is_noted {
        let mut transaction = database.begin().await?;
        store::session::touch(&mut transaction, found.id, now).await?;
        transaction.commit().await?;
    }
    let actor = actor_of(database, &account, address).await?;
    Ok(SignedIn {
        account_id: account.id,
        session_id: Some(found.id),
        display_name: account.details.display_name,
        roles: account.details.roles,
        actor,
        must_change_password: account.must_change_password,
        has_second_factor: account.has_second_factor,
        is_by_sign_on: found.is_by_sign_on,
        expires_at: rules::session_end(&found.session, &context.settings),
    })
}

/// Lists open sessions, newest first: one's own, or with the permission those of one account or of
/// all.
///
/// # Errors
/// [`AccountsError::Refused`].
pub async fn list_sessions(
    context: &AccountsContext,
    signed_in: &SignedIn,
    of: Option<AccountId>,
) -> Result<Vec<SessionInfo>, AccountsError> {
    if of != Some(signed_in.account_id) {
        signed_in.actor.check(Permission::ReadAccounts)?;
    }
    let now = context.now();
    let settings = &context.settings;
    let seen_after = now.plus_ms(-i64::from(settings.idle_min) * 60_000);
    let begun_after = now.plus_ms(-i64::from(settings.longest_h) * 3_600_000);
    store::session::list(&context.database, of, seen_after, begun_after).await
}

/// Ends a session: one's own, or with the permission anybody's.
///
/// # Errors
/// [`AccountsError::NotFound`] when there is no such open session or it is somebody else's.
pub async fn revoke_session(
    context: &AccountsContext,
    signed_in: &SignedIn,
    id: Uuid,
) -> Result<(), AccountsError> {
    let not_found = || AccountsError::not_found("session", &id);
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    let owner = store::session::find_owner(&mut transaction, id)
        .await?
        .ok_or_else(not_found)?;
    let actor = &signed_in.actor;
    if owner != signed_in.account_id && actor.check_everywhere(Permission::ManageAccounts).is_err()
    {
        return Err(not_found());
    }
    store::session::end(&mut transaction, id, "revoked", now).await?;
    let subject = format!("account:{owner}");
    let entry = AuditEntry::new(actor, "accounts.revoke_session", subject);
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(())
}

/// Ends the session of a request.
///
/// # Errors
/// [`AccountsError::Database`].
pub async fn sign_out(
    context: &AccountsContext,
    signed_in: &SignedIn,
) -> Result<(), AccountsError> {
    let Some(id) = signed_in.session_id else {
        return Ok(());
    };
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    if store::session::end(&mut transaction, id, "sign_out", now).await? {
        let subject = format!("account:{}", signed_in.account_id);
        let actor: &Actor = &signed_in.actor;
        record(
            &mut transaction,
            now,
            AuditEntry::new(actor, "accounts.sign_out", subject),
        )
        .await?;
    }
    transaction.commit().await?;
    context.changes.ring();
    Ok(())
}

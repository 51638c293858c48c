//! Use cases of the second factor.

use access::{Actor, AuditEntry, Permission};

use super::sign_in::{check_guard, factor_subject, fail, use_code};
use super::{AccountsContext, accounts, record};
use crate::model::{AccountId, Origin, SignedIn};
use crate::token::{digest_of_code, generate_recovery_codes};
use crate::{AccountsError, PendingFactor, second_factor, store};

fn origin(signed_in: &SignedIn) -> Origin {
    Origin {
        address: signed_in.actor.address.clone(),
        user_agent: String::new(),
    }
}

/// Makes a secret for the signed-in account's second factor. It is in force once a code of it was
/// right; until then an older one stays in force.
///
/// # Errors
/// [`AccountsError::Database`], [`AccountsError::Hashing`].
pub async fn begin_second_factor(
    context: &AccountsContext,
    signed_in: &SignedIn,
) -> Result<PendingFactor, AccountsError> {
    let account = accounts::load(&context.database, signed_in.account_id)
        .await?
        .account;
    let name = &account.details.name;
    let secret = second_factor::generate_secret()?;
    let described = second_factor::describe(&secret, name, &context.settings.issuer_name)?;
    let sealed = context.sealing_key.seal(&factor_subject(name), &secret)?;
    let mut transaction = context.database.begin().await?;
    store::account::set_pending_factor(&mut transaction, account.id, &sealed).await?;
    transaction.commit().await?;
    Ok(described)
}

/// Puts the pending second factor in force with its first code; answers with recovery codes, once.
///
/// # Errors
/// [`AccountsError::WrongCredentials`], [`AccountsError::Locked`]; [`AccountsError::NotFound`] when
/// none is pending.
pub async fn confirm_second_factor(
    context: &AccountsContext,
    signed_in: &SignedIn,
    code: &str,
) -> Result<Vec<String>, AccountsError> {
    let kept = accounts::load(&context.database, signed_in.account_id).await?;
    let name = &kept.account.details.name;
    let now = context.now();
    check_guard(context, name, now).await?;
    let sealed = kept
        .second_factor_pending_sealed
        .ok_or_else(|| AccountsError::not_found("pending second factor of", name))?;
    let secret = context.sealing_key.open(&factor_subject(name), &sealed)?;
    let Some(step) = second_factor::find_step(&secret, code, 0, now)? else {
        return fail(context, &origin(signed_in), name, now).await;
    };
    let codes = generate_recovery_codes()?;
    let digests: Vec<_> = codes.iter().map(|code| digest_of_code(code)).collect();
    let id = kept.account.id;
    let mut transaction = context.database.begin().await?;
    store::account::set_factor(&mut transaction, id, Some(&sealed), step, &digests).await?;
    let entry = AuditEntry::new(
        &signed_in.actor,
        "accounts.confirm_second_factor",
        format!("account:{id}"),
    );
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Takes one's own second factor out of force, with a code of it.
///
/// # Errors
/// [`AccountsError::WrongCredentials`], [`AccountsError::Locked`].
pub async fn remove_second_factor(
    context: &AccountsContext,
    signed_in: &SignedIn,
    code: &str,
) -> Result<(), AccountsError> {
    let kept = accounts::load(&context.database, signed_in.account_id).await?;
    let name = &kept.account.details.name;
    let now = context.now();
    check_guard(context, name, now).await?;
    if !use_code(context, &kept, code, now).await? {
        return fail(context, &origin(signed_in), name, now).await;
    }
    let id = kept.account.id;
    put_out_of_force(
        context,
        &signed_in.actor,
        id,
        "accounts.remove_second_factor",
    )
    .await
}

/// Takes somebody's second factor out of force, who has lost it and the recovery codes; their
/// sessions end.
///
/// # Errors
/// [`AccountsError::NotFound`], [`AccountsError::Refused`].
pub async fn reset_second_factor(
    context: &AccountsContext,
    actor: &Actor,
    id: AccountId,
) -> Result<(), AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    accounts::load(&context.database, id).await?;
    put_out_of_force(context, actor, id, "accounts.reset_second_factor").await
}

async fn put_out_of_force(
    context: &AccountsContext,
    actor: &Actor,
    id: AccountId,
    action: &'static str,
) -> Result<(), AccountsError> {
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    store::account::set_factor(&mut transaction, id, None, 0, &[]).await?;
    if action == "accounts.reset_second_factor" {
        store::session::end_all(&mut transaction, id, None, "second_factor_reset", now).await?;
    }
    let entry = AuditEntry::new(actor, action, format!("account:{id}"));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(())
}

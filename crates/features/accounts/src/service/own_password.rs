//! Changing one's own password.

use access::AuditEntry;

use super::sign_in::{check_guard, fail};
use super::{AccountsContext, accounts, record};
use crate::model::{Origin, SignedIn};
use crate::{AccountsError, FieldError, rules, store};

/// Changes the password of the signed-in account; its other sessions end. The old password is
/// asked for, and failures count as at sign-in.
///
/// # Errors
/// [`AccountsError::WrongCredentials`], [`AccountsError::Locked`], [`AccountsError::Invalid`].
pub async fn change_password(
    context: &AccountsContext,
    signed_in: &SignedIn,
    old: &str,
    new: &str,
) -> Result<(), AccountsError> {
    let kept = accounts::load(&context.database, signed_in.account_id).await?;
    let name = &kept.account.details.name;
    let now = context.now();
    check_guard(context, name, now).await?;
    let hash = kept.password_hash.as_deref();
    if !context.hashing.verify(old, hash).await? {
        let origin = Origin {
            address: signed_in.actor.address.clone(),
            user_agent: String::new(),
        };
        return fail(context, &origin, name, now).await;
    }
    let mut fields = rules::check_password(new, name);
    if old == new {
        fields.push(FieldError {
            field: "password",
            code: "unchanged",
            reason: "the new password is the old one".to_owned(),
        });
    }
    rules::none_of(fields)?;
    let hash = context.hashing.hash(new).await?;
    let id = signed_in.account_id;
    let mut transaction = context.database.begin().await?;
    store::account::set_password(&mut transaction, id, &hash, false, now).await?;
    let own = signed_in.session_id;
    store::session::end_all(&mut transaction, id, own, "password_changed", now).await?;
    store::sign_in::forget_failures(&mut transaction, name).await?;
    let entry = AuditEntry::new(
        &signed_in.actor,
        "accounts.change_password",
        format!("account:{id}"),
    );
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(())
}

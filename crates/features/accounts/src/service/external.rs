//! Signing in by the bureau's own sign-on.

use access::{Actor, AuditEntry};
use beijing_time::Timestamp;
use database::Transaction;
use serde_json::json;

use super::accounts::{ADMINISTRATOR, state};
use super::sign_in::{By, open_session};
use super::{AccountsContext, record};
use crate::external::{ExternalIdentity, ExternalRules};
use crate::model::{AccountDetails, NewSession, Origin};
use crate::store::account::Kept;
use crate::{AccountsError, rules, store};

/// Opens a session for whom the bureau's own sign-on names. It has asked for the password and for
/// whatever else it wants: a second factor of this server is not asked for.
///
/// # Errors
/// [`AccountsError::NotLinked`] when no account is linked and none is made;
/// [`AccountsError::NotAdmitted`] when the account is switched off or no role follows from the groups.
pub async fn sign_in_external(
    context: &AccountsContext,
    origin: &Origin,
    identity: &ExternalIdentity,
    external: &ExternalRules,
) -> Result<NewSession, AccountsError> {
    let now = context.now();
    let database = &context.database;
    let found =
        store::account::find_by_identity(database, &identity.issuer, &identity.subject).await?;
    let Some(kept) = found else {
        let kept = welcome(context, origin, identity, external, now).await?;
        return open_session(context, origin, &kept, By::SignOn, now).await;
    };
    if !context.admits(&kept.account) {
        return refuse(context, origin, identity, "account_disabled", now).await;
    }
    let kept = match external.roles_from(&identity.groups) {
        Some(roles) if roles.is_empty() => {
            return refuse(context, origin, identity, "no_role", now).await;
        }
        Some(roles) if roles != kept.account.details.roles => {
            let details = AccountDetails {
                roles,
                ..kept.account.details.clone()
            };
            follow_groups(context, origin, &kept, details, now).await?
        }
        _ => kept,
    };
    open_session(context, origin, &kept, By::SignOn, now).await
}

/// The audit trail's name for what the sign-on makes happen.
fn sign_on(origin: &Origin) -> Actor {
    Actor {
        address: origin.address.clone(),
        ..Actor::system("sign_on")
    }
}

/// An account for somebody who comes for the first time, where the settings want it.
async fn welcome(
    context: &AccountsContext,
    origin: &Origin,
    identity: &ExternalIdentity,
    external: &ExternalRules,
    now: Timestamp,
) -> Result<Kept, AccountsError> {
    let Some(newcomers) = &external.newcomers else {
        return not_linked(context, origin, identity, now).await;
    };
    let roles = external
        .roles_from(&identity.groups)
        .unwrap_or_else(|| newcomers.roles.clone());
    if roles.is_empty() {
        return refuse(context, origin, identity, "no_role", now).await;
    }
    let details = AccountDetails {
        name: identity.account_name(),
        display_name: identity.shown_name(),
        roles,
        scope: newcomers.scope.clone(),
        is_enabled: true,
        external: Some((identity.issuer.clone(), identity.subject.clone())),
    };
    let custom = store::role::list(&context.database).await?;
    rules::none_of(rules::check_details(&details, &custom))?;
    // somebody else's account of that name is not taken over: an administrator decides
    if store::account::find_by_name(&context.database, &details.name)
        .await?
        .is_some()
    {
        return not_linked(context, origin, identity, now).await;
    }
    let mut transaction = context.database.begin().await?;
    let id = store::account::insert(&mut transaction, &details, None, now).await?;
    let subject = format!("account:{id}");
    let entry = AuditEntry::new(&sign_on(origin), "accounts.create_account", subject)
        .after(state(&details));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    super::accounts::load(&context.database, id).await
}

/// Roles as the groups say. The last administrator stays one, whatever a group says.
async fn follow_groups(
    context: &AccountsContext,
    origin: &Origin,
    kept: &Kept,
    details: AccountDetails,
    now: Timestamp,
) -> Result<Kept, AccountsError> {
    let before = &kept.account.details;
    let id = kept.account.id;
    let custom = store::role::list(&context.database).await?;
    rules::none_of(rules::check_details(&details, &custom))?;
    let mut transaction = context.database.begin().await?;
    let loses_it = before.roles.contains(ADMINISTRATOR) && !details.roles.contains(ADMINISTRATOR);
    if loses_it && is_last_administrator(&mut transaction, kept).await? {
        transaction.commit().await?;
        return super::accounts::load(&context.database, id).await;
    }
    if !store::account::update(&mut transaction, id, kept.account.revision, &details).await? {
        return Err(AccountsError::Stale {
            what: "account",
            key: id.to_string(),
        });
    }
    store::session::end_all(&mut transaction, id, None, "rights_changed", now).await?;
    let subject = format!("account:{id}");
    let entry = AuditEntry::new(&sign_on(origin), "accounts.update_account", subject)
        .before(state(before))
        .after(state(&details));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    super::accounts::load(&context.database, id).await
}

async fn is_last_administrator(
    transaction: &mut Transaction,
    kept: &Kept,
) -> Result<bool, AccountsError> {
    let others =
        store::account::count_other_holders(transaction, ADMINISTRATOR, kept.account.id).await?;
    Ok(others == 0)
}

/// Notes that somebody whom the sign-on knows was not let in, and why.
async fn note_refusal(
    context: &AccountsContext,
    origin: &Origin,
    identity: &ExternalIdentity,
    reason: &str,
    now: Timestamp,
) -> Result<(), AccountsError> {
    let mut transaction = context.database.begin().await?;
    let nobody = Actor {
        name: "nobody".to_owned(),
        ..sign_on(origin)
    };
    let entry = AuditEntry::new(
        &nobody,
        "accounts.refuse_sign_on",
        format!("identity:{}", identity.subject),
    )
    .after(
        json!({
            "issuer": identity.issuer,
            "subject": identity.subject,
            "name": identity.name,
            "reason": reason,
        })
        .to_string(),
    );
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(())
}

async fn refuse<T>(
    context: &AccountsContext,
    origin: &Origin,
    identity: &ExternalIdentity,
    reason: &'static str,
    now: Timestamp,
) -> Result<T, AccountsError> {
    note_refusal(context, origin, identity, reason, now).await?;
    Err(AccountsError::NotAdmitted { reason })
}

async fn not_linked<T>(
    context: &AccountsContext,
    origin: &Origin,
    identity: &ExternalIdentity,
    now: Timestamp,
) -> Result<T, AccountsError> {
    note_refusal(context, origin, identity, "not_linked", now).await?;
    Err(AccountsError::NotLinked {
        subject: identity.subject.clone(),
    })
}

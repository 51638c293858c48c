//! The first administrator of an installation.

use std::collections::BTreeSet;

use access::{Actor, AuditEntry, Scope};

use super::{AccountsContext, accounts, record};
use crate::model::{Account, AccountDetails};
use crate::{AccountsError, Token, rules, store};

const PURPOSE: &str = "first_administrator";

/// A one-time link's token while there is no account at all; it holds for 24 hours and ends the
/// links made before. `None` when there are accounts.
///
/// # Errors
/// [`AccountsError::Database`].
pub async fn invite_first_administrator(
    context: &AccountsContext,
) -> Result<Option<Token>, AccountsError> {
    if store::account::count(&context.database).await? > 0 {
        return Ok(None);
    }
    let token = Token::generate()?;
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    store::sign_in::add_invitation(
        &mut transaction,
        PURPOSE,
        &token.digest(),
        now,
        now.plus_ms(rules::INVITATION_MS),
    )
    .await?;
    transaction.commit().await?;
    Ok(Some(token))
}

/// Makes the first administrator with the token of the one-time link and a password of its own.
///
/// # Errors
/// [`AccountsError::InvitationEnded`] when the token is none of ours, used or too old, or there is
/// an account already; [`AccountsError::Invalid`].
pub async fn create_first_administrator(
    context: &AccountsContext,
    token: &Token,
    name: &str,
    display_name: &str,
    password: &str,
) -> Result<Account, AccountsError> {
    let details = AccountDetails {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        roles: BTreeSet::from(["administrator".to_owned()]),
        scope: Scope::Everything,
        is_enabled: true,
        external: None,
    };
    let mut fields = rules::check_details(&details, &std::collections::BTreeMap::new());
    fields.extend(rules::check_password(password, name));
    rules::none_of(fields)?;
    let hash = context.hashing.hash(password).await?;
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    let digest = token.digest();
    if !store::sign_in::use_invitation(&mut transaction, PURPOSE, &digest, now).await?
        || store::account::count(&context.database).await? > 0
    {
        return Err(AccountsError::InvitationEnded);
    }
    let id = store::account::insert(&mut transaction, &details, Some(&hash), now).await?;
    // the administrator chose the password: it need not be changed
    store::account::set_password(&mut transaction, id, &hash, false, now).await?;
    let entry = AuditEntry::new(
        &Actor::system("first_run"),
        "accounts.create_account",
        format!("account:{id}"),
    )
    .after(accounts::state(&details));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(accounts::load(&context.database, id).await?.account)
}

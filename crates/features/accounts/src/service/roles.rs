//! Use cases of the bureau's own roles.

use access::{Actor, AuditEntry, Permission};
use database::Database;
use serde_json::json;

use super::{AccountsContext, record};
use crate::model::CustomRole;
use crate::{AccountsError, rules, store};

/// Lists the bureau's own roles by name.
///
/// # Errors
/// [`AccountsError::Refused`].
pub async fn list_custom_roles(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<CustomRole>, AccountsError> {
    actor.check(Permission::ReadAccounts)?;
    Ok(store::role::list(database).await?.into_values().collect())
}

fn state(role: &CustomRole) -> String {
    let permissions: Vec<_> = role.permissions.iter().map(|one| one.as_str()).collect();
    json!({
        "title_zh": role.title_zh,
        "title_en": role.title_en,
        "permissions": permissions,
    })
    .to_string()
}

/// Adds a role (revision 0) or changes one. It is in force at the next request of its accounts;
/// a change that would join duties that are to be apart in some account is refused.
///
/// # Errors
/// [`AccountsError::Invalid`], [`AccountsError::Stale`], [`AccountsError::Duplicate`],
/// [`AccountsError::Refused`].
pub async fn save_custom_role(
    context: &AccountsContext,
    actor: &Actor,
    role: CustomRole,
) -> Result<CustomRole, AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    rules::none_of(rules::check_custom_role(&role))?;
    let mut roles = store::role::list(&context.database).await?;
    let before = roles.insert(role.name.clone(), role.clone());
    let filter = crate::AccountFilter {
        role: Some(role.name.clone()),
        limit: 10_000,
        ..crate::AccountFilter::default()
    };
    for account in store::account::list(&context.database, &filter).await? {
        let permissions = rules::permissions_of(&account.details.roles, &roles);
        rules::none_of(rules::check_duties("permissions", &permissions)).map_err(|_joined| {
            AccountsError::invalid(
                "permissions",
                "duties_not_separate",
                format!(
                    "the account {} would hold duties that are to be apart",
                    account.details.name
                ),
            )
        })?;
    }
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    if !store::role::save(&mut transaction, &role).await? {
        return Err(AccountsError::Stale {
            what: "role",
            key: role.name,
        });
    }
    let mut entry = AuditEntry::new(actor, "accounts.save_role", format!("role:{}", role.name))
        .after(state(&role));
    if let Some(before) = &before {
        entry = entry.before(state(before));
    }
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(CustomRole {
        revision: role.revision + 1,
        ..role
    })
}

/// Deletes a role that no account holds.
///
/// # Errors
/// [`AccountsError::Invalid`] when accounts hold it, [`AccountsError::Stale`],
/// [`AccountsError::Refused`].
pub async fn delete_custom_role(
    context: &AccountsContext,
    actor: &Actor,
    name: &str,
    revision: i64,
) -> Result<(), AccountsError> {
    actor.check_everywhere(Permission::ManageAccounts)?;
    let now = context.now();
    let mut transaction = context.database.begin().await?;
    let holders = store::role::list_holders(&mut transaction, name, 5).await?;
    if !holders.is_empty() {
        return Err(AccountsError::invalid(
            "name",
            "in_use",
            format!("accounts hold this role: {}", holders.join(", ")),
        ));
    }
    if !store::role::delete(&mut transaction, name, revision).await? {
        return Err(AccountsError::Stale {
            what: "role",
            key: name.to_owned(),
        });
    }
    let entry = AuditEntry::new(actor, "accounts.delete_role", format!("role:{name}"));
    record(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    context.changes.ring();
    Ok(())
}

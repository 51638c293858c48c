//! Use cases.

mod accounts;
mod changes;
mod demo;
mod external;
mod first_run;
mod own_password;
mod roles;
mod second_factor;
mod sessions;
mod sign_in;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Actor, AuditEntry};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction, audit};
use sites::SealingKey;

pub use accounts::{
    count_accounts, create_account, create_account_with_password, find_account, list_accounts,
    load_account, reset_password, update_account,
};
pub use changes::AccessChanges;
pub use demo::{DEMO_PASSWORD, DemoPlaces, create_demo_accounts, list_demo_accounts};
pub use external::sign_in_external;
pub use first_run::{create_first_administrator, invite_first_administrator};
pub use own_password::change_password;
pub use roles::{delete_custom_role, list_custom_roles, save_custom_role};
pub use second_factor::{
    begin_second_factor, confirm_second_factor, remove_second_factor, reset_second_factor,
};
pub use sessions::{authenticate_session, list_sessions, revoke_session, sign_out};
pub use sign_in::sign_in;
pub use tokens::{
    authenticate_token, create_api_token, create_api_token_for, list_api_tokens, revoke_api_token,
};

use crate::model::{Account, AccountSettings, CustomRole};
use crate::roles::find_shipped_role;
use crate::{AccountsError, PasswordHashing, rules, store};

/// What the use cases of accounts work with. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct AccountsContext {
    /// The main store.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How passwords are hashed.
    pub hashing: PasswordHashing,
    /// Lives of sessions and locks.
    pub settings: Arc<AccountSettings>,
    /// Seals the secrets of second factors.
    pub sealing_key: SealingKey,
    /// Whether this installation shows a simulated city: only then its accounts sign in.
    pub is_demo: bool,
    /// Rings when sessions or rights have changed.
    pub changes: AccessChanges,
}

impl AccountsContext {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether an account may be used on this installation.
    pub(crate) fn admits(&self, account: &Account) -> bool {
        account.details.is_enabled && (self.is_demo || !account.is_simulated)
    }
}

/// The custom roles, read only when an account has one.
async fn custom_roles_of(
    database: &Database,
    account: &Account,
) -> Result<BTreeMap<String, CustomRole>, AccountsError> {
    let roles = &account.details.roles;
    if roles.iter().all(|role| find_shipped_role(role).is_some()) {
        return Ok(BTreeMap::new());
    }
    store::role::list(database).await
}

/// The actor that an account is for the use cases.
async fn actor_of(
    database: &Database,
    account: &Account,
    address: Option<String>,
) -> Result<Actor, AccountsError> {
    let custom = custom_roles_of(database, account).await?;
    let permissions = if account.must_change_password {
        std::collections::BTreeSet::new()
    } else {
        rules::permissions_of(&account.details.roles, &custom)
    };
    Ok(Actor {
        name: actor_name(&account.details.name),
        permissions,
        scope: account.details.scope.clone(),
        address,
    })
}

fn actor_name(account: &str) -> String {
    format!("user:{account}")
}

async fn record(
    transaction: &mut Transaction,
    now: Timestamp,
    entry: AuditEntry,
) -> Result<(), AccountsError> {
    audit::append(transaction, now, entry).await?;
    Ok(())
}

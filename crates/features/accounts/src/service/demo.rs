//! The accounts of the demonstration: one for each role, all with one password that is no secret.

use std::collections::BTreeSet;

use access::{Actor, AuditEntry, RegionCode, Scope};

use super::{AccountsContext, accounts, record};
use crate::model::{Account, AccountDetails};
use crate::roles::{SHIPPED_ROLES, ShippedRole};
use crate::{AccountsError, store};

/// The password of every account of the demonstration. It opens nothing elsewhere: the accounts
/// carry their mark and sign in on a demonstration only.
pub const DEMO_PASSWORD: &str = "Qingshan-Demo-2026";

/// Where the accounts of the demonstration are at home.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemoPlaces {
    /// Of the county officer.
    pub county: Option<RegionCode>,
    /// Of the grid officer: a county's part, or again a county.
    pub grid: Option<RegionCode>,
    /// Sites of the enterprise and of the operator.
    pub site_ids: BTreeSet<i64>,
}

impl DemoPlaces {
    /// The scope of a role, or none when there is no place for it.
    fn scope(&self, role: &ShippedRole) -> Option<Scope> {
        match role.name {
            "county_officer" => self.county.clone().map(Scope::Region),
            "grid_officer" => self.grid.clone().map(Scope::Region),
            // with nothing to see there is nothing to show
            "public" => None,
            _ if role.is_for_sites => {
                (!self.site_ids.is_empty()).then(|| Scope::Sites(self.site_ids.clone()))
            }
            _ => Some(Scope::Everything),
        }
    }
}

/// Makes an account for each role while a demonstration has no account at all; answers with how
/// many were made.
///
/// # Errors
/// [`AccountsError::Database`], [`AccountsError::Hashing`].
pub async fn create_demo_accounts(
    context: &AccountsContext,
    places: &DemoPlaces,
) -> Result<usize, AccountsError> {
    if !context.is_demo || store::account::count(&context.database).await? > 0 {
        return Ok(0);
    }
    let hash = context.hashing.hash(DEMO_PASSWORD).await?;
    let now = context.now();
    let actor = Actor::system("demo");
    let mut made = 0;
    let mut transaction = context.database.begin().await?;
    for role in SHIPPED_ROLES {
        let Some(scope) = places.scope(role) else {
            continue;
        };
        let details = AccountDetails {
            name: role.name.replace('_', "-"),
            display_name: role.title_zh.to_owned(),
            roles: BTreeSet::from([role.name.to_owned()]),
            scope,
            is_enabled: true,
            external: None,
        };
        let id = store::account::insert(&mut transaction, &details, Some(&hash), now).await?;
        store::account::set_password(&mut transaction, id, &hash, false, now).await?;
        store::account::mark_simulated(&mut transaction, id).await?;
        let entry = AuditEntry::new(&actor, "accounts.create_account", format!("account:{id}"))
            .after(accounts::state(&details));
        record(&mut transaction, now, entry).await?;
        made += 1;
    }
    transaction.commit().await?;
    Ok(made)
}

/// The accounts of a demonstration, to be named where one signs in; none elsewhere.
///
/// # Errors
/// [`AccountsError::Database`].
pub async fn list_demo_accounts(context: &AccountsContext) -> Result<Vec<Account>, AccountsError> {
    if !context.is_demo {
        return Ok(Vec::new());
    }
    store::account::list_simulated(&context.database).await
}

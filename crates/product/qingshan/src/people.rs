//! Accounts as `serve` switches them on: the first administrator's link, the demonstration's people.

use std::collections::BTreeSet;
use std::sync::Arc;

use accounts::{
    AccessChanges, AccountsContext, DEMO_PASSWORD, DemoPlaces, PasswordCost, PasswordHashing,
};
use beijing_time::Clock;
use database::Database;
use sites::{DeviceDirectory, SealingKey};

use crate::command_line::say;
use crate::config::Configuration;

/// So many passwords are hashed at a time, each in 19 MiB.
const HASHES_AT_A_TIME: usize = 2;
/// Sites that the enterprise of the demonstration has.
const DEMO_SITES: usize = 2;

/// What the use cases of accounts work with on this installation.
///
/// # Errors
/// When passwords cannot be hashed.
pub(crate) fn context(
    configuration: &Configuration,
    database: &Database,
    clock: Arc<dyn Clock>,
    sealing_key: SealingKey,
) -> anyhow::Result<AccountsContext> {
    Ok(AccountsContext {
        database: database.clone(),
        clock,
        hashing: PasswordHashing::new(PasswordCost::default(), HASHES_AT_A_TIME)?,
        settings: Arc::new(configuration.accounts.clone()),
        sealing_key,
        is_demo: configuration.demo,
        changes: AccessChanges::default(),
    })
}

/// On an installation without any account: the people of a demonstration, or else the one-time link
/// to the first administrator, printed and not logged.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn welcome(
    context: &AccountsContext,
    directory: &DeviceDirectory,
    address: &str,
) -> anyhow::Result<()> {
    if context.is_demo {
        let made = accounts::create_demo_accounts(context, &demo_places(directory)).await?;
        if made > 0 {
            tracing::info!(
                accounts = made,
                "demonstration: made {made} simulated accounts, one for each role; they sign in \
                 on demonstrations only"
            );
        }
        let people = accounts::list_demo_accounts(context).await?;
        let names: Vec<_> = people
            .iter()
            .map(|account| account.details.name.as_str())
            .collect();
        if !names.is_empty() {
            say(&format!(
                "\n  Simulated accounts of this demonstration: {}\n  Password of all of them: \
                 {DEMO_PASSWORD}\n",
                names.join(", ")
            ));
        }
    }
    if let Some(token) = accounts::invite_first_administrator(context).await? {
        // behind the # it is sent to no server and stands in no log
        say(&format!(
            "\n  There is no account yet. Make the first administrator within 24 hours at\n  \
             {address}/first-run#{}\n  The link holds once; every start prints a new one.\n",
            token.reveal()
        ));
    }
    Ok(())
}

/// The county of the first site in the order of codes, and its first two sites.
fn demo_places(directory: &DeviceDirectory) -> DemoPlaces {
    let mut points: Vec<_> = directory.points().collect();
    points.sort_by_key(|point| (point.region_code().clone(), point.site_id));
    let Some(first) = points.first() else {
        return DemoPlaces::default();
    };
    let region = first.region_code();
    let county = region.as_str().get(..6).and_then(|code| code.parse().ok());
    let mut site_ids = BTreeSet::new();
    for point in &points {
        if site_ids.len() == DEMO_SITES {
            break;
        }
        site_ids.insert(point.site_id.0);
    }
    DemoPlaces {
        county,
        grid: Some(region.clone()),
        site_ids,
    }
}

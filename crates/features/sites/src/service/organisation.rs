//! Use cases of organisations.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{Expected, OrganisationFilter, check_revision, check_written, not_found, region};
use crate::model::{Organisation, OrganisationDetails, OrganisationId};
use crate::store::{ScopeFilter, organisation, record_change};
use crate::{SitesError, audit_state, rules};

/// Lists organisations within the actor's scope, by identifier.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn list_organisations(
    database: &Database,
    actor: &Actor,
    filter: &OrganisationFilter,
) -> Result<Vec<Organisation>, SitesError> {
    actor.check(Permission::ReadSites)?;
    organisation::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// Loads an organisation.
///
/// # Errors
/// [`SitesError::NotFound`] when there is none or it lies outside the actor's scope.
pub async fn load_organisation(
    database: &Database,
    actor: &Actor,
    id: OrganisationId,
) -> Result<Organisation, SitesError> {
    actor.check(Permission::ReadSites)?;
    let filter = OrganisationFilter {
        after: Some(id.0.saturating_sub(1)),
        limit: 1,
        ..OrganisationFilter::default()
    };
    organisation::list(database, &ScopeFilter::of(&actor.scope), &filter)
        .await?
        .pop()
        .filter(|organisation| organisation.id == id)
        .ok_or_else(|| not_found("organisation", id))
}

/// Creates an organisation.
///
/// # Errors
/// [`SitesError::Invalid`], [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn create_organisation(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    details: OrganisationDetails,
) -> Result<Organisation, SitesError> {
    let mut transaction = database.begin().await?;
    let created = create_in(&mut transaction, clock.now(), actor, details).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn create_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    details: OrganisationDetails,
) -> Result<Organisation, SitesError> {
    actor.check_at(Permission::ManageSites, &details.region_code, None)?;
    rules::none_of(rules::check_organisation(&details))?;
    region::check_known(transaction, "region_code", &details.region_code).await?;
    let id = organisation::insert(transaction, &details).await?;
    let subject = format!("organisation:{id}");
    let entry = AuditEntry::new(actor, "sites.create_organisation", subject)
        .after(audit_state::organisation(&details));
    record_change(transaction, now, entry).await?;
    Ok(Organisation {
        id,
        revision: 1,
        details,
    })
}

/// Changes an organisation.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn update_organisation(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<OrganisationId>,
    details: OrganisationDetails,
) -> Result<Organisation, SitesError> {
    let mut transaction = database.begin().await?;
    let updated = update_in(&mut transaction, clock.now(), actor, expected, details).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    expected: Expected<OrganisationId>,
    details: OrganisationDetails,
) -> Result<Organisation, SitesError> {
    let Expected { id, revision } = expected;
    rules::none_of(rules::check_organisation(&details))?;
    let before = load_for_change(transaction, actor, expected).await?;
    actor.check_at(Permission::ManageSites, &details.region_code, None)?;
    region::check_known(transaction, "region_code", &details.region_code).await?;
    let is_written = organisation::update(transaction, id, revision, &details).await?;
    check_written(is_written, "organisation", id, revision)?;
    let subject = format!("organisation:{id}");
    let entry = AuditEntry::new(actor, "sites.update_organisation", subject)
        .before(audit_state::organisation(&before.details))
        .after(audit_state::organisation(&details));
    record_change(transaction, now, entry).await?;
    Ok(Organisation {
        id,
        revision: revision + 1,
        details,
    })
}

/// Deletes an organisation that has no sites.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::InUse`],
/// [`SitesError::Refused`].
pub async fn delete_organisation(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<OrganisationId>,
) -> Result<(), SitesError> {
    let Expected { id, revision } = expected;
    let mut transaction = database.begin().await?;
    let before = load_for_change(&mut transaction, actor, expected).await?;
    let is_written = organisation::delete(&mut transaction, id, revision).await?;
    check_written(is_written, "organisation", id, revision)?;
    let subject = format!("organisation:{id}");
    let entry = AuditEntry::new(actor, "sites.delete_organisation", subject)
        .before(audit_state::organisation(&before.details));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

async fn load_for_change(
    transaction: &mut Transaction,
    actor: &Actor,
    expected: Expected<OrganisationId>,
) -> Result<Organisation, SitesError> {
    actor.check(Permission::ManageSites)?;
    let found = organisation::find_in(transaction, expected.id)
        .await?
        .ok_or_else(|| not_found("organisation", expected.id))?;
    actor.check_at(Permission::ManageSites, &found.details.region_code, None)?;
    check_revision("organisation", found.id, expected.revision, found.revision)?;
    Ok(found)
}

//! Use cases of sites.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{Expected, SiteFilter, check_revision, check_written, not_found, region};
use crate::error::{FieldProblem, ProblemKind};
use crate::model::{Site, SiteDetails, SiteId};
use crate::store::{ScopeFilter, organisation, record_change, site};
use crate::{SitesError, audit_state, rules};

/// Lists sites within the actor's scope, by identifier.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn list_sites(
    database: &Database,
    actor: &Actor,
    filter: &SiteFilter,
) -> Result<Vec<Site>, SitesError> {
    actor.check(Permission::ReadSites)?;
    site::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// Loads a site.
///
/// # Errors
/// [`SitesError::NotFound`] when there is none or it lies outside the actor's scope.
pub async fn load_site(database: &Database, actor: &Actor, id: SiteId) -> Result<Site, SitesError> {
    actor.check(Permission::ReadSites)?;
    site::find(database, id)
        .await?
        .filter(|site| actor.scope.covers(&site.details.region_code, Some(id.0)))
        .ok_or_else(|| not_found("site", id))
}

/// Creates a site.
///
/// # Errors
/// [`SitesError::Invalid`], [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn create_site(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    details: SiteDetails,
) -> Result<Site, SitesError> {
    let mut transaction = database.begin().await?;
    let created = create_in(&mut transaction, clock.now(), actor, details).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn create_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    details: SiteDetails,
) -> Result<Site, SitesError> {
    actor.check_at(Permission::ManageSites, &details.region_code, None)?;
    rules::none_of(rules::check_site(&details))?;
    check_references(transaction, &details).await?;
    let id = site::insert(transaction, &details).await?;
    let entry = AuditEntry::new(actor, "sites.create_site", format!("site:{id}"))
        .after(audit_state::site(&details));
    record_change(transaction, now, entry).await?;
    Ok(Site {
        id,
        revision: 1,
        details,
    })
}

/// Changes a site.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn update_site(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<SiteId>,
    details: SiteDetails,
) -> Result<Site, SitesError> {
    let mut transaction = database.begin().await?;
    let updated = update_in(&mut transaction, clock.now(), actor, expected, details).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    expected: Expected<SiteId>,
    details: SiteDetails,
) -> Result<Site, SitesError> {
    let Expected { id, revision } = expected;
    rules::none_of(rules::check_site(&details))?;
    let before = load_for_change(transaction, actor, expected).await?;
    actor.check_at(Permission::ManageSites, &details.region_code, Some(id.0))?;
    check_references(transaction, &details).await?;
    let is_written = site::update(transaction, id, revision, &details).await?;
    check_written(is_written, "site", id, revision)?;
    let entry = AuditEntry::new(actor, "sites.update_site", format!("site:{id}"))
        .before(audit_state::site(&before.details))
        .after(audit_state::site(&details));
    record_change(transaction, now, entry).await?;
    Ok(Site {
        id,
        revision: revision + 1,
        details,
    })
}

/// Deletes a site that has no points.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::InUse`],
/// [`SitesError::Refused`].
pub async fn delete_site(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<SiteId>,
) -> Result<(), SitesError> {
    let Expected { id, revision } = expected;
    let mut transaction = database.begin().await?;
    let before = load_for_change(&mut transaction, actor, expected).await?;
    let is_written = site::delete(&mut transaction, id, revision).await?;
    check_written(is_written, "site", id, revision)?;
    let entry = AuditEntry::new(actor, "sites.delete_site", format!("site:{id}"))
        .before(audit_state::site(&before.details));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

async fn load_for_change(
    transaction: &mut Transaction,
    actor: &Actor,
    expected: Expected<SiteId>,
) -> Result<Site, SitesError> {
    let found = load_managed(transaction, actor, expected.id).await?;
    check_revision("site", found.id, expected.revision, found.revision)?;
    Ok(found)
}

/// Loads a site that the actor may change, within a transaction.
pub(crate) async fn load_managed(
    transaction: &mut Transaction,
    actor: &Actor,
    id: SiteId,
) -> Result<Site, SitesError> {
    actor.check(Permission::ManageSites)?;
    let found = site::find_in(transaction, id)
        .await?
        .ok_or_else(|| not_found("site", id))?;
    actor.check_at(
        Permission::ManageSites,
        &found.details.region_code,
        Some(id.0),
    )?;
    Ok(found)
}

async fn check_references(
    transaction: &mut Transaction,
    details: &SiteDetails,
) -> Result<(), SitesError> {
    region::check_known(transaction, "region_code", &details.region_code).await?;
    if let Some(id) = details.organisation_id
        && organisation::find_in(transaction, id).await?.is_none()
    {
        let key = id.to_string();
        let problem = FieldProblem::new("organisation_id", ProblemKind::Unknown { key });
        return rules::none_of(vec![problem]);
    }
    Ok(())
}

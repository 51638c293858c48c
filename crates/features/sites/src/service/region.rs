//! Use cases of regions.

use access::{Actor, AuditEntry, Permission, RegionCode};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{Expected, check_revision, check_written, not_found};
use crate::error::{FieldProblem, ProblemKind};
use crate::model::{Region, RegionDetails};
use crate::store::{record_change, region};
use crate::{SitesError, audit_state, rules};

/// Lists regions by code, after `after`, within the actor's scope. Regions are no secret: an
/// actor held to sites sees all of them.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn list_regions(
    database: &Database,
    actor: &Actor,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Region>, SitesError> {
    actor.check(Permission::ReadSites)?;
    let prefix = actor.scope.region_prefix();
    region::list(database, prefix, after.unwrap_or_default(), limit).await
}

/// Loads a region.
///
/// # Errors
/// [`SitesError::NotFound`] when there is none or it lies outside the actor's scope.
pub async fn load_region(
    database: &Database,
    actor: &Actor,
    code: &RegionCode,
) -> Result<Region, SitesError> {
    actor.check(Permission::ReadSites)?;
    region::find(database, code)
        .await?
        .filter(|region| {
            region
                .code
                .as_str()
                .starts_with(actor.scope.region_prefix())
        })
        .ok_or_else(|| not_found("region", code))
}

/// Creates a region.
///
/// # Errors
/// [`SitesError::Invalid`], [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn create_region(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    code: RegionCode,
    details: RegionDetails,
) -> Result<Region, SitesError> {
    let mut transaction = database.begin().await?;
    let region = create_in(&mut transaction, clock.now(), actor, code, details).await?;
    transaction.commit().await?;
    Ok(region)
}

pub(crate) async fn create_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    code: RegionCode,
    details: RegionDetails,
) -> Result<Region, SitesError> {
    actor.check_at(Permission::ManageSites, &code, None)?;
    rules::none_of(rules::check_region(&code, &details))?;
    check_parent(transaction, &details).await?;
    let region = Region {
        code,
        revision: 1,
        details,
    };
    region::insert(transaction, &region).await?;
    let subject = format!("region:{}", region.code);
    let entry = AuditEntry::new(actor, "sites.create_region", subject)
        .after(audit_state::region(&region.details));
    record_change(transaction, now, entry).await?;
    Ok(region)
}

/// Changes a region.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Refused`].
pub async fn update_region(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<RegionCode>,
    details: RegionDetails,
) -> Result<Region, SitesError> {
    let mut transaction = database.begin().await?;
    let updated = update_in(&mut transaction, clock.now(), actor, expected, details).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    expected: Expected<RegionCode>,
    details: RegionDetails,
) -> Result<Region, SitesError> {
    let Expected { id: code, revision } = expected;
    actor.check_at(Permission::ManageSites, &code, None)?;
    rules::none_of(rules::check_region(&code, &details))?;
    let before = region::find_in(transaction, &code)
        .await?
        .ok_or_else(|| not_found("region", &code))?;
    check_revision("region", &code, revision, before.revision)?;
    check_parent(transaction, &details).await?;
    let is_written = region::update(transaction, &code, revision, &details).await?;
    check_written(is_written, "region", &code, revision)?;
    let entry = AuditEntry::new(actor, "sites.update_region", format!("region:{code}"))
        .before(audit_state::region(&before.details))
        .after(audit_state::region(&details));
    record_change(transaction, now, entry).await?;
    Ok(Region {
        code,
        revision: revision + 1,
        details,
    })
}

/// Deletes a region that nothing lies in.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::InUse`],
/// [`SitesError::Refused`].
pub async fn delete_region(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<RegionCode>,
) -> Result<(), SitesError> {
    let Expected { id: code, revision } = expected;
    actor.check_at(Permission::ManageSites, &code, None)?;
    let mut transaction = database.begin().await?;
    let before = region::find_in(&mut transaction, &code)
        .await?
        .ok_or_else(|| not_found("region", &code))?;
    check_revision("region", &code, revision, before.revision)?;
    let is_written = region::delete(&mut transaction, &code, revision).await?;
    check_written(is_written, "region", &code, revision)?;
    let entry = AuditEntry::new(actor, "sites.delete_region", format!("region:{code}"))
        .before(audit_state::region(&before.details));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// Creates those regions of a city's data that are not there yet and returns how many; those
/// there already stay as they are.
///
/// # Errors
/// As [`create_region`]; then none is created.
pub async fn install_regions(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    regions: Vec<(RegionCode, RegionDetails)>,
) -> Result<usize, SitesError> {
    let mut transaction = database.begin().await?;
    let mut created = 0;
    for (code, details) in regions {
        if region::find_in(&mut transaction, &code).await?.is_none() {
            create_in(&mut transaction, clock.now(), actor, code, details).await?;
            created += 1;
        }
    }
    transaction.commit().await?;
    Ok(created)
}

async fn check_parent(
    transaction: &mut Transaction,
    details: &RegionDetails,
) -> Result<(), SitesError> {
    match &details.parent_code {
        Some(parent) => check_known(transaction, "parent_code", parent).await,
        None => Ok(()),
    }
}

/// Checks that a region that a field names exists.
pub(crate) async fn check_known(
    transaction: &mut Transaction,
    field: &str,
    code: &RegionCode,
) -> Result<(), SitesError> {
    if region::find_in(transaction, code).await?.is_some() {
        return Ok(());
    }
    let key = code.to_string();
    rules::none_of(vec![FieldProblem::new(field, ProblemKind::Unknown { key })])
}

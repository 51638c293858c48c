//! Use cases of monitoring points.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{Expected, PointFilter, check_revision, check_written, not_found, site};
use crate::model::{Point, PointDetails, PointId, SiteId};
use crate::store::{self, ScopeFilter, point, record_change};
use crate::{SitesError, audit_state, rules};

/// Lists points within the actor's scope, by identifier.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn list_points(
    database: &Database,
    actor: &Actor,
    filter: &PointFilter,
) -> Result<Vec<Point>, SitesError> {
    actor.check(Permission::ReadSites)?;
    point::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// Loads a point.
///
/// # Errors
/// [`SitesError::NotFound`] when there is none or it lies outside the actor's scope.
pub async fn load_point(
    database: &Database,
    actor: &Actor,
    id: PointId,
) -> Result<Point, SitesError> {
    actor.check(Permission::ReadSites)?;
    let found = point::find(database, id)
        .await?
        .ok_or_else(|| not_found("point", id))?;
    match store::site::find(database, found.site_id).await? {
        Some(site)
            if actor
                .scope
                .covers(&site.details.region_code, Some(site.id.0)) =>
        {
            Ok(found)
        }
        _ => Err(not_found("point", id)),
    }
}

/// Creates a point.
///
/// # Errors
/// [`SitesError::Invalid`], [`SitesError::Duplicate`], [`SitesError::NotFound`] for the site,
/// [`SitesError::Refused`].
pub async fn create_point(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    site_id: SiteId,
    details: PointDetails,
) -> Result<Point, SitesError> {
    let mut transaction = database.begin().await?;
    let created = create_in(&mut transaction, clock.now(), actor, site_id, details).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn create_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    site_id: SiteId,
    details: PointDetails,
) -> Result<Point, SitesError> {
    rules::none_of(rules::check_point(&details))?;
    site::load_managed(transaction, actor, site_id).await?;
    let id = point::insert(transaction, site_id, &details).await?;
    let entry = AuditEntry::new(actor, "sites.create_point", format!("point:{id}"))
        .after(audit_state::point(&details));
    record_change(transaction, now, entry).await?;
    Ok(Point {
        id,
        site_id,
        revision: 1,
        details,
    })
}

/// Changes a point.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn update_point(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<PointId>,
    details: PointDetails,
) -> Result<Point, SitesError> {
    let mut transaction = database.begin().await?;
    let updated = update_in(&mut transaction, clock.now(), actor, expected, details).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    expected: Expected<PointId>,
    details: PointDetails,
) -> Result<Point, SitesError> {
    let Expected { id, revision } = expected;
    rules::none_of(rules::check_point(&details))?;
    let before = load_managed(transaction, actor, id).await?;
    check_revision("point", id, revision, before.revision)?;
    let is_written = point::update(transaction, id, revision, &details).await?;
    check_written(is_written, "point", id, revision)?;
    let entry = AuditEntry::new(actor, "sites.update_point", format!("point:{id}"))
        .before(audit_state::point(&before.details))
        .after(audit_state::point(&details));
    record_change(transaction, now, entry).await?;
    Ok(Point {
        id,
        site_id: before.site_id,
        revision: revision + 1,
        details,
    })
}

/// Deletes a point that no device serves or served, with its factors and limits. Disable a point
/// that has data.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::InUse`],
/// [`SitesError::Refused`].
pub async fn delete_point(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<PointId>,
) -> Result<(), SitesError> {
    let Expected { id, revision } = expected;
    let mut transaction = database.begin().await?;
    let before = load_managed(&mut transaction, actor, id).await?;
    check_revision("point", id, revision, before.revision)?;
    let devices = store::device::count_of_point_in(&mut transaction, id).await?;
    if devices > 0 {
        return Err(SitesError::InUse {
            what: "point",
            key: id.to_string(),
            needed_by: format!("{devices} device(s)"),
        });
    }
    let is_written = point::delete(&mut transaction, id, revision).await?;
    check_written(is_written, "point", id, revision)?;
    let entry = AuditEntry::new(actor, "sites.delete_point", format!("point:{id}"))
        .before(audit_state::point(&before.details));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// Loads a point that the actor may change, within a transaction.
pub(crate) async fn load_managed(
    transaction: &mut Transaction,
    actor: &Actor,
    id: PointId,
) -> Result<Point, SitesError> {
    actor.check(Permission::ManageSites)?;
    let found = point::find_in(transaction, id)
        .await?
        .ok_or_else(|| not_found("point", id))?;
    site::load_managed(transaction, actor, found.site_id).await?;
    Ok(found)
}

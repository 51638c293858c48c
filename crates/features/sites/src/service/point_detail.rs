//! Use cases of the factors and limits of points.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{Expected, check_revision, check_written, load_point, not_found, point};
use crate::model::{
    FactorDetails, FactorId, FactorLimit, LimitDetails, LimitId, PointFactor, PointId,
};
use crate::store::{point_detail, record_change};
use crate::{SitesError, audit_state, rules};

/// Lists what a point measures, in its order.
///
/// # Errors
/// [`SitesError::NotFound`] for the point, [`SitesError::Refused`].
pub async fn list_factors(
    database: &Database,
    actor: &Actor,
    point_id: PointId,
) -> Result<Vec<PointFactor>, SitesError> {
    load_point(database, actor, point_id).await?;
    point_detail::list_factors(database, point_id).await
}

/// Adds a factor to a point.
///
/// # Errors
/// [`SitesError::Invalid`], [`SitesError::Duplicate`], [`SitesError::NotFound`] for the point,
/// [`SitesError::Refused`].
pub async fn create_factor(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    point_id: PointId,
    details: FactorDetails,
) -> Result<PointFactor, SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let created = create_factor_in(&mut transaction, now, actor, point_id, details).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn create_factor_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    point_id: PointId,
    details: FactorDetails,
) -> Result<PointFactor, SitesError> {
    rules::none_of(rules::check_factor(&details))?;
    point::load_managed(transaction, actor, point_id).await?;
    let id = point_detail::insert_factor(transaction, point_id, &details).await?;
    let entry = AuditEntry::new(actor, "sites.create_factor", format!("point:{point_id}"))
        .after(audit_state::factor(&details));
    record_change(transaction, now, entry).await?;
    Ok(PointFactor {
        id,
        point_id,
        revision: 1,
        details,
    })
}

/// Changes a factor of a point.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Duplicate`], [`SitesError::Refused`].
pub async fn update_factor(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<FactorId>,
    details: FactorDetails,
) -> Result<PointFactor, SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let updated = update_factor_in(&mut transaction, now, actor, expected, details).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_factor_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    expected: Expected<FactorId>,
    details: FactorDetails,
) -> Result<PointFactor, SitesError> {
    let Expected { id, revision } = expected;
    rules::none_of(rules::check_factor(&details))?;
    let before = load_factor_for_change(transaction, actor, expected).await?;
    let is_written = point_detail::update_factor(transaction, id, revision, &details).await?;
    check_written(is_written, "factor", id, revision)?;
    let subject = format!("point:{}", before.point_id);
    let entry = AuditEntry::new(actor, "sites.update_factor", subject)
        .before(audit_state::factor(&before.details))
        .after(audit_state::factor(&details));
    record_change(transaction, now, entry).await?;
    Ok(PointFactor {
        id,
        point_id: before.point_id,
        revision: revision + 1,
        details,
    })
}

/// Removes a factor from a point; its data stays.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Refused`].
pub async fn delete_factor(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<FactorId>,
) -> Result<(), SitesError> {
    let Expected { id, revision } = expected;
    let mut transaction = database.begin().await?;
    let before = load_factor_for_change(&mut transaction, actor, expected).await?;
    let is_written = point_detail::delete_factor(&mut transaction, id, revision).await?;
    check_written(is_written, "factor", id, revision)?;
    let subject = format!("point:{}", before.point_id);
    let entry = AuditEntry::new(actor, "sites.delete_factor", subject)
        .before(audit_state::factor(&before.details));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

async fn load_factor_for_change(
    transaction: &mut Transaction,
    actor: &Actor,
    expected: Expected<FactorId>,
) -> Result<PointFactor, SitesError> {
    actor.check(Permission::ManageSites)?;
    let found = point_detail::find_factor_in(transaction, expected.id)
        .await?
        .ok_or_else(|| not_found("factor", expected.id))?;
    point::load_managed(transaction, actor, found.point_id).await?;
    check_revision("factor", found.id, expected.revision, found.revision)?;
    Ok(found)
}

/// Lists the limits of a point, past and future ones too, by factor and time.
///
/// # Errors
/// [`SitesError::NotFound`] for the point, [`SitesError::Refused`].
pub async fn list_limits(
    database: &Database,
    actor: &Actor,
    point_id: PointId,
) -> Result<Vec<FactorLimit>, SitesError> {
    load_point(database, actor, point_id).await?;
    point_detail::list_limits(database, point_id).await
}

/// Adds a limit to a point; it may not contradict one in force at the same time.
///
/// # Errors
/// [`SitesError::Invalid`], [`SitesError::NotFound`] for the point, [`SitesError::Refused`].
pub async fn create_limit(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    point_id: PointId,
    details: LimitDetails,
) -> Result<FactorLimit, SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let created = create_limit_in(&mut transaction, now, actor, point_id, details).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn create_limit_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    point_id: PointId,
    details: LimitDetails,
) -> Result<FactorLimit, SitesError> {
    rules::none_of(rules::check_limit(&details))?;
    point::load_managed(transaction, actor, point_id).await?;
    check_others(transaction, point_id, None, &details).await?;
    let id = point_detail::insert_limit(transaction, point_id, &details).await?;
    let entry = AuditEntry::new(actor, "sites.create_limit", format!("point:{point_id}"))
        .after(audit_state::limit(&details));
    record_change(transaction, now, entry).await?;
    Ok(FactorLimit {
        id,
        point_id,
        revision: 1,
        details,
    })
}

/// Changes a limit of a point.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Refused`].
pub async fn update_limit(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<LimitId>,
    details: LimitDetails,
) -> Result<FactorLimit, SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let updated = update_limit_in(&mut transaction, now, actor, expected, details).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_limit_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    expected: Expected<LimitId>,
    details: LimitDetails,
) -> Result<FactorLimit, SitesError> {
    let Expected { id, revision } = expected;
    rules::none_of(rules::check_limit(&details))?;
    let before = load_limit_for_change(transaction, actor, expected).await?;
    check_others(transaction, before.point_id, Some(id), &details).await?;
    let is_written = point_detail::update_limit(transaction, id, revision, &details).await?;
    check_written(is_written, "limit", id, revision)?;
    let subject = format!("point:{}", before.point_id);
    let entry = AuditEntry::new(actor, "sites.update_limit", subject)
        .before(audit_state::limit(&before.details))
        .after(audit_state::limit(&details));
    record_change(transaction, now, entry).await?;
    Ok(FactorLimit {
        id,
        point_id: before.point_id,
        revision: revision + 1,
        details,
    })
}

/// Removes a limit from a point, as if it never held. To end a limit, change its validity.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Refused`].
pub async fn delete_limit(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<LimitId>,
) -> Result<(), SitesError> {
    let Expected { id, revision } = expected;
    let mut transaction = database.begin().await?;
    let before = load_limit_for_change(&mut transaction, actor, expected).await?;
    let is_written = point_detail::delete_limit(&mut transaction, id, revision).await?;
    check_written(is_written, "limit", id, revision)?;
    let subject = format!("point:{}", before.point_id);
    let entry = AuditEntry::new(actor, "sites.delete_limit", subject)
        .before(audit_state::limit(&before.details));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

async fn load_limit_for_change(
    transaction: &mut Transaction,
    actor: &Actor,
    expected: Expected<LimitId>,
) -> Result<FactorLimit, SitesError> {
    actor.check(Permission::ManageSites)?;
    let found = point_detail::find_limit_in(transaction, expected.id)
        .await?
        .ok_or_else(|| not_found("limit", expected.id))?;
    point::load_managed(transaction, actor, found.point_id).await?;
    check_revision("limit", found.id, expected.revision, found.revision)?;
    Ok(found)
}

async fn check_others(
    transaction: &mut Transaction,
    point_id: PointId,
    own: Option<LimitId>,
    details: &LimitDetails,
) -> Result<(), SitesError> {
    let others = point_detail::list_limits_in(transaction, point_id).await?;
    let others = others
        .iter()
        .filter(|other| Some(other.id) != own)
        .map(|other| &other.details);
    rules::none_of(rules::check_limit_among(details, others))
}

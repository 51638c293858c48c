//! Planned stops.

use access::{Actor, AuditEntry, Permission, RegionCode};
use beijing_time::{Clock, DAY_MS, HOUR_MS, Timestamp};
use database::{Database, Transaction, audit};
use uuid::Uuid;

use super::check_text;
use crate::AlarmError;
use crate::model::{Exemption, NewExemption};
use crate::store::{self, ScopeFilter};

/// The longest planned stop.
const MOST_DAYS: i64 = 366;

/// Lists planned stops that end after an instant, in the actor's part of the city.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_exemptions(
    database: &Database,
    actor: &Actor,
    ends_after: Timestamp,
) -> Result<Vec<Exemption>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    store::exemptions::list(database, &ScopeFilter::of(&actor.scope), ends_after).await
}

/// Enters a planned stop. Entering the same identifier again changes nothing.
///
/// # Errors
/// [`AlarmError::Invalid`] for times out of order or without a reason.
pub async fn create_exemption(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewExemption,
) -> Result<Exemption, AlarmError> {
    actor.check(Permission::HandleAlarms)?;
    let not_found = || AlarmError::not_found("site", new.site_id);
    let region = store::exemptions::find_place(database, new.site_id, new.point_id)
        .await?
        .ok_or_else(not_found)?;
    let region: RegionCode = region
        .parse()
        .map_err(|_code| AlarmError::unreadable("site.region_code", &region))?;
    actor.check_at(Permission::HandleAlarms, &region, Some(new.site_id))?;
    if new.to <= new.from || new.to.ms_since(new.from) > MOST_DAYS * DAY_MS {
        return Err(AlarmError::invalid(
            "to",
            "must be later than from, by a year at most",
        ));
    }
    let now = clock.now();
    let exemption = Exemption {
        id: new.id,
        site_id: new.site_id,
        point_id: new.point_id,
        factor_code: new.factor_code.trim().to_owned(),
        from: new.from,
        to: new.to,
        reason: check_text("reason", &new.reason, 1)?,
        author: actor.name.clone(),
        created_at: now,
        revoked: None,
    };
    let mut transaction = database.begin().await?;
    if store::exemptions::add(&mut transaction, &exemption).await? {
        let subject = format!("alarm_exemption:{}", exemption.id);
        let after = serde_json::json!({
            "site_id": exemption.site_id, "point_id": exemption.point_id,
            "factor_code": exemption.factor_code, "from": exemption.from, "to": exemption.to,
            "reason": exemption.reason,
        });
        let entry = AuditEntry::new(actor, "alarms.create_exemption", subject);
        audit::append(&mut transaction, now, entry.after(after.to_string())).await?;
        let span = (exemption.from, exemption.to);
        mark_rates(&mut transaction, &exemption, span, now).await?;
    }
    transaction.commit().await?;
    Ok(exemption)
}

/// Takes a planned stop back: from now on alarms are called again.
///
/// # Errors
/// [`AlarmError::NotFound`] when there is none in the actor's part of the city,
/// [`AlarmError::Conflict`] when it has ended or was taken back before.
pub async fn revoke_exemption(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
) -> Result<Exemption, AlarmError> {
    actor.check(Permission::HandleAlarms)?;
    let not_found = || AlarmError::not_found("planned stop", id);
    let mut exemption = store::exemptions::find(database, &ScopeFilter::of(&actor.scope), id)
        .await?
        .ok_or_else(not_found)?;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    if !store::exemptions::revoke(&mut transaction, id, now, &actor.name).await? {
        return Err(AlarmError::conflict(
            "the planned stop has ended or was taken back already",
        ));
    }
    let subject = format!("alarm_exemption:{id}");
    let entry = AuditEntry::new(actor, "alarms.revoke_exemption", subject);
    audit::append(&mut transaction, now, entry).await?;
    // the hour in which it ends is not covered as a whole any more
    let span = (now.plus_ms(-HOUR_MS).max(exemption.from), exemption.to);
    mark_rates(&mut transaction, &exemption, span, now).await?;
    transaction.commit().await?;
    exemption.revoked = Some((now, actor.name.clone()));
    Ok(exemption)
}

/// What a planned stop covers is not due: the rates of its points follow.
async fn mark_rates(
    transaction: &mut Transaction,
    exemption: &Exemption,
    span: (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<(), AlarmError> {
    let (site_id, point_id) = (exemption.site_id, exemption.point_id);
    let points = store::exemptions::list_points(transaction, site_id, point_id).await?;
    monitoring::rates::mark_rates_dirty(transaction, &points, span, now).await?;
    Ok(())
}

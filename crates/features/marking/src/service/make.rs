//! Handing in and withdrawing.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use monitoring::layers::{NewMark, add_mark, withdraw_mark};
use sites::{DeviceDirectory, PointId};
use standards::Parameters;
use standards::emission::{MarkingCode, list_marking_codes};
use uuid::Uuid;

use super::{demand_waiting, find_stale, load_for, subject_of};
use crate::MarkingError;
use crate::error::{invalid, not_found};
use crate::model::{Marking, MarkingState, NewMarking, Said};
use crate::rules;
use crate::store::marking::{self as store, Step};

/// The codes that are in force today.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::Standard`].
pub fn list_codes(
    parameters: &Parameters,
    clock: &dyn Clock,
    actor: &Actor,
) -> Result<Vec<MarkingCode>, MarkingError> {
    actor.check(Permission::ReadData)?;
    Ok(list_marking_codes(parameters, clock.now().civil().date())?)
}

/// Hands a marking in. The values stay as they are until the bureau has decided. Handing in the
/// same again changes nothing.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`] for a point of somebody else's,
/// [`MarkingError::Invalid`], [`MarkingError::TooLate`], [`MarkingError::IdTaken`].
pub async fn submit_marking(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    parameters: &Parameters,
    actor: &Actor,
    new: NewMarking,
) -> Result<Marking, MarkingError> {
    actor.check(Permission::MarkData)?;
    let now = clock.now();
    let point_id = new.subject.point_id;
    let point = directory
        .point(PointId(point_id))
        .filter(|point| point.is_covered_by(&actor.scope))
        .ok_or_else(|| not_found("monitoring point", point_id))?;
    if let Some(kept) = store::find(database, &actor.scope, new.id).await? {
        let is_same = kept.subject == new.subject
            && (kept.mark, kept.reason.as_str(), &kept.author)
                == (new.mark, new.reason.trim(), &actor.name);
        return if is_same {
            Ok(kept)
        } else {
            Err(MarkingError::IdTaken { id: new.id })
        };
    }
    let codes = list_marking_codes(parameters, new.subject.from.civil().date())?;
    let medium = point.details.medium.as_str();
    let is_known = codes
        .iter()
        .any(|code| code.code == new.mark.as_str() && code.is_for(medium));
    if !is_known {
        return Err(invalid("code", "is not said of points of this medium"));
    }
    if let Some(code) = &new.subject.factor_code
        && !point
            .factors
            .iter()
            .any(|factor| factor.factor_code == *code)
    {
        return Err(invalid("factor_code", "the point does not measure this"));
    }
    rules::check_span(new.subject.from, new.subject.to, now)?;
    let due = rules::find_due(parameters, new.subject.to)?;
    if let Some(until) = due.close.filter(|until| now >= *until) {
        return Err(MarkingError::TooLate { until });
    }
    let mut transaction = database.begin().await?;
    let mark = NewMark {
        subject: new.subject,
        mark: new.mark,
        reason: new.reason,
    };
    let mark = add_mark(&mut transaction, directory, clock, actor, mark).await?;
    let marking = Marking {
        id: new.id,
        mark_id: mark.id,
        subject: mark.subject,
        mark: mark.mark,
        reason: mark.reason,
        author: mark.author,
        at: mark.at,
        state: MarkingState::Submitted,
        mark_due: due.mark,
        review_due: rules::find_review_due(parameters, now)?,
        is_late: due.mark.is_some_and(|due| now >= due),
        withdrawal: None,
        review: None,
        calculation: None,
        files: 0,
        revision: 1,
    };
    if !store::insert(&mut transaction, &marking).await? {
        // taken by somebody who handed in at the same moment, or outside the actor's part
        return Err(MarkingError::IdTaken { id: marking.id });
    }
    let after = serde_json::json!({
        "point_id": point_id,
        "code": marking.mark.as_str(),
        "factor_code": marking.subject.factor_code,
        "from": marking.subject.from.to_string(),
        "to": marking.subject.to.to_string(),
        "reason": marking.reason,
        "is_late": marking.is_late,
        "state": marking.state.as_str(),
    });
    let entry = AuditEntry::new(actor, "marking.submit", subject_of(marking.id));
    audit::append(&mut transaction, now, entry.after(after.to_string())).await?;
    transaction.commit().await?;
    Ok(marking)
}

/// Takes a marking back that was not reviewed yet; it stays readable.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`], [`MarkingError::WrongState`],
/// [`MarkingError::Stale`], [`MarkingError::Invalid`] without a reason.
pub async fn withdraw_marking(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    (revision, reason): (i64, &str),
) -> Result<Marking, MarkingError> {
    let marking = load_for(database, actor, Permission::MarkData, id).await?;
    if marking.revision != revision {
        return Err(super::stale(&marking));
    }
    demand_waiting(&marking, "only one that waits can be withdrawn")?;
    let reason = rules::check_text("reason", reason)?;
    let mut transaction = database.begin().await?;
    let step = Step {
        id,
        revision,
        state: MarkingState::Withdrawn,
        review_id: None,
        calculation: None,
    };
    if !store::save(&mut transaction, &step).await? {
        drop(transaction);
        return Err(find_stale(database, actor, id).await);
    }
    let of = (marking.mark_id, reason.as_str());
    let at = withdraw_mark(&mut transaction, directory, clock, actor, of).await?;
    let entry = AuditEntry::new(actor, "marking.withdraw", subject_of(id))
        .before(serde_json::json!({ "state": marking.state.as_str() }).to_string())
        .after(serde_json::json!({ "state": "withdrawn", "reason": reason }).to_string());
    audit::append(&mut transaction, at, entry).await?;
    transaction.commit().await?;
    Ok(Marking {
        state: MarkingState::Withdrawn,
        withdrawal: Some(Said {
            author: actor.name.clone(),
            at,
            reason,
        }),
        revision: revision + 1,
        ..marking
    })
}

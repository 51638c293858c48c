//! Making and listing marks and reviews.

use std::fmt::Write as _;

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, DAY_MS, Timestamp};
use database::{Database, Transaction, audit};
use sites::DeviceDirectory;

use super::{Decision, NewMark, NewReview, RecordMark, RecordReview, Subject};
use crate::changes::{ChangeCause, HourChange};
use crate::rates::mark_rates_dirty;
use crate::records::find_point;
use crate::store::{changes, layers as store, records};
use crate::{MonitoringError, RecordKind, statistics};

/// The longest time that one mark or review is about.
const MOST_DAYS: i64 = 400;
/// The longest reason.
const MOST_CHARACTERS: usize = 2000;

/// Marks values of a point; the values stay as they are.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::Invalid`].
pub async fn record_mark(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewMark,
) -> Result<RecordMark, MonitoringError> {
    let mut transaction = database.begin().await?;
    let mark = add_mark(&mut transaction, directory, clock, actor, new).await?;
    transaction.commit().await?;
    Ok(mark)
}

/// [`record_mark`] within a transaction of the caller's.
///
/// # Errors
/// As [`record_mark`]; the caller gives the transaction up.
pub async fn add_mark(
    transaction: &mut Transaction,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewMark,
) -> Result<RecordMark, MonitoringError> {
    find_point(directory, actor, Permission::MarkData, new.subject.point_id)?;
    check_subject(&new.subject)?;
    let reason = check_reason(&new.reason)?;
    let at = clock.now();
    let mut mark = RecordMark {
        id: 0,
        subject: new.subject,
        mark: new.mark,
        reason,
        author: actor.name.clone(),
        at,
        withdrawn_at: None,
    };
    mark.id = store::insert_mark(transaction, &mark).await?;
    let entry = AuditEntry::new(
        actor,
        "monitoring.record_mark",
        format!("point:{}", mark.subject.point_id),
    )
    .after(describe(
        &mark.subject,
        &[("mark", mark.mark.as_str()), ("reason", &mark.reason)],
    ));
    audit::append(transaction, at, entry).await?;
    Ok(mark)
}

/// Takes a mark back that was not reviewed; it stays readable with the reason. The caller has
/// looked that nothing was decided on it.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchMark`], [`MonitoringError::Invalid`]; the
/// caller gives the transaction up.
pub async fn withdraw_mark(
    transaction: &mut Transaction,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    (mark_id, reason): (i64, &str),
) -> Result<Timestamp, MonitoringError> {
    let missing = || MonitoringError::NoSuchMark { mark_id };
    let point_id = store::find_mark_point(transaction, mark_id).await?;
    let point_id = point_id.ok_or_else(missing)?;
    find_point(directory, actor, Permission::MarkData, point_id)?;
    let reason = check_reason(reason)?;
    let at = clock.now();
    if !store::insert_withdrawal(transaction, mark_id, &reason, &actor.name, at).await? {
        return Err(missing());
    }
    let entry = AuditEntry::new(
        actor,
        "monitoring.withdraw_mark",
        format!("point:{point_id}"),
    )
    .after(format!(
        "{{\"mark_id\":{mark_id},\"reason\":{}}}",
        quote(&reason)
    ));
    audit::append(transaction, at, entry).await?;
    Ok(at)
}

/// Reviews values of a point; what counts of them, and what is derived from them, follows.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::NoSuchMark`],
/// [`MonitoringError::Invalid`].
pub async fn record_review(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewReview,
) -> Result<RecordReview, MonitoringError> {
    let mut transaction = database.begin().await?;
    let review = add_review(&mut transaction, directory, clock, actor, new).await?;
    transaction.commit().await?;
    Ok(review)
}

/// [`record_review`] within a transaction of the caller's.
///
/// # Errors
/// As [`record_review`]; the caller gives the transaction up.
pub async fn add_review(
    transaction: &mut Transaction,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewReview,
) -> Result<RecordReview, MonitoringError> {
    let point_id = new.subject.point_id;
    find_point(directory, actor, Permission::ReviewData, point_id)?;
    check_subject(&new.subject)?;
    check_value(&new)?;
    let reason = check_reason(&new.reason)?;
    let at = clock.now();
    let mut review = RecordReview {
        id: 0,
        subject: new.subject,
        mark_id: new.mark_id,
        decision: new.decision,
        value: new.value,
        reason,
        author: actor.name.clone(),
        at,
    };
    if let Some(mark_id) = review.mark_id
        && store::find_mark_point(transaction, mark_id).await? != Some(point_id)
    {
        return Err(MonitoringError::NoSuchMark { mark_id });
    }
    review.id = store::insert_review(transaction, &review).await?;
    let dirty = list_touched(transaction, &review.subject).await?;
    records::put_dirty(transaction, &dirty).await?;
    if review.subject.kind.is_none_or(|of| of == RecordKind::Hour) {
        let change = HourChange {
            id: 0,
            point_id,
            from: review.subject.from,
            to: review.subject.to,
            cause: ChangeCause::Review(review.id),
        };
        changes::insert(transaction, &[change]).await?;
        // of hours without any data nothing is derived, and yet they may be excused now
        let span = (review.subject.from, review.subject.to);
        mark_rates_dirty(transaction, &[point_id], span, at).await?;
    }
    let value = review.value.map(|value| value.to_string());
    let entry = AuditEntry::new(
        actor,
        "monitoring.record_review",
        format!("point:{point_id}"),
    )
    .after(describe(
        &review.subject,
        &[
            ("decision", review.decision.as_str()),
            ("value", value.as_deref().unwrap_or_default()),
            ("reason", &review.reason),
        ],
    ));
    audit::append(transaction, at, entry).await?;
    Ok(review)
}

/// Lists the marks of a point that touch `from..to`, the latest last.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`].
pub async fn list_marks(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    point_id: i64,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<RecordMark>, MonitoringError> {
    find_point(directory, actor, Permission::ReadData, point_id)?;
    store::list_marks(database, point_id, from, to).await
}

/// Lists the reviews of a point that touch `from..to`, the latest last.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`].
pub async fn list_reviews(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    point_id: i64,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<RecordReview>, MonitoringError> {
    find_point(directory, actor, Permission::ReadData, point_id)?;
    store::list_reviews(database, Some(point_id), from, to).await
}

fn check_subject(subject: &Subject) -> Result<(), MonitoringError> {
    let invalid = |field, detail: String| Err(MonitoringError::Invalid { field, detail });
    if subject.from >= subject.to {
        return invalid("to", "is not after the beginning".to_owned());
    }
    if subject.to.ms_since(subject.from) > MOST_DAYS * DAY_MS {
        return invalid("to", format!("more than {MOST_DAYS} days at once"));
    }
    match &subject.factor_code {
        Some(code) if code.is_empty() || code.len() > 40 => {
            invalid("factor_code", "is no factor's code".to_owned())
        }
        _ => Ok(()),
    }
}

fn check_value(new: &NewReview) -> Result<(), MonitoringError> {
    let invalid = |field, detail: &str| {
        Err(MonitoringError::Invalid {
            field,
            detail: detail.to_owned(),
        })
    };
    match (new.decision, new.value) {
        (Decision::Replaced | Decision::AmountReplaced, None) => {
            invalid("value", "is missing: what counts instead?")
        }
        (Decision::Replaced | Decision::AmountReplaced, Some(_))
            if new.subject.factor_code.is_none() || new.subject.kind.is_none() =>
        {
            invalid("factor_code", "one value replaces one factor of one kind")
        }
        (Decision::Replaced | Decision::AmountReplaced, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => invalid("value", "only the decision `replaced` has one"),
    }
}

fn check_reason(reason: &str) -> Result<String, MonitoringError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MOST_CHARACTERS {
        return Err(MonitoringError::Invalid {
            field: "reason",
            detail: format!("1 to {MOST_CHARACTERS} characters"),
        });
    }
    Ok(reason.to_owned())
}

/// The derived periods of which a review changes what counts.
async fn list_touched(
    transaction: &mut Transaction,
    subject: &Subject,
) -> Result<Vec<(i64, i64, i64)>, MonitoringError> {
    let mut touched = std::collections::BTreeSet::new();
    for kind in [RecordKind::Minute, RecordKind::Hour] {
        if subject.kind.is_some_and(|of| of != kind) {
            continue;
        }
        let Some((derived, first)) = statistics::find_derived(kind, subject.from) else {
            continue;
        };
        let kept =
            store::list_derived_times(transaction, derived, subject.point_id, first, subject.to)
                .await?;
        touched.extend(
            kept.into_iter()
                .map(|time_ms| (derived.code(), time_ms, subject.point_id)),
        );
    }
    Ok(touched.into_iter().collect())
}

/// A subject and what is said of it, as JSON text.
fn describe(subject: &Subject, facts: &[(&str, &str)]) -> String {
    let mut text = format!(
        "{{\"from\":\"{}\",\"to\":\"{}\",\"kind\":{},\"factor_code\":{}",
        subject.from,
        subject.to,
        quote(subject.kind.map_or("", RecordKind::as_str)),
        quote(subject.factor_code.as_deref().unwrap_or_default()),
    );
    for (name, value) in facts {
        let _ = write!(text, ",\"{name}\":{}", quote(value));
    }
    text.push('}');
    text
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

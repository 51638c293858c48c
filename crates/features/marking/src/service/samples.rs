//! Manual samples: entered, withdrawn, listed, owed.

use access::{Actor, AuditEntry, Permission, Refusal};
use beijing_time::{Clock, DAY_MS, Timestamp};
use database::{Database, Transaction, audit};
use exact_decimal::Decimal;
use monitoring::layers::Mark;
use sites::{DeviceDirectory, DirectoryPoint, FactorDetails, PointId};
use standards::Parameters;
use standards::emission::{find_sample_shortfalls, list_marking_codes};
use uuid::Uuid;

use crate::MarkingError;
use crate::error::{invalid, not_found};
use crate::model::{
    MarkingFilter, MarkingOrder, MarkingState, NewSample, Owed, Said, Sample, SampleFilter,
    SampleOrigin,
};
use crate::rules;
use crate::store::{marking, sample as store};

/// The longest method, laboratory or note, in characters.
const LONGEST_WORDS: usize = 200;
/// How far back samples are entered.
const MOST_BACK_DAYS: i64 = 400;
/// How far back samples are owed.
const OWED_DAYS: i64 = 31;
/// The most markings that are looked through for what is owed.
const MOST_MARKINGS: u32 = 500;

/// Enterprises enter their own samples, the bureau those that it took itself.
///
/// # Errors
/// [`Refusal`] for anybody else.
pub fn check_may_enter(actor: &Actor) -> Result<(), Refusal> {
    actor
        .check(Permission::ReviewData)
        .or_else(|_| actor.check(Permission::MarkData))
}

pub(crate) fn find_own_point<'d>(
    directory: &'d DeviceDirectory,
    actor: &Actor,
    point_id: i64,
) -> Result<&'d DirectoryPoint, MarkingError> {
    directory
        .point(PointId(point_id))
        .filter(|point| point.is_covered_by(&actor.scope))
        .map(AsRef::as_ref)
        .ok_or_else(|| not_found("monitoring point", point_id))
}

/// A value that a sample can have: a number, not below zero, of at most 15 digits.
pub(crate) fn check_value(text: &str) -> Result<String, MarkingError> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let value: Option<Decimal> = text.parse().ok();
    match value {
        Some(value) if !value.is_negative() && digits <= 15 => Ok(text.to_owned()),
        Some(_) => Err(invalid("value", "is below zero or has more than 15 digits")),
        None => Err(invalid("value", "is no number")),
    }
}

pub(crate) fn check_time(sampled_at: Timestamp, now: Timestamp) -> Result<(), MarkingError> {
    if sampled_at > now {
        return Err(invalid("sampled_at", "lies in the future"));
    }
    if now.ms_since(sampled_at) > MOST_BACK_DAYS * DAY_MS {
        let reason = format!("lies more than {MOST_BACK_DAYS} days back");
        return Err(invalid("sampled_at", reason));
    }
    Ok(())
}

pub(crate) fn check_words(field: &'static str, text: &str) -> Result<String, MarkingError> {
    let text = text.trim();
    if text.chars().count() > LONGEST_WORDS {
        let reason = format!("has more than {LONGEST_WORDS} characters");
        return Err(invalid(field, reason));
    }
    Ok(text.to_owned())
}

pub(crate) fn find_factor<'p>(
    point: &'p DirectoryPoint,
    code: &str,
) -> Result<&'p FactorDetails, MarkingError> {
    point
        .factor(code)
        .ok_or_else(|| invalid("factor_code", "the point does not measure this"))
}

/// A sample as it will be kept.
pub(crate) fn check_sample(
    point: &DirectoryPoint,
    actor: &Actor,
    now: Timestamp,
    (new, origin): (NewSample, SampleOrigin),
) -> Result<Sample, MarkingError> {
    let factor = find_factor(point, &new.factor_code)?;
    check_time(new.sampled_at, now)?;
    Ok(Sample {
        unit: factor.unit.clone(),
        new: NewSample {
            value: check_value(&new.value)?,
            method: check_words("method", &new.method)?,
            laboratory: check_words("laboratory", &new.laboratory)?,
            note: check_words("note", &new.note)?,
            ..new
        },
        origin,
        author: actor.name.clone(),
        at: now,
        withdrawal: None,
    })
}

/// Keeps a checked sample with its trail; `false` when there is one already.
pub(crate) async fn add(
    transaction: &mut Transaction,
    actor: &Actor,
    sample: &Sample,
) -> Result<bool, MarkingError> {
    if !store::insert(transaction, sample).await? {
        return Ok(false);
    }
    let new = &sample.new;
    let after = serde_json::json!({
        "point_id": new.point_id, "factor_code": new.factor_code,
        "sampled_at": new.sampled_at.to_string(), "value": new.value, "unit": sample.unit,
        "method": new.method, "laboratory": new.laboratory, "origin": sample.origin.as_str(),
    });
    let subject = format!("manual_sample:{}", new.id);
    let entry = AuditEntry::new(actor, "marking.create_sample", subject);
    audit::append(transaction, sample.at, entry.after(after.to_string())).await?;
    Ok(true)
}

/// Enters a sample. Entering the same again changes nothing.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`], [`MarkingError::Invalid`],
/// [`MarkingError::SampleTaken`], [`MarkingError::IdTaken`].
pub async fn create_sample(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewSample,
) -> Result<Sample, MarkingError> {
    check_may_enter(actor)?;
    let point = find_own_point(directory, actor, new.point_id)?;
    let sample = check_sample(point, actor, clock.now(), (new, SampleOrigin::Form))?;
    let mut transaction = database.begin().await?;
    if add(&mut transaction, actor, &sample).await? {
        transaction.commit().await?;
        return Ok(sample);
    }
    drop(transaction);
    match store::find(database, &actor.scope, sample.new.id).await? {
        Some(kept) if kept.new == sample.new => Ok(kept),
        Some(_) => Err(MarkingError::IdTaken { id: sample.new.id }),
        None => Err(MarkingError::SampleTaken {
            factor_code: sample.new.factor_code,
            at: sample.new.sampled_at,
        }),
    }
}

/// Takes a sample back that was entered wrongly; it stays readable with the reason.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`], [`MarkingError::Invalid`].
pub async fn withdraw_sample(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    reason: &str,
) -> Result<Sample, MarkingError> {
    check_may_enter(actor)?;
    let found = store::find(database, &actor.scope, id).await?;
    let sample = found
        .filter(|sample| sample.withdrawal.is_none())
        .ok_or_else(|| not_found("sample", id))?;
    let said = Said {
        author: actor.name.clone(),
        at: clock.now(),
        reason: rules::check_text("reason", reason)?,
    };
    let mut transaction = database.begin().await?;
    if !store::withdraw(&mut transaction, id, &said).await? {
        return Err(not_found("sample", id));
    }
    let subject = format!("manual_sample:{id}");
    let entry = AuditEntry::new(actor, "marking.withdraw_sample", subject)
        .before(serde_json::json!({ "value": sample.new.value }).to_string())
        .after(serde_json::json!({ "reason": said.reason }).to_string());
    audit::append(&mut transaction, said.at, entry).await?;
    transaction.commit().await?;
    Ok(Sample {
        withdrawal: Some(said),
        ..sample
    })
}

/// One sample.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`].
pub async fn load_sample(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<Sample, MarkingError> {
    actor.check(Permission::ReadData)?;
    let found = store::find(database, &actor.scope, id).await?;
    found.ok_or_else(|| not_found("sample", id))
}

/// Lists samples in the actor's part of the city, the latest first.
///
/// # Errors
/// [`MarkingError::Refused`].
pub async fn list_samples(
    database: &Database,
    actor: &Actor,
    filter: &SampleFilter,
) -> Result<Vec<Sample>, MarkingError> {
    actor.check(Permission::ReadData)?;
    store::list(database, &actor.scope, filter).await
}

/// Lists what is owed of manual samples for the times of the last month in which a monitor was said
/// to be out of order: of markings that wait, are accepted or are replaced.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::Standard`].
pub async fn list_owed(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    parameters: &Parameters,
    actor: &Actor,
    (site_id, point_id): (Option<i64>, Option<i64>),
) -> Result<Vec<Owed>, MarkingError> {
    actor.check(Permission::ReadData)?;
    let now = clock.now();
    let since = now.plus_ms(-OWED_DAYS * DAY_MS).stat_day().start();
    let codes = list_marking_codes(parameters, now.civil().date())?;
    let mut owed = Vec::new();
    for code in codes.iter().filter(|code| code.owes_samples) {
        let filter = MarkingFilter {
            states: vec![
                MarkingState::Submitted,
                MarkingState::Accepted,
                MarkingState::Replaced,
            ],
            mark: Mark::from_name(&code.code),
            site_id,
            point_id,
            from: Some(since),
            to: Some(now),
            order: MarkingOrder::Newest,
            limit: MOST_MARKINGS,
            ..MarkingFilter::default()
        };
        for marking in marking::list(database, &actor.scope, &filter).await? {
            let subject = &marking.subject;
            let Some(point) = directory.point(PointId(subject.point_id)) else {
                continue;
            };
            let span = (subject.from.max(since), subject.to.min(now));
            let samples = store::list_standing(database, subject.point_id, span).await?;
            let expected = point.factors.iter().filter(|factor| {
                factor.is_expected
                    && subject
                        .factor_code
                        .as_ref()
                        .is_none_or(|code| *code == factor.factor_code)
            });
            for factor in expected {
                let times: Vec<Timestamp> = samples
                    .iter()
                    .filter(|sample| sample.new.factor_code == factor.factor_code)
                    .map(|sample| sample.new.sampled_at)
                    .collect();
                owed.push(Owed {
                    marking_id: marking.id,
                    point_id: subject.point_id,
                    factor_code: factor.factor_code.clone(),
                    days: find_sample_shortfalls(span.0, span.1, &times),
                });
            }
        }
    }
    Ok(owed)
}

//! The bureau decides.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use monitoring::layers::{Decision, NewReview, RecordReview, Subject, add_review};
use sites::DeviceDirectory;
use uuid::Uuid;

use super::substitute::{find_substitute, write_calculation};
use super::{find_stale, load_for, stale, subject_of};
use crate::MarkingError;
use crate::error::invalid;
use crate::model::{Calculation, Marking, MarkingState, NewReviewOfMarking, Review, Said, Verdict};
use crate::rules;
use crate::store::marking::{self as store, Step};

/// Decides on a marking. Values, statistics and rates follow.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`], [`MarkingError::SamePerson`],
/// [`MarkingError::Stale`] when somebody else was first, [`MarkingError::WrongState`],
/// [`MarkingError::Invalid`].
pub async fn review_marking(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    new: NewReviewOfMarking,
) -> Result<Marking, MarkingError> {
    let marking = load_for(database, actor, Permission::ReviewData, id).await?;
    if marking.revision != new.revision {
        return Err(stale(&marking));
    }
    if actor.name == marking.author {
        return Err(MarkingError::SamePerson);
    }
    rules::check_step(marking.state, &new.verdict)?;
    let reason = rules::check_text("reason", &new.reason)?;
    let calculation = match &new.verdict {
        Verdict::Substitute(substitute) => {
            let found =
                find_substitute(database, directory, clock, actor, (&marking, substitute)).await?;
            if found.value.is_none() {
                let why = found.steps.last().map(|(_, english)| english.clone());
                return Err(invalid("method", why.unwrap_or_default()));
            }
            Some(found)
        }
        _ => None,
    };
    let mut transaction = database.begin().await?;
    let mut last: Option<RecordReview> = None;
    for (subject, decision, value) in list_reviews(&marking, &new.verdict, calculation.as_ref()) {
        let review = NewReview {
            subject,
            mark_id: Some(marking.mark_id),
            decision,
            value,
            reason: reason.clone(),
        };
        last = Some(add_review(&mut transaction, directory, clock, actor, review).await?);
    }
    let Some(last) = last else {
        return Err(invalid("decision", "decides nothing"));
    };
    let written = calculation.as_ref().map(write_calculation);
    let state = MarkingState::after(last.decision);
    let step = Step {
        id,
        revision: marking.revision,
        state,
        review_id: Some(last.id),
        calculation: written.as_deref(),
    };
    if !store::save(&mut transaction, &step).await? {
        drop(transaction);
        return Err(find_stale(database, actor, id).await);
    }
    let value = last.value.map(|value| value.to_string());
    let after = serde_json::json!({
        "state": state.as_str(), "reason": reason, "value": value,
        "method": calculation.as_ref().map(|found| found.method),
        "factor_code": calculation.as_ref().map(|found| &found.factor_code),
    });
    let entry = AuditEntry::new(actor, "marking.review", subject_of(id))
        .before(serde_json::json!({ "state": marking.state.as_str() }).to_string())
        .after(after.to_string());
    audit::append(&mut transaction, last.at, entry).await?;
    transaction.commit().await?;
    Ok(Marking {
        state,
        review: Some(Review {
            decision: last.decision,
            value,
            said: Said {
                author: last.author,
                at: last.at,
                reason,
            },
        }),
        calculation: written,
        revision: marking.revision + 1,
        ..marking
    })
}

/// The reviews in the layers that a verdict comes to, the last standing above the others.
fn list_reviews(
    marking: &Marking,
    verdict: &Verdict,
    calculation: Option<&Calculation>,
) -> Vec<(Subject, Decision, Option<exact_decimal::Decimal>)> {
    let whole = || marking.subject.clone();
    if let Some(decision) = rules::plain_decision(verdict) {
        return vec![(whole(), decision, None)];
    }
    let Some(found) = calculation else {
        return Vec::new();
    };
    let narrow = Subject {
        kind: Some(found.kind),
        factor_code: Some(found.factor_code.clone()),
        from: found.from,
        to: found.to,
        ..whole()
    };
    let mut reviews = Vec::new();
    if marking.state == MarkingState::Submitted {
        // what was marked does not count; for one factor and kind something else does
        reviews.push((whole(), Decision::Accepted, None));
    }
    reviews.push((narrow, found.decision, found.value));
    reviews
}

//! Use cases: begin, take figures, review or return, publish; read, compare, take along.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use uuid::Uuid;

use crate::content::Content;
use crate::difference::{Difference, compare};
use crate::figures::{rule_for, take_content};
use crate::model::{Assessment, AssessmentState, AssessmentSummary, Desk, NewAssessment, Step};
use crate::signature::{SignedFile, canonical_content, make_key, sign};
use crate::{AssessmentError, store};

/// The longest reason for returning, in characters.
const LONGEST_NOTE: usize = 2000;
/// The most that the public is shown.
const MOST_PUBLISHED: u32 = 100;

pub(crate) fn wrong_state(summary: &AssessmentSummary, wanted: &'static str) -> AssessmentError {
    AssessmentError::WrongState {
        state: summary.state.as_str(),
        wanted,
    }
}

/// An assessment.
pub(crate) async fn find(database: &Database, id: Uuid) -> Result<Assessment, AssessmentError> {
    store::find(database, id)
        .await?
        .ok_or(AssessmentError::NotFound { id })
}

fn subject(id: Uuid) -> String {
    format!("assessment:{id}")
}

/// Begins an assessment. Asking the same again changes nothing.
///
/// # Errors
/// [`AssessmentError::NoRule`], [`AssessmentError::Invalid`], [`AssessmentError::IdTaken`],
/// [`AssessmentError::Refused`].
pub async fn create_assessment(
    database: &Database,
    clock: &dyn Clock,
    desk: &Desk,
    actor: &Actor,
    new: NewAssessment,
) -> Result<AssessmentSummary, AssessmentError> {
    actor.check_everywhere(Permission::AssessPlan)?;
    let rule = rule_for(&desk.book, &new)?;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    if !store::insert(&mut transaction, &new, &actor.name, now).await? {
        drop(transaction);
        let kept = find(database, new.id).await?.summary;
        return if kept.new == new {
            Ok(kept)
        } else {
            Err(AssessmentError::IdTaken { id: new.id })
        };
    }
    let after = serde_json::json!({
        "kind": new.kind.as_str(), "year": new.year, "rule": rule.id.get_ref(), "state": "draft",
    });
    let entry =
        AuditEntry::new(actor, "assessment.create", subject(new.id)).after(after.to_string());
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(find(database, new.id).await?.summary)
}

/// Takes the figures of a draft, or takes them anew before somebody reviewed them.
///
/// # Errors
/// [`AssessmentError::WrongState`], [`AssessmentError::Stale`], [`AssessmentError::Refused`].
pub async fn take_figures(
    database: &Database,
    clock: &dyn Clock,
    desk: &Desk,
    actor: &Actor,
    id: Uuid,
) -> Result<Assessment, AssessmentError> {
    actor.check_everywhere(Permission::AssessPlan)?;
    let before = find(database, id).await?.summary;
    if !matches!(
        before.state,
        AssessmentState::Draft | AssessmentState::Taken
    ) {
        return Err(wrong_state(
            &before,
            "figures are taken of a draft, or anew before the review",
        ));
    }
    let now = clock.now();
    let content = take_content(database, &desk.book, actor, &before.new, now).await?;
    let digest = content.digest()?;
    let after = AssessmentSummary {
        state: AssessmentState::Taken,
        taken: Some(Step {
            by: actor.name.clone(),
            at: now,
        }),
        digest: Some(digest),
        score: content.total.score.map(|score| score.to_string()),
        grade: content.total.grade.clone(),
        ..before.clone()
    };
    let change = Change {
        action: "assessment.take",
        before: &before,
        after,
        content: Some(content),
    };
    change.write(database, clock, actor, None).await
}

/// Reviews an assessment: another person than who took the figures has looked at them.
///
/// # Errors
/// [`AssessmentError::SamePerson`], [`AssessmentError::WrongState`], [`AssessmentError::Stale`],
/// [`AssessmentError::Refused`].
pub async fn review_assessment(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    revision: i64,
) -> Result<Assessment, AssessmentError> {
    actor.check_everywhere(Permission::ReviewAssessments)?;
    let found = find(database, id).await?;
    let before = found.summary;
    demand_second_person(actor, &before)?;
    if before.state != AssessmentState::Taken {
        return Err(wrong_state(&before, "only taken figures can be reviewed"));
    }
    demand_seen(&before, revision)?;
    let after = AssessmentSummary {
        state: AssessmentState::Reviewed,
        reviewed: Some(Step {
            by: actor.name.clone(),
            at: clock.now(),
        }),
        ..before.clone()
    };
    let change = Change {
        action: "assessment.review",
        before: &before,
        after,
        content: found.content,
    };
    change.write(database, clock, actor, None).await
}

/// Returns an assessment that is not published yet: a draft again, with the reason.
///
/// # Errors
/// As [`review_assessment`], and [`AssessmentError::Invalid`] without a reason.
pub async fn return_assessment(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    note: &str,
) -> Result<Assessment, AssessmentError> {
    actor.check_everywhere(Permission::ReviewAssessments)?;
    let note = note.trim();
    let invalid = |reason: String| AssessmentError::Invalid {
        field: "note",
        reason,
    };
    if note.is_empty() {
        return Err(invalid("must not be empty".to_owned()));
    }
    if note.chars().count() > LONGEST_NOTE {
        return Err(invalid(format!("has more than {LONGEST_NOTE} characters")));
    }
    let found = find(database, id).await?;
    let before = found.summary;
    if !matches!(
        before.state,
        AssessmentState::Taken | AssessmentState::Reviewed
    ) {
        return Err(wrong_state(
            &before,
            "only what was taken and is not published can be returned",
        ));
    }
    let after = AssessmentSummary {
        state: AssessmentState::Draft,
        reviewed: None,
        note: Some(note.to_owned()),
        ..before.clone()
    };
    let change = Change {
        action: "assessment.return",
        before: &before,
        after,
        content: found.content,
    };
    change.write(database, clock, actor, None).await
}

/// Publishes a reviewed assessment: from now on nothing in it changes. The content is signed with
/// the installation's key, which is made the first time.
///
/// # Errors
/// As [`review_assessment`], and [`AssessmentError::Key`].
pub async fn publish_assessment(
    database: &Database,
    clock: &dyn Clock,
    desk: &Desk,
    actor: &Actor,
    (id, revision): (Uuid, i64),
) -> Result<Assessment, AssessmentError> {
    actor.check_everywhere(Permission::PublishAssessments)?;
    let found = find(database, id).await?;
    let before = found.summary;
    demand_second_person(actor, &before)?;
    if before.state != AssessmentState::Reviewed {
        return Err(wrong_state(
            &before,
            "only what was reviewed can be published",
        ));
    }
    demand_seen(&before, revision)?;
    let after = AssessmentSummary {
        state: AssessmentState::Published,
        published: Some(Step {
            by: actor.name.clone(),
            at: clock.now(),
        }),
        ..before.clone()
    };
    let change = Change {
        action: "assessment.publish",
        before: &before,
        after,
        content: found.content,
    };
    change.write(database, clock, actor, Some(desk)).await
}

fn demand_second_person(actor: &Actor, summary: &AssessmentSummary) -> Result<(), AssessmentError> {
    match &summary.taken {
        Some(taken) if taken.by == actor.name => Err(AssessmentError::SamePerson),
        _ => Ok(()),
    }
}

/// Who decides has seen what they decide on.
fn demand_seen(summary: &AssessmentSummary, revision: i64) -> Result<(), AssessmentError> {
    if summary.revision == revision {
        Ok(())
    } else {
        Err(AssessmentError::Stale)
    }
}

struct Change<'a> {
    action: &'static str,
    before: &'a AssessmentSummary,
    after: AssessmentSummary,
    content: Option<Content>,
}

impl Change<'_> {
    /// Writes the change with its trace; with a desk, signs it too.
    async fn write(
        self,
        database: &Database,
        clock: &dyn Clock,
        actor: &Actor,
        signing: Option<&Desk>,
    ) -> Result<Assessment, AssessmentError> {
        let id = self.after.new.id;
        let now = clock.now();
        let canonical = self.content.as_ref().map(canonical_content).transpose()?;
        let text = canonical
            .as_deref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let kept = if signing.is_some() {
            store::find_key(database).await?
        } else {
            None
        };
        let mut transaction = database.begin().await?;
        if !store::save(&mut transaction, &self.after, text.as_deref()).await? {
            return Err(AssessmentError::Stale);
        }
        let mut public_key = None;
        if let (Some(desk), Some(canonical)) = (signing, &canonical) {
            let key = if let Some(key) = kept {
                key
            } else {
                let key = make_key(&desk.sealing_key)?;
                store::insert_key(&mut transaction, &key, now).await?;
                key
            };
            let signature = sign(&desk.sealing_key, &key, canonical)?;
            store::sign(&mut transaction, id, &key.public, &signature).await?;
            public_key = Some(key.public);
        }
        let state_after = serde_json::json!({
            "state": self.after.state.as_str(),
            "note": self.after.note,
            "digest": self.after.digest,
            "score": self.after.score,
            "public_key": public_key,
        });
        let entry = AuditEntry::new(actor, self.action, subject(id))
            .before(serde_json::json!({ "state": self.before.state.as_str() }).to_string())
            .after(state_after.to_string());
        audit::append(&mut transaction, now, entry).await?;
        transaction.commit().await?;
        Ok(Assessment {
            summary: AssessmentSummary {
                revision: self.after.revision + 1,
                ..self.after
            },
            content: self.content,
        })
    }
}

/// Lists assessments, newest first.
///
/// # Errors
/// [`AssessmentError::Refused`].
pub async fn list_assessments(
    database: &Database,
    actor: &Actor,
    (state, after, limit): (Option<AssessmentState>, Option<Uuid>, u32),
) -> Result<Vec<AssessmentSummary>, AssessmentError> {
    actor.check(Permission::ReadPlan)?;
    store::list(database, state, after, limit).await
}

/// An assessment with its content.
///
/// # Errors
/// [`AssessmentError::NotFound`], [`AssessmentError::Refused`].
pub async fn load_assessment(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<Assessment, AssessmentError> {
    actor.check(Permission::ReadPlan)?;
    find(database, id).await
}

/// What would be different if the figures were taken now.
///
/// # Errors
/// [`AssessmentError::NotFound`], [`AssessmentError::WrongState`] before figures were taken,
/// [`AssessmentError::Refused`].
pub async fn load_difference(
    database: &Database,
    clock: &dyn Clock,
    desk: &Desk,
    actor: &Actor,
    id: Uuid,
) -> Result<Difference, AssessmentError> {
    actor.check_everywhere(Permission::ReadPlan)?;
    let found = find(database, id).await?;
    let Some(then) = found.content else {
        return Err(wrong_state(
            &found.summary,
            "there is nothing to compare before its figures were taken",
        ));
    };
    let new = &found.summary.new;
    let now = take_content(database, &desk.book, actor, new, clock.now()).await?;
    Ok(compare(&then, &now))
}

/// The signed file of a published assessment.
///
/// # Errors
/// [`AssessmentError::NotFound`], [`AssessmentError::WrongState`], [`AssessmentError::Refused`].
pub async fn load_signed_file(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<SignedFile, AssessmentError> {
    actor.check(Permission::ReadPlan)?;
    let found = find(database, id).await?;
    let signature = store::find_signature(database, id).await?;
    let (Some(content), Some(digest), Some((public_key, signature))) =
        (&found.content, &found.summary.digest, signature)
    else {
        return Err(wrong_state(
            &found.summary,
            "only a published assessment is signed",
        ));
    };
    SignedFile::new(content, digest, &public_key, &signature)
}

/// The key that published assessments are signed with, once there is one. It is for everybody.
///
/// # Errors
/// [`AssessmentError::Database`].
pub async fn load_public_key(database: &Database) -> Result<Option<String>, AssessmentError> {
    Ok(store::find_key(database).await?.map(|key| key.public))
}

/// Published assessments, newest first: for everybody, without an actor.
///
/// # Errors
/// [`AssessmentError::Database`].
pub async fn list_published(
    database: &Database,
) -> Result<Vec<AssessmentSummary>, AssessmentError> {
    store::list(
        database,
        Some(AssessmentState::Published),
        None,
        MOST_PUBLISHED,
    )
    .await
}

/// A published assessment, for everybody; one that is not published is as if it were not there.
///
/// # Errors
/// [`AssessmentError::NotFound`].
pub async fn load_published(database: &Database, id: Uuid) -> Result<Assessment, AssessmentError> {
    let found = find(database, id).await?;
    if found.summary.state == AssessmentState::Published {
        Ok(found)
    } else {
        Err(AssessmentError::NotFound { id })
    }
}

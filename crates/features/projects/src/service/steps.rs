//! Steps of a project's life: one project, or the same step of many.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use serde_json::json;
use uuid::Uuid;

use super::checks::{LONGEST_NAME, LONGEST_NOTE, checked_text};
use super::{load_for, subject, today};
use crate::error::invalid;
use crate::model::{Dossier, NewStep, Project, Step};
use crate::{ProjectsError, rules, store};

/// The most projects of one batch.
const MOST_AT_ONCE: usize = 200;

/// What became of one project of a batch.
#[derive(Debug)]
pub struct StepOutcome {
    /// The project.
    pub id: Uuid,
    /// Where it is now, or why it is not.
    pub result: Result<Box<Dossier>, ProjectsError>,
}

/// A step with its texts as they are kept.
pub(crate) fn checked_step(step: &NewStep) -> Result<NewStep, ProjectsError> {
    Ok(NewStep {
        to: step.to,
        on: step.on,
        document: checked_text("document", &step.document, (0, LONGEST_NAME))?,
        note: checked_text("note", &step.note, (0, LONGEST_NOTE))?,
    })
}

/// Lets a project take a step, when the life cycle knows it and its conditions are met.
///
/// # Errors
/// [`ProjectsError::NoSuchPassage`], [`ProjectsError::ConditionsUnmet`], [`ProjectsError::Invalid`],
/// [`ProjectsError::Stale`], [`ProjectsError::NotFound`], [`ProjectsError::Refused`].
pub async fn step_project(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (id, revision): (Uuid, i64),
    step: &NewStep,
) -> Result<Dossier, ProjectsError> {
    let dossier = load_for(database, actor, Permission::DecideProjects, id).await?;
    if dossier.project.revision != revision {
        return Err(ProjectsError::Stale);
    }
    take(database, clock, actor, dossier, step).await
}

async fn take(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    mut dossier: Dossier,
    step: &NewStep,
) -> Result<Dossier, ProjectsError> {
    let new = checked_step(step)?;
    rules::check_step(&dossier, &new, today(clock))?;
    let from = dossier.project.state;
    let id = dossier.project.id;
    let step = Step {
        from,
        new,
        author: actor.name.clone(),
        at: clock.now(),
    };
    let project = Project {
        state: step.new.to,
        ..dossier.project.clone()
    };
    let mut transaction = database.begin().await?;
    if !store::update(&mut transaction, &project).await? {
        return Err(ProjectsError::Stale);
    }
    store::parts::insert_step(&mut transaction, id, dossier.steps.len(), &step).await?;
    let after = json!({
        "state": step.new.to.as_str(),
        "on": step.new.on.to_string(),
        "document": step.new.document,
        "note": step.new.note,
    });
    let entry = AuditEntry::new(actor, "projects.step", subject(id))
        .before(json!({ "state": from.as_str() }).to_string())
        .after(after.to_string());
    audit::append(&mut transaction, step.at, entry).await?;
    transaction.commit().await?;
    dossier.project = Project {
        revision: project.revision + 1,
        ..project
    };
    dossier.steps.push(step);
    Ok(dossier)
}

/// Lets many projects take the same step, each on its own: what is refused for one stops no other.
///
/// # Errors
/// [`ProjectsError::Refused`] without the permission at all, [`ProjectsError::Invalid`] for too many.
pub async fn step_projects(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    ids: &[Uuid],
    step: &NewStep,
) -> Result<Vec<StepOutcome>, ProjectsError> {
    actor.check(Permission::DecideProjects)?;
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        return Err(invalid(
            "ids",
            format!("一次 1 至 {MOST_AT_ONCE} 个项目"),
            format!("must be 1 to {MOST_AT_ONCE} projects"),
        ));
    }
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in ids {
        let result = match load_for(database, actor, Permission::DecideProjects, *id).await {
            Ok(dossier) => take(database, clock, actor, dossier, step).await,
            Err(error) => Err(error),
        };
        outcomes.push(StepOutcome {
            id: *id,
            result: result.map(Box::new),
        });
    }
    Ok(outcomes)
}

//! Use cases of the project pool.

mod checks;
mod completion;
mod parts;
mod steps;

use access::{Actor, AuditEntry, Permission};
use beijing_time::{CivilDate, Clock};
use database::{Database, Transaction, audit};
use plan::PlanBook;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::{
    Dossier, Fund, Project, ProjectDetails, ProjectFilter, ProjectState, ProjectSummary,
};
use crate::reconciliation::{Reconciliation, reconcile};
use crate::{Money, ProjectsError, store};

pub(crate) use checks::{check_details, check_fund, check_milestone, check_reference};
pub use completion::{Completion, list_completion};
pub(crate) use parts::{funds_json, milestones_json};
pub use parts::{put_funds, put_milestones};
pub(crate) use steps::checked_step;
pub use steps::{StepOutcome, step_project, step_projects};

pub(crate) fn today(clock: &dyn Clock) -> CivilDate {
    clock.now().civil().date()
}

pub(crate) fn subject(id: Uuid) -> String {
    format!("project:{id}")
}

/// What the audit trail keeps of what was entered.
pub(crate) fn state_of(project: &Project) -> Value {
    let details = &project.details;
    json!({
        "code": details.code,
        "name": details.name,
        "kind": details.kind,
        "region_code": details.region.as_str(),
        "owner": details.owner,
        "planned": details.planned.map(|money| money.to_string()),
        "first_year": details.first_year,
        "last_year": details.last_year,
        "site_id": details.site_id,
        "longitude": details.position.map(|position| position.longitude),
        "latitude": details.position.map(|position| position.latitude),
        "named": details.named,
        "task": details.task,
        "indicator": details.indicator,
        "note": details.note,
        "is_simulated": details.is_simulated,
        "state": project.state.as_str(),
    })
}

/// Keeps a new project and says so in the trail; `false` when its id is taken.
pub(crate) async fn insert_in(
    transaction: &mut Transaction,
    clock: &dyn Clock,
    actor: &Actor,
    project: &Project,
) -> Result<bool, ProjectsError> {
    if !store::insert(transaction, project).await? {
        return Ok(false);
    }
    let entry = AuditEntry::new(actor, "projects.create", subject(project.id))
        .after(state_of(project).to_string());
    audit::append(transaction, clock.now(), entry).await?;
    Ok(true)
}

/// Enters a project into the reserve. Entering the same again changes nothing.
///
/// # Errors
/// [`ProjectsError::Invalid`], [`ProjectsError::IdTaken`], [`ProjectsError::CodeTaken`],
/// [`ProjectsError::NamedTaken`], [`ProjectsError::Refused`].
pub async fn create_project(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    (id, details): (Uuid, ProjectDetails),
) -> Result<Dossier, ProjectsError> {
    let site_id = details.site_id;
    actor.check_at(Permission::ManageProjects, &details.region, site_id)?;
    let details = check_details(book, details)?;
    check_reference(database, actor, &details).await?;
    let project = Project {
        id,
        details,
        state: ProjectState::Reserve,
        revision: 1,
    };
    let mut transaction = database.begin().await?;
    let is_new = insert_in(&mut transaction, clock, actor, &project).await?;
    if !is_new {
        drop(transaction);
        return store::find(database, id)
            .await?
            .filter(|kept| kept.details == project.details)
            .map(|project| Dossier {
                project,
                milestones: Vec::new(),
                funds: Vec::new(),
                steps: Vec::new(),
            })
            .ok_or(ProjectsError::IdTaken { id });
    }
    transaction.commit().await?;
    Ok(Dossier {
        project,
        milestones: Vec::new(),
        funds: Vec::new(),
        steps: Vec::new(),
    })
}

/// A project that the actor may act on by `permission`, with all its parts.
pub(crate) async fn load_for(
    database: &Database,
    actor: &Actor,
    permission: Permission,
    id: Uuid,
) -> Result<Dossier, ProjectsError> {
    actor.check(permission)?;
    let project = store::find(database, id)
        .await?
        .filter(|one| actor.scope.covers(&one.details.region, one.details.site_id))
        .ok_or_else(|| ProjectsError::NotFound {
            key: id.to_string(),
        })?;
    Ok(Dossier {
        milestones: store::parts::list_milestones(database, id).await?,
        funds: store::parts::list_funds(database, id).await?,
        steps: store::parts::list_steps(database, id).await?,
        project,
    })
}

/// Loads everything about a project.
///
/// # Errors
/// [`ProjectsError::NotFound`], [`ProjectsError::Refused`].
pub async fn load_project(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<Dossier, ProjectsError> {
    load_for(database, actor, Permission::ReadPlan, id).await
}

/// Loads everything about the project of a number.
///
/// # Errors
/// [`ProjectsError::NotFound`], [`ProjectsError::Refused`].
pub async fn load_project_by_code(
    database: &Database,
    actor: &Actor,
    code: &str,
) -> Result<Dossier, ProjectsError> {
    actor.check(Permission::ReadPlan)?;
    let found = store::find_by_code(database, code).await?;
    let id = found.map(|project| project.id);
    let id = id.ok_or_else(|| ProjectsError::NotFound {
        key: code.chars().take(60).collect(),
    })?;
    load_project(database, actor, id).await
}

/// Changes what was entered, on the revision that was read.
///
/// # Errors
/// As [`create_project`], and [`ProjectsError::Stale`], [`ProjectsError::NotFound`].
pub async fn update_project(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    (id, revision, details): (Uuid, i64, ProjectDetails),
) -> Result<Dossier, ProjectsError> {
    let before = load_for(database, actor, Permission::ManageProjects, id).await?;
    let site_id = details.site_id;
    actor.check_at(Permission::ManageProjects, &details.region, site_id)?;
    let details = check_details(book, details)?;
    check_reference(database, actor, &details).await?;
    let project = Project {
        details,
        revision,
        ..before.project.clone()
    };
    let mut transaction = database.begin().await?;
    if before.project.revision != revision || !store::update(&mut transaction, &project).await? {
        return Err(ProjectsError::Stale);
    }
    let entry = AuditEntry::new(actor, "projects.update", subject(id))
        .before(state_of(&before.project).to_string())
        .after(state_of(&project).to_string());
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    let project = Project {
        revision: revision + 1,
        ..project
    };
    Ok(Dossier { project, ..before })
}

/// Lists projects in the actor's part of the city by their number.
///
/// # Errors
/// [`ProjectsError::Refused`].
pub async fn list_projects(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    filter: &ProjectFilter,
) -> Result<Vec<ProjectSummary>, ProjectsError> {
    actor.check(Permission::ReadPlan)?;
    store::list(database, &actor.scope, filter, today(clock)).await
}

/// Count and planned investment by kind and state, and money by year and source, of what a filter
/// lets through in the actor's part of the city; money without that of projects taken out.
///
/// # Errors
/// [`ProjectsError::Refused`].
pub async fn load_totals(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    filter: &ProjectFilter,
) -> Result<(Vec<(String, ProjectState, i64, Money)>, Vec<Fund>), ProjectsError> {
    actor.check(Permission::ReadPlan)?;
    let today = today(clock);
    let totals = store::list_totals(database, &actor.scope, filter, today).await?;
    let totals = totals.into_iter().map(|total| {
        let planned = Money::from_fen(total.planned_fen);
        (total.kind, total.state, total.count, planned)
    });
    let funds = store::list_fund_totals(database, &actor.scope, filter, today).await?;
    Ok((totals.collect(), funds))
}

/// The whole pool against the plan's table.
///
/// # Errors
/// [`ProjectsError::Refused`]: it is the whole city's.
pub async fn load_reconciliation(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
) -> Result<Reconciliation, ProjectsError> {
    actor.check_everywhere(Permission::ReadPlan)?;
    let all = ProjectFilter::default();
    let totals = store::list_totals(database, &actor.scope, &all, today(clock)).await?;
    Ok(reconcile(book, &totals))
}

//! Milestones and money of a project: always put as a whole.

use std::collections::BTreeSet;

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, Transaction, audit};
use plan::PlanBook;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{check_fund, check_milestone, load_for, subject, today};
use crate::error::invalid;
use crate::model::{Dossier, Fund, Milestone, Project};
use crate::{ProjectsError, store};

/// The most milestones of a project.
const MOST_MILESTONES: usize = 50;
/// The most rows of money of a project.
const MOST_FUNDS: usize = 200;

pub(crate) fn milestones_json(milestones: &[Milestone]) -> Value {
    let rows = milestones.iter().map(|one| {
        json!({
            "name": one.name,
            "planned_on": one.planned_on.to_string(),
            "actual_on": one.actual_on.map(|on| on.to_string()),
        })
    });
    json!({ "milestones": rows.collect::<Vec<_>>() })
}

pub(crate) fn funds_json(funds: &[Fund]) -> Value {
    let rows = funds.iter().map(|one| {
        json!({
            "source": one.source.as_str(),
            "year": one.year,
            "planned": one.planned.to_string(),
            "arrived": one.arrived.to_string(),
            "paid": one.paid.to_string(),
        })
    });
    json!({ "funds": rows.collect::<Vec<_>>() })
}

/// Counts a change of a project's parts, if nobody else changed it since, and writes the trail.
async fn record(
    transaction: &mut Transaction,
    clock: &dyn Clock,
    (actor, action): (&Actor, &'static str),
    project: &Project,
    (before, after): (Value, Value),
) -> Result<(), ProjectsError> {
    if !store::update(transaction, project).await? {
        return Err(ProjectsError::Stale);
    }
    let entry = AuditEntry::new(actor, action, subject(project.id))
        .before(before.to_string())
        .after(after.to_string());
    audit::append(transaction, clock.now(), entry).await?;
    Ok(())
}

/// Puts the milestones of a project in the place of those there were.
///
/// # Errors
/// [`ProjectsError::Invalid`], [`ProjectsError::Stale`], [`ProjectsError::NotFound`],
/// [`ProjectsError::Refused`].
pub async fn put_milestones(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (id, revision): (Uuid, i64),
    milestones: &[Milestone],
) -> Result<Dossier, ProjectsError> {
    let mut dossier = load_for(database, actor, Permission::ManageProjects, id).await?;
    if milestones.len() > MOST_MILESTONES {
        return Err(invalid(
            "milestones",
            format!("超过 {MOST_MILESTONES} 个"),
            format!("are more than {MOST_MILESTONES}"),
        ));
    }
    let today = today(clock);
    let mut checked = Vec::with_capacity(milestones.len());
    for (index, milestone) in milestones.iter().enumerate() {
        let field = format!("milestones/{index}");
        checked.push(check_milestone(&field, milestone, today)?);
    }
    checked.sort_by_key(|milestone| milestone.planned_on);
    dossier.project.revision = revision;
    let states = (
        milestones_json(&dossier.milestones),
        milestones_json(&checked),
    );
    let mut transaction = database.begin().await?;
    let action = (actor, "projects.put_milestones");
    record(&mut transaction, clock, action, &dossier.project, states).await?;
    store::parts::put_milestones(&mut transaction, id, &checked).await?;
    transaction.commit().await?;
    dossier.project.revision += 1;
    dossier.milestones = checked;
    Ok(dossier)
}

/// Puts the money of a project in the place of what there was. Paid more than arrived is kept: it is
/// a finding.
///
/// # Errors
/// [`ProjectsError::Invalid`], [`ProjectsError::Stale`], [`ProjectsError::NotFound`],
/// [`ProjectsError::Refused`].
pub async fn put_funds(
    database: &Database,
    clock: &dyn Clock,
    (book, actor): (&PlanBook, &Actor),
    (id, revision): (Uuid, i64),
    funds: &[Fund],
) -> Result<Dossier, ProjectsError> {
    let mut dossier = load_for(database, actor, Permission::ManageProjects, id).await?;
    if funds.len() > MOST_FUNDS {
        return Err(invalid(
            "funds",
            format!("超过 {MOST_FUNDS} 行"),
            format!("have more than {MOST_FUNDS} rows"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, fund) in funds.iter().enumerate() {
        let field = format!("funds/{index}");
        check_fund(book, &field, fund)?;
        if !seen.insert((fund.source, fund.year)) {
            return Err(invalid(
                format!("{field}/source"),
                format!("{} 年{}重复", fund.year, fund.source.name_zh()),
                "stands twice for this year",
            ));
        }
    }
    let mut funds = funds.to_vec();
    funds.sort_by_key(|fund| (fund.year, fund.source.as_str()));
    dossier.project.revision = revision;
    let states = (funds_json(&dossier.funds), funds_json(&funds));
    let mut transaction = database.begin().await?;
    let action = (actor, "projects.put_funds");
    record(&mut transaction, clock, action, &dossier.project, states).await?;
    store::parts::put_funds(&mut transaction, id, &funds).await?;
    transaction.commit().await?;
    dossier.project.revision += 1;
    dossier.funds = funds;
    Ok(dossier)
}

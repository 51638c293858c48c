//! How far projects had come on a day, for the plan's assessments.

use std::collections::BTreeMap;

use beijing_time::CivilDate;
use database::Database;
use uuid::Uuid;

use crate::model::{Milestone, ProjectState};
use crate::{ProjectsError, store};

/// How far a project had come on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it is made up.
    pub is_simulated: bool,
    /// When it was built, if it was by the day.
    pub built_on: Option<CivilDate>,
    /// Its milestones in their order; those of a later day are not reached.
    pub milestones: Vec<Milestone>,
}

/// The projects whose last year is over by a day, as they stood on it, by their numbers; without those
/// that were out of the pool. For other parts of the platform: who may see it is the caller's to check.
///
/// # Errors
/// [`ProjectsError::Database`].
pub async fn list_completion(
    database: &Database,
    on: CivilDate,
) -> Result<Vec<Completion>, ProjectsError> {
    let mut milestones: BTreeMap<Uuid, Vec<Milestone>> = BTreeMap::new();
    for (project, mut milestone) in store::completion::list_milestones(database, on).await? {
        milestone.actual_on = milestone.actual_on.filter(|day| *day <= on);
        milestones.entry(project).or_default().push(milestone);
    }
    let rows = store::completion::list(database, on).await?;
    let in_pool = rows
        .into_iter()
        .filter(|row| row.state != Some(ProjectState::Removed));
    Ok(in_pool
        .map(|row| {
            let is_built = matches!(
                row.state,
                Some(ProjectState::Built | ProjectState::Accepted)
            );
            Completion {
                milestones: milestones.remove(&row.id).unwrap_or_default(),
                built_on: row.built_on.filter(|_| is_built),
                id: row.id,
                code: row.code,
                name: row.name,
                is_simulated: row.is_simulated,
            }
        })
        .collect())
}

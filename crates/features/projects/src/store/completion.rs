//! Statements of how far projects had come on a day.

use beijing_time::CivilDate;
use database::{Database, on_database};
use uuid::Uuid;

use super::parts::day;
use super::state;
use crate::ProjectsError;
use crate::model::{Milestone, ProjectState};

/// How far a project had come.
pub(crate) struct CompletionRow {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) is_simulated: bool,
    /// After its last step until the day; `None` before its first.
    pub(crate) state: Option<ProjectState>,
    /// The first step until the day that says it is built.
    pub(crate) built_on: Option<CivilDate>,
}

type Row = (Uuid, String, String, bool, Option<String>, Option<String>);

/// The projects whose last year is over by a day, as they stood on it.
pub(crate) async fn list(
    database: &Database,
    on: CivilDate,
) -> Result<Vec<CompletionRow>, ProjectsError> {
    const LIST: &str = "SELECT p.id, p.code, p.name, p.is_simulated, \
         (SELECT s.to_state FROM project_step s WHERE s.project_id = p.id \
         AND s.happened_on <= $1 ORDER BY s.number DESC LIMIT 1) AS state, \
         (SELECT MIN(s.happened_on) FROM project_step s WHERE s.project_id = p.id \
         AND s.happened_on <= $1 AND s.to_state IN ('built', 'accepted')) AS built_on \
         FROM project p WHERE p.last_year <= $2 ORDER BY p.code LIMIT 10000";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(on.to_string())
            .bind(i64::from(on.year()))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|(id, code, name, is_simulated, last, built_on)| {
            Ok(CompletionRow {
                id,
                code,
                name,
                is_simulated,
                state: last.as_deref().map(state).transpose()?,
                built_on: built_on.as_deref().map(day).transpose()?,
            })
        })
        .collect()
}

/// The milestones of the projects whose last year is over by a day, in their order.
pub(crate) async fn list_milestones(
    database: &Database,
    on: CivilDate,
) -> Result<Vec<(Uuid, Milestone)>, ProjectsError> {
    const LIST: &str = "SELECT m.project_id, m.name, m.planned_on, m.actual_on \
         FROM project_milestone m JOIN project p ON p.id = m.project_id \
         WHERE p.last_year <= $1 ORDER BY m.project_id, m.number LIMIT 100000";
    let rows: Vec<(Uuid, String, String, Option<String>)> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(i64::from(on.year()))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|(project, name, planned_on, actual_on)| {
            let milestone = Milestone {
                name,
                planned_on: day(&planned_on)?,
                actual_on: actual_on.as_deref().map(day).transpose()?,
            };
            Ok((project, milestone))
        })
        .collect()
}

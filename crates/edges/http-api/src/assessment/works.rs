//! JSON bodies of what an assessment says of tasks and projects.

use ::assessment::{UnitPart, WeighedPart, WorkPart, WorkStep};
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::{ScoreBody, text};

/// One of the parts that the whole score is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedPart {
    /// `indicators`, `tasks` or `projects`.
    part: String,
    #[schema(format = "decimal")]
    weight: String,
    total: ScoreBody,
}

impl From<&WeighedPart> for AssessedPart {
    fn from(part: &WeighedPart) -> Self {
        Self {
            part: part.part.clone(),
            weight: part.weight.to_string(),
            total: ScoreBody::from(&part.total),
        }
    }
}

/// A task that owes something by the end of the year, or a project that was to be finished by then.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedWork {
    /// `task` or `project`.
    kind: String,
    id: String,
    name_zh: String,
    name_en: String,
    /// The units that lead it.
    units: Vec<AssessedUnit>,
    /// What is due: the periods of a task in per cent, or the milestones of a project.
    due: u32,
    /// What is done of it; null when nobody has told.
    done: Option<u32>,
    #[schema(format = "decimal")]
    score: Option<String>,
    simulated: bool,
    /// What that was counted from: the periods that are due, or all milestones.
    steps: Vec<AssessedWorkStep>,
    /// When the project was built, if it was by the end of the year: then all of it is done.
    built_on: Option<String>,
    /// The project's id in the pool.
    project: Option<String>,
}

/// A unit that leads a task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedUnit {
    id: String,
    name_zh: String,
    name_en: String,
}

impl From<&UnitPart> for AssessedUnit {
    fn from(unit: &UnitPart) -> Self {
        Self {
            id: unit.id.clone(),
            name_zh: unit.name.clone(),
            name_en: unit.name_en.clone().unwrap_or_else(|| unit.name.clone()),
        }
    }
}

/// A period of a task, or a milestone of a project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedWorkStep {
    /// The milestone's name; null for a period.
    name: Option<String>,
    due_on: String,
    /// How far it was by the end of the year; null when nobody has told.
    percent: Option<u32>,
    /// The day that the report tells of, or on which the milestone was reached.
    as_of: Option<String>,
    /// The task report's id.
    report: Option<String>,
}

impl From<&WorkStep> for AssessedWorkStep {
    fn from(step: &WorkStep) -> Self {
        Self {
            name: step.name.clone(),
            due_on: step.due_on.clone(),
            percent: step.percent,
            as_of: step.as_of.clone(),
            report: step.report.clone(),
        }
    }
}

impl From<&WorkPart> for AssessedWork {
    fn from(work: &WorkPart) -> Self {
        Self {
            kind: work.kind.clone(),
            id: work.id.clone(),
            name_zh: work.name.clone(),
            name_en: work.name_en.clone().unwrap_or_else(|| work.name.clone()),
            units: work.units.iter().map(AssessedUnit::from).collect(),
            due: work.due,
            done: work.done,
            score: text(work.score),
            simulated: work.simulated,
            steps: work.steps.iter().map(AssessedWorkStep::from).collect(),
            built_on: work.built_on.clone(),
            project: work.project.clone(),
        }
    }
}

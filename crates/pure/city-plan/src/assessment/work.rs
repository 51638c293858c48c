//! Scores of what the plan has people do: its tasks, and the projects of the pool.

use exact_decimal::{Decimal, DecimalError, Rounding};

use super::score::TotalScore;
use crate::model::AssessmentRule;

/// What is scored beside the indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkKind {
    /// A task that owes something by the end of the year.
    Task,
    /// A project that is to be finished by the end of the year.
    Project,
}

impl WorkKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Project => "project",
        }
    }
}

/// A task or a project with what it owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkInput {
    /// What it is.
    pub kind: WorkKind,
    /// Its identifier or number.
    pub id: String,
    /// The units that lead it, by their identifiers.
    pub units: Vec<String>,
    /// What is due by the end of the year: a task's periods in per cent, or a project's milestones.
    pub due: u32,
    /// What is done of it; none when nobody has told.
    pub done: Option<u32>,
}

/// The score of a task or a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkScore {
    /// What it is.
    pub kind: WorkKind,
    /// Its identifier or number.
    pub id: String,
    /// Its score; none when nobody has told.
    pub score: Option<Decimal>,
}

/// One of the parts that the whole is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartScore {
    /// `indicators`, `tasks` or `projects`.
    pub part: &'static str,
    /// Its weight.
    pub weight: Decimal,
    /// Its score.
    pub total: TotalScore,
}

/// The units that answer for indicators, and those that lead tasks which count.
pub(super) fn units_of<'a>(rule: &'a AssessmentRule, works: &'a [WorkInput]) -> Vec<&'a str> {
    let answering = rule.responsibility.iter().map(|one| one.unit.as_str());
    let mut units: Vec<&str> = answering.collect();
    for unit in works.iter().flat_map(|input| &input.units) {
        if !units.contains(&unit.as_str()) {
            units.push(unit);
        }
    }
    units
}

/// Full × done ÷ due, rounded once.
pub(super) fn score(
    input: &WorkInput,
    full: Decimal,
    rounding: Rounding,
) -> Result<WorkScore, DecimalError> {
    let due = Decimal::from(input.due.max(1));
    let score = input
        .done
        .map(|done| full.multiply_then_divide(Decimal::from(done.min(input.due)), due, rounding))
        .transpose()?;
    Ok(WorkScore {
        kind: input.kind,
        id: input.id.clone(),
        score,
    })
}

//! Tasks and projects that count in an assessment, as they stood at the end of its year.

use beijing_time::CivilDate;
use city_plan::AssessmentRule;
use city_plan::assessment::{WorkInput, WorkKind};
use database::Database;
use plan::PlanBook;
use projects::{Completion, list_completion};
use tasks::{DuePeriod, DueTask, list_due_tasks};

use crate::AssessmentError;
use crate::content::{UnitPart, WorkPart, WorkStep};
use crate::figures::unit_names;

/// One that counts: what its score follows from, and what is kept of it, without the score.
pub(crate) type Work = (WorkInput, WorkPart);

/// The tasks that owe something by the end of a year, and the projects that were to be finished by then,
/// each where the rule gives them weight. Where some of a kind are real, simulated ones do not count.
pub(crate) async fn list_works(
    database: &Database,
    book: &PlanBook,
    rule: &AssessmentRule,
    year: i32,
) -> Result<Vec<Work>, AssessmentError> {
    let Some(weights) = &rule.work else {
        return Ok(Vec::new());
    };
    let end = i16::try_from(year)
        .ok()
        .and_then(|year| CivilDate::new(year, 12, 31).ok())
        .ok_or_else(|| AssessmentError::Invalid {
            field: "year",
            reason: "is no year".to_owned(),
        })?;
    let mut works = Vec::new();
    if !weights.tasks.is_zero() {
        let due = list_due_tasks(database, book, end).await?;
        works.extend(due.into_iter().map(|task| task_work(book, task)));
    }
    if !weights.projects.is_zero() {
        let all = list_completion(database, end).await?;
        let mut projects: Vec<Work> = all.into_iter().map(project_work).collect();
        if (projects.iter()).any(|(input, part)| !part.simulated && input.done.is_some()) {
            projects.retain(|(_, part)| !part.simulated);
        }
        works.append(&mut projects);
    }
    Ok(works)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn work(input: WorkInput, name: String) -> Work {
    let part = WorkPart {
        kind: input.kind.as_str().to_owned(),
        id: input.id.clone(),
        name,
        name_en: None,
        units: Vec::new(),
        due: input.due,
        done: input.done,
        score: None,
        simulated: false,
        steps: Vec::new(),
        built_on: None,
        project: None,
    };
    (input, part)
}

fn task_work(book: &PlanBook, due: DueTask) -> Work {
    let entry = (book.plan().tasks.iter()).find(|task| *task.id.get_ref() == due.task);
    let named = due.unit.map(|name| {
        // the bureau writes a unit's name; one of the plan's is known by it
        let mut units = book.plan().units.iter();
        let known = units.find(|unit| unit.name == name || unit.aliases.contains(&name));
        vec![known.map_or(name, |unit| unit.id.get_ref().clone())]
    });
    let units = named.unwrap_or_else(|| entry.map_or_else(Vec::new, |task| task.lead.clone()));
    let percent = |period: &DuePeriod| period.report.as_ref().map(|one| u32::from(one.percent()));
    let told = due.periods.iter().filter_map(percent);
    let is_told = told.clone().next().is_some();
    let input = WorkInput {
        kind: WorkKind::Task,
        id: due.task,
        units,
        due: count(due.periods.len()).saturating_mul(100),
        done: is_told.then(|| told.sum()),
    };
    let name = entry.map_or_else(|| input.id.clone(), |task| task.name.clone());
    let (input, part) = work(input, name);
    let units = input.units.iter().map(|id| {
        let (name, name_en) = unit_names(book, id);
        UnitPart {
            id: id.clone(),
            name,
            name_en,
        }
    });
    let steps = due.periods.iter().map(|period| {
        let report = period.report.as_ref().map(|report| &report.new);
        WorkStep {
            name: None,
            due_on: period.period.due_on.to_string(),
            percent: percent(period),
            as_of: report.map(|report| report.as_of.to_string()),
            report: report.map(|report| report.id.to_string()),
        }
    });
    let part = WorkPart {
        name_en: entry.and_then(|task| task.name_en.clone()),
        units: units.collect(),
        steps: steps.collect(),
        simulated: (due.periods.iter())
            .filter_map(|period| period.report.as_ref())
            .any(|report| report.new.is_simulated),
        ..part
    };
    (input, part)
}

fn project_work(project: Completion) -> Work {
    let all = count(project.milestones.len());
    let reached = (project.milestones.iter()).filter(|one| one.actual_on.is_some());
    let due = all.max(1);
    let done = if project.built_on.is_some() {
        Some(due)
    } else {
        (all > 0).then(|| count(reached.count()))
    };
    let input = WorkInput {
        kind: WorkKind::Project,
        id: project.code,
        units: Vec::new(),
        due,
        done,
    };
    let (input, part) = work(input, project.name);
    let steps = project.milestones.into_iter().map(|milestone| WorkStep {
        name: Some(milestone.name),
        due_on: milestone.planned_on.to_string(),
        percent: Some(if milestone.actual_on.is_some() {
            100
        } else {
            0
        }),
        as_of: milestone.actual_on.map(|day| day.to_string()),
        report: None,
    });
    let part = WorkPart {
        steps: steps.collect(),
        simulated: project.is_simulated,
        built_on: project.built_on.map(|day| day.to_string()),
        project: Some(project.id.to_string()),
        ..part
    };
    (input, part)
}

//! Use cases of tasks at work.

pub(crate) mod files;
pub(crate) mod reminders;
pub(crate) mod reports;
pub(crate) mod work;

use std::collections::BTreeMap;

use access::{Actor, Permission, RegionCode};
use beijing_time::{CivilDate, Clock};
use city_plan::Task;
use database::Database;
use plan::PlanBook;

use crate::error::{invalid, not_found};
use crate::model::{
    DueTask, ReportFile, ReportState, TaskDossier, TaskQuery, TaskReport, TaskState, Work,
};
use crate::rules::{due_periods, periods_of, stand};
use crate::{TasksError, store};

pub(crate) fn today(clock: &dyn Clock) -> CivilDate {
    clock.now().civil().date()
}

pub(crate) fn subject(task: &str) -> String {
    format!("task:{task}")
}

pub(crate) fn find_task<'a>(book: &'a PlanBook, id: &str) -> Result<&'a Task, TasksError> {
    book.plan()
        .tasks
        .iter()
        .find(|task| task.id.get_ref() == id)
        .map(|entry| &entry.item)
        .ok_or_else(|| not_found("task", id))
}

pub(crate) fn years(book: &PlanBook) -> (i32, i32) {
    let (_, first, last) = book.years();
    (first, last)
}

/// The region whose reports count: the one that was asked for, else the actor's own, else the plan's.
fn region_of(book: &PlanBook, actor: &Actor, query: &TaskQuery) -> Result<RegionCode, TasksError> {
    if let Some(region) = &query.region {
        actor.check_at(Permission::ReadPlan, region, None)?;
        return Ok(region.clone());
    }
    if let access::Scope::Region(own) = &actor.scope {
        return Ok(own.clone());
    }
    plan_region(book)
}

fn plan_region(book: &PlanBook) -> Result<RegionCode, TasksError> {
    book.region().parse().map_err(|_no_plan| {
        invalid(
            "region",
            "本系统没有装入规划",
            "this installation has no plan",
        )
    })
}

/// How every task of the plan stands on a day, by the reports of one region, in the plan's order.
///
/// # Errors
/// [`TasksError::Refused`]; [`TasksError::Invalid`] without a plan.
pub async fn list_tasks(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    query: &TaskQuery,
) -> Result<Vec<TaskState>, TasksError> {
    actor.check(Permission::ReadPlan)?;
    let region = region_of(book, actor, query)?;
    let on = query.on.unwrap_or_else(|| today(clock));
    let reports = store::report::list_of_region(database, &region).await?;
    let by_task = by_task(&reports);
    let mut work: BTreeMap<String, Work> = store::list_work(database).await?.into_iter().collect();
    let states = book.plan().tasks.iter().map(|task| {
        let id = task.id.get_ref().as_str();
        let periods = periods_of(task, years(book));
        let own = by_task.get(id).map_or(&[][..], Vec::as_slice);
        stand((id, &periods), own, work.remove(id).unwrap_or_default(), on)
    });
    Ok(states.collect())
}

/// What every task of the plan owes by a day, by the city's own checked reports, in the plan's order.
/// Where any of these is real, simulated ones do not count. For other parts of the platform: who may
/// see it is the caller's to check.
///
/// # Errors
/// [`TasksError::Invalid`] without a plan, [`TasksError::Database`].
pub async fn list_due_tasks(
    database: &Database,
    book: &PlanBook,
    on: CivilDate,
) -> Result<Vec<DueTask>, TasksError> {
    let mut reports = store::report::list_of_region(database, &plan_region(book)?).await?;
    reports.retain(|report| report.state == ReportState::Checked && report.new.as_of <= on);
    if reports.iter().any(|report| !report.new.is_simulated) {
        reports.retain(|report| !report.new.is_simulated);
    }
    let by_task = by_task(&reports);
    let mut work: BTreeMap<String, Work> = store::list_work(database).await?.into_iter().collect();
    let due = book.plan().tasks.iter().map(|task| {
        let id = task.id.get_ref();
        let own = by_task.get(id.as_str()).map_or(&[][..], Vec::as_slice);
        DueTask {
            task: id.clone(),
            unit: work.remove(id).and_then(|work| work.unit),
            periods: due_periods(&periods_of(task, years(book)), own, on),
        }
    });
    Ok(due.filter(|task| !task.periods.is_empty()).collect())
}

fn by_task(reports: &[TaskReport]) -> BTreeMap<&str, Vec<&TaskReport>> {
    let mut by_task: BTreeMap<&str, Vec<&TaskReport>> = BTreeMap::new();
    for report in reports {
        by_task.entry(&report.new.task).or_default().push(report);
    }
    by_task
}

/// Everything about one task; its reports are those of the actor's part of the city.
///
/// # Errors
/// [`TasksError::NotFound`], [`TasksError::Refused`].
pub async fn load_task(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    (id, query): (&str, &TaskQuery),
) -> Result<TaskDossier, TasksError> {
    actor.check(Permission::ReadPlan)?;
    let task = find_task(book, id)?;
    let region = region_of(book, actor, query)?;
    let on = query.on.unwrap_or_else(|| today(clock));
    let periods = periods_of(task, years(book));
    // somebody who is held to sites sees no county's reports
    let reports = if actor.scope.site_ids().is_some() {
        Vec::new()
    } else {
        let prefix = actor.scope.region_prefix();
        store::report::list_of_task(database, (id, prefix)).await?
    };
    let own: Vec<&TaskReport> = reports
        .iter()
        .filter(|report| report.new.region == region)
        .collect();
    let work = store::find_work(database, id).await?;
    let state = stand((id, &periods), &own, work, on);
    let mut files: BTreeMap<uuid::Uuid, Vec<ReportFile>> = BTreeMap::new();
    for file in store::file::list_of_task(database, id).await? {
        files.entry(file.report_id).or_default().push(file);
    }
    Ok(TaskDossier {
        state,
        periods,
        goals: store::list_goals(database, id).await?,
        hand_overs: store::list_hand_overs(database, id).await?,
        reminders: store::reminder::list(database, Some(id)).await?,
        reports: reports
            .into_iter()
            .map(|report| {
                let own = files.remove(&report.new.id).unwrap_or_default();
                (report, own)
            })
            .collect(),
    })
}

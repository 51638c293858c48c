//! Reports of progress: made, checked by somebody else, or returned.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, Transaction, audit};
use plan::PlanBook;
use serde_json::json;
use sites::SitesError;
use uuid::Uuid;

use super::{find_task, subject, today, years};
use crate::error::{invalid, not_found};
use crate::model::{NewReport, ReportState, TaskReport};
use crate::rules::{percent_of, periods_of};
use crate::{TasksError, store};

/// The longest text of a report, in characters.
const LONGEST_TEXT: usize = 4000;

pub(crate) fn check_text(
    field: &'static str,
    text: &str,
    most: usize,
) -> Result<String, TasksError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid(field, "不能为空", "must not be empty"));
    }
    if text.chars().count() > most {
        let (zh, en) = (
            format!("超过 {most} 字"),
            format!("has more than {most} characters"),
        );
        return Err(invalid(field, zh, en));
    }
    Ok(text.to_owned())
}

/// Checks a report against the plan and fills in the percentage that follows from a figure.
pub(crate) fn check_new(
    book: &PlanBook,
    today: beijing_time::CivilDate,
    mut new: NewReport,
) -> Result<NewReport, TasksError> {
    let task = find_task(book, &new.task)?;
    new.text = check_text("text", &new.text, LONGEST_TEXT)?;
    let periods = periods_of(task, years(book));
    if !periods.iter().any(|period| period.due_on == new.due_on) {
        let (zh, en) = ("该任务没有此期限", "the task has no such deadline");
        return Err(invalid("due_on", zh, en));
    }
    if new.as_of > today {
        return Err(invalid("as_of", "日期在将来", "lies in the future"));
    }
    new.percent = Some(match (new.figure, new.percent) {
        (Some((index, figure)), _) => {
            let measure = task.measure.get(index).ok_or_else(|| {
                invalid(
                    "measure",
                    "该任务没有此衡量指标",
                    "the task has no such measure",
                )
            })?;
            if figure.is_negative() {
                return Err(invalid("value", "不能小于 0", "must not be below zero"));
            }
            percent_of(measure, figure)
        }
        (None, Some(percent)) if percent <= 100 => percent,
        (None, _) => {
            return Err(invalid(
                "percent",
                "应为 0 至 100 的整数",
                "must be a whole number from 0 to 100",
            ));
        }
    });
    Ok(new)
}

pub(crate) async fn insert_in(
    transaction: &mut Transaction,
    actor: &Actor,
    report: &TaskReport,
) -> Result<bool, TasksError> {
    if !store::report::insert(transaction, report).await? {
        return Ok(false);
    }
    let new = &report.new;
    let after = json!({
        "report": new.id.to_string(),
        "region_code": new.region.as_str(),
        "due_on": new.due_on.to_string(),
        "as_of": new.as_of.to_string(),
        "percent": report.percent(),
        "value": new.figure.map(|(_, value)| value.to_string()),
        "text": new.text,
        "is_simulated": new.is_simulated,
        "state": report.state.as_str(),
    });
    let entry = AuditEntry::new(actor, "tasks.report", subject(&new.task)).after(after.to_string());
    audit::append(transaction, report.reported_at, entry).await?;
    Ok(true)
}

/// Reports on a task. Reporting the same again changes nothing.
///
/// # Errors
/// [`TasksError::Invalid`], [`TasksError::IdTaken`], [`TasksError::NotFound`],
/// [`TasksError::Refused`].
pub async fn report_task(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    new: NewReport,
) -> Result<TaskReport, TasksError> {
    actor.check_at(Permission::ReportTasks, &new.region, None)?;
    let new = check_new(book, today(clock), new)?;
    match sites::load_region(database, actor, &new.region).await {
        Ok(_region) => {}
        Err(SitesError::NotFound { .. }) => {
            return Err(invalid(
                "region_code",
                "没有此行政区划",
                "there is no such region",
            ));
        }
        Err(other) => return Err(other.into()),
    }
    let report = TaskReport {
        new,
        state: ReportState::Reported,
        reported_by: actor.name.clone(),
        reported_at: clock.now(),
        decided: None,
        note: None,
        revision: 1,
    };
    let id = report.new.id;
    let mut transaction = database.begin().await?;
    if !insert_in(&mut transaction, actor, &report).await? {
        drop(transaction);
        return store::report::find(database, id)
            .await?
            .filter(|kept| kept.new == report.new)
            .ok_or(TasksError::IdTaken { id });
    }
    transaction.commit().await?;
    Ok(report)
}

/// A report that the actor may act on by `permission`.
pub(crate) async fn load_for(
    database: &Database,
    actor: &Actor,
    permission: Permission,
    id: Uuid,
) -> Result<TaskReport, TasksError> {
    actor.check(permission)?;
    store::report::find(database, id)
        .await?
        .filter(|report| actor.scope.covers(&report.new.region, None))
        .ok_or_else(|| not_found("report", id))
}

async fn decide(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    (state, note): (ReportState, Option<String>),
) -> Result<TaskReport, TasksError> {
    let before = load_for(database, actor, Permission::CheckTasks, id).await?;
    if before.reported_by == actor.name {
        return Err(TasksError::SamePerson);
    }
    if before.state != ReportState::Reported {
        return Err(TasksError::WrongState {
            state: before.state.as_str(),
        });
    }
    let after = TaskReport {
        state,
        decided: Some((actor.name.clone(), clock.now())),
        note,
        ..before
    };
    let mut transaction = database.begin().await?;
    if !store::report::decide(&mut transaction, &after).await? {
        return Err(TasksError::Stale);
    }
    let action = if state == ReportState::Checked {
        "tasks.check"
    } else {
        "tasks.return"
    };
    let told = json!({
        "report": id.to_string(), "state": state.as_str(), "note": after.note,
        "percent": after.percent(),
    });
    let entry = AuditEntry::new(actor, action, subject(&after.new.task))
        .before(json!({ "report": id.to_string(), "state": "reported" }).to_string())
        .after(told.to_string());
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(TaskReport {
        revision: after.revision + 1,
        ..after
    })
}

/// Checks a report: from now on it counts.
///
/// # Errors
/// [`TasksError::SamePerson`], [`TasksError::WrongState`], [`TasksError::NotFound`],
/// [`TasksError::Stale`], [`TasksError::Refused`].
pub async fn check_report(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
) -> Result<TaskReport, TasksError> {
    decide(database, clock, actor, id, (ReportState::Checked, None)).await
}

/// Returns a report to who made it, with the reason.
///
/// # Errors
/// As [`check_report`], and [`TasksError::Invalid`] without a reason.
pub async fn return_report(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    note: &str,
) -> Result<TaskReport, TasksError> {
    actor.check(Permission::CheckTasks)?;
    let note = check_text("note", note, LONGEST_TEXT)?;
    decide(
        database,
        clock,
        actor,
        id,
        (ReportState::Returned, Some(note)),
    )
    .await
}

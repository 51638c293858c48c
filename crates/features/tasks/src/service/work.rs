//! Who has a task: named by the bureau, broken down by year, handed up the line.

use std::collections::BTreeSet;

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use plan::PlanBook;
use serde_json::{Value, json};

use super::reports::check_text;
use super::{find_task, subject, years};
use crate::error::invalid;
use crate::model::{Goal, HandOver, Level, Work};
use crate::{TasksError, store};

/// The longest name and goal, in characters.
const LONGEST: usize = 500;

fn state_of(work: &Work) -> Value {
    json!({ "unit": work.unit, "officer": work.officer, "level": work.level.as_str() })
}

fn optional(field: &'static str, text: Option<&str>) -> Result<Option<String>, TasksError> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => check_text(field, text, LONGEST).map(Some),
        None => Ok(None),
    }
}

/// Names the unit and the person responsible for a task, on the revision that was read.
///
/// # Errors
/// [`TasksError::Invalid`], [`TasksError::Stale`], [`TasksError::NotFound`], [`TasksError::Refused`].
pub async fn assign_task(
    database: &Database,
    clock: &dyn Clock,
    (book, actor): (&PlanBook, &Actor),
    (task, revision): (&str, i64),
    (unit, officer): (Option<&str>, Option<&str>),
) -> Result<Work, TasksError> {
    actor.check_everywhere(Permission::CheckTasks)?;
    find_task(book, task)?;
    let before = store::find_work(database, task).await?;
    let work = Work {
        unit: optional("unit", unit)?,
        officer: optional("officer", officer)?,
        level: before.level,
        revision,
    };
    put(
        database,
        clock,
        actor,
        (task, "tasks.assign"),
        (&before, work, None),
    )
    .await
}

/// Hands a task up the line: from the unit to the county or the bureau.
///
/// # Errors
/// [`TasksError::NotUp`], and as [`assign_task`].
pub async fn hand_over_task(
    database: &Database,
    clock: &dyn Clock,
    (book, actor): (&PlanBook, &Actor),
    (task, revision): (&str, i64),
    (to, recipient, reason): (Level, &str, &str),
) -> Result<Work, TasksError> {
    actor.check_everywhere(Permission::CheckTasks)?;
    find_task(book, task)?;
    let before = store::find_work(database, task).await?;
    if to <= before.level {
        return Err(TasksError::NotUp {
            level: before.level.as_str(),
        });
    }
    let hand_over = HandOver {
        from: before.level,
        to,
        recipient: check_text("recipient", recipient, LONGEST)?,
        reason: check_text("reason", reason, LONGEST)?,
        author: actor.name.clone(),
        at: clock.now(),
    };
    let work = Work {
        level: to,
        revision,
        ..before.clone()
    };
    let action = (task, "tasks.hand_over");
    put(
        database,
        clock,
        actor,
        action,
        (&before, work, Some(hand_over)),
    )
    .await
}

async fn put(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (task, action): (&str, &'static str),
    (before, work, hand_over): (&Work, Work, Option<HandOver>),
) -> Result<Work, TasksError> {
    let mut transaction = database.begin().await?;
    if before.revision != work.revision || !store::put_work(&mut transaction, task, &work).await? {
        return Err(TasksError::Stale);
    }
    let revision = work.revision + 1;
    let mut after = state_of(&work);
    if let Some(hand_over) = &hand_over {
        store::insert_hand_over(&mut transaction, (task, revision), hand_over).await?;
        if let Some(fields) = after.as_object_mut() {
            fields.insert("recipient".to_owned(), json!(hand_over.recipient));
            fields.insert("reason".to_owned(), json!(hand_over.reason));
        }
    }
    let entry = AuditEntry::new(actor, action, subject(task))
        .before(state_of(before).to_string())
        .after(after.to_string());
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(Work { revision, ..work })
}

/// Puts a yearly breakdown in the place of the one there was.
///
/// # Errors
/// [`TasksError::Invalid`], [`TasksError::NotFound`], [`TasksError::Refused`].
pub async fn put_goals(
    database: &Database,
    clock: &dyn Clock,
    (book, actor): (&PlanBook, &Actor),
    task: &str,
    goals: &[Goal],
) -> Result<Vec<Goal>, TasksError> {
    actor.check_everywhere(Permission::CheckTasks)?;
    find_task(book, task)?;
    let (first, last) = years(book);
    let mut checked = Vec::with_capacity(goals.len());
    let mut seen = BTreeSet::new();
    for goal in goals {
        if !(first..=last).contains(&goal.year) || !seen.insert(goal.year) {
            let (zh, en) = (
                format!("须为 {first}—{last} 年，每年一行"),
                format!("must lie between {first} and {last}, each year once"),
            );
            return Err(invalid("year", zh, en));
        }
        if goal.percent > 100 {
            return Err(invalid("percent", "应为 0 至 100", "must be 0 to 100"));
        }
        checked.push(Goal {
            goal: check_text("goal", &goal.goal, LONGEST)?,
            ..goal.clone()
        });
    }
    checked.sort_by_key(|goal| goal.year);
    let told = |goals: &[Goal]| {
        let rows = goals
            .iter()
            .map(|one| json!({ "year": one.year, "percent": one.percent, "goal": one.goal }));
        json!({ "goals": rows.collect::<Vec<_>>() }).to_string()
    };
    let before = store::list_goals(database, task).await?;
    let mut transaction = database.begin().await?;
    store::put_goals(&mut transaction, task, &checked).await?;
    let entry = AuditEntry::new(actor, "tasks.put_goals", subject(task))
        .before(told(&before))
        .after(told(&checked));
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(checked)
}

//! Reminders before and after deadlines: written once by a rule, and taken note of.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{CivilDate, Clock};
use database::{Database, audit};
use plan::PlanBook;
use serde_json::json;

use super::{list_tasks, subject, today};
use crate::error::not_found;
use crate::model::{Reminder, Stage, Status, TaskQuery};
use crate::rules::stage_on;
use crate::{TasksError, store};

/// Writes the reminders that are due today for the whole city and says how many are new. However
/// often it runs, a stage of a deadline is reminded of once; a stage that passed while nothing ran is
/// not made up for, the last one counts.
///
/// # Errors
/// [`TasksError`] when the database cannot be read or written.
pub async fn write_reminders(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
) -> Result<usize, TasksError> {
    if book.region().is_empty() {
        return Ok(0);
    }
    let actor = Actor::system("reminders");
    let states = list_tasks(database, clock, book, &actor, &TaskQuery::default()).await?;
    let (at, on) = (clock.now(), today(clock));
    let due: Vec<Reminder> = states
        .iter()
        .filter(|state| matches!(state.status, Status::Overdue | Status::DueSoon))
        .filter_map(|state| {
            Some(Reminder {
                task: state.task.clone(),
                due_on: state.period.due_on,
                stage: stage_on(state.period.due_on, on)?,
                at,
                seen: None,
            })
        })
        .collect();
    if due.is_empty() {
        return Ok(0);
    }
    let mut transaction = database.begin().await?;
    let mut written = 0;
    for reminder in &due {
        written += usize::from(store::reminder::insert(&mut transaction, reminder).await?);
    }
    transaction.commit().await?;
    Ok(written)
}

/// Lists reminders that nobody took note of, the newest first.
///
/// # Errors
/// [`TasksError::Refused`]: deadlines are the whole city's.
pub async fn list_reminders(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<Reminder>, TasksError> {
    actor.check_everywhere(Permission::ReadPlan)?;
    store::reminder::list(database, None).await
}

/// Takes note of a reminder.
///
/// # Errors
/// [`TasksError::NotFound`] when there is none or somebody did already, [`TasksError::Refused`].
pub async fn mark_seen(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (task, due_on, stage): (&str, CivilDate, Stage),
) -> Result<(), TasksError> {
    actor.check_everywhere(Permission::CheckTasks)?;
    let at = clock.now();
    let reminder = Reminder {
        task: task.to_owned(),
        due_on,
        stage,
        at,
        seen: None,
    };
    let mut transaction = database.begin().await?;
    if !store::reminder::mark_seen(&mut transaction, &reminder, (&actor.name, at)).await? {
        return Err(not_found("reminder", task));
    }
    let after = json!({ "due_on": due_on.to_string(), "stage": stage.as_str() });
    let entry = AuditEntry::new(actor, "tasks.see", subject(task)).after(after.to_string());
    audit::append(&mut transaction, at, entry).await?;
    transaction.commit().await?;
    Ok(())
}

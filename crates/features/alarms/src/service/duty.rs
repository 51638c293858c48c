//! The duty desk: shifts, their log, hand-over.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, audit};
use uuid::Uuid;

use super::{check_text, new_id};
use crate::AlarmError;
use crate::model::{AlarmFilter, Shift, ShiftEntry};
use crate::store::{self, ScopeFilter};
use crate::words::AlarmState;

/// The present shift with its log, if there is one.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn find_present_shift(
    database: &Database,
    actor: &Actor,
) -> Result<Option<(Shift, Vec<ShiftEntry>)>, AlarmError> {
    actor.check_everywhere(Permission::ReadAlarms)?;
    let Some(shift) = store::duty::find_present(database).await? else {
        return Ok(None);
    };
    let entries = store::duty::list_entries(database, shift.id).await?;
    Ok(Some((shift, entries)))
}

/// Who keeps the desk now: told to everybody who reads alarms, while the log of the desk, which
/// tells of enterprises, is the city's.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn find_officer(
    database: &Database,
    actor: &Actor,
) -> Result<Option<String>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    let shift = store::duty::find_present(database).await?;
    Ok(shift.map(|shift| shift.officer))
}

/// Lists shifts, newest first, after one.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_shifts(
    database: &Database,
    actor: &Actor,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Shift>, AlarmError> {
    actor.check_everywhere(Permission::ReadAlarms)?;
    store::duty::list(database, after, limit).await
}

/// The log of a shift, in order.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_shift_entries(
    database: &Database,
    actor: &Actor,
    shift_id: Uuid,
) -> Result<Vec<ShiftEntry>, AlarmError> {
    actor.check_everywhere(Permission::ReadAlarms)?;
    store::duty::list_entries(database, shift_id).await
}

/// Begins the first shift, when none is present.
///
/// # Errors
/// [`AlarmError::Conflict`] when one is: it is to be handed over.
pub async fn start_shift(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    officer: &str,
) -> Result<Shift, AlarmError> {
    actor.check_everywhere(Permission::KeepDuty)?;
    let now = clock.now();
    let shift = new_shift(now, check_text("officer", officer, 1)?);
    let mut transaction = database.begin().await?;
    match store::duty::add(&mut transaction, &shift).await {
        Err(AlarmError::Database(error)) if error.is_unique_violation() => {
            return Err(AlarmError::conflict(
                "a shift is present; it is to be handed over",
            ));
        }
        result => result?,
    }
    let subject = format!("duty_shift:{}", shift.id);
    let entry = AuditEntry::new(actor, "alarms.start_shift", subject);
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(shift)
}

/// Writes into the log of the present shift. Writing the same identifier again changes nothing.
///
/// # Errors
/// [`AlarmError::Conflict`] when no shift is present.
pub async fn add_shift_entry(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Option<Uuid>,
    text: &str,
    alarm_id: Option<Uuid>,
) -> Result<ShiftEntry, AlarmError> {
    actor.check_everywhere(Permission::KeepDuty)?;
    if let Some(alarm_id) = alarm_id {
        super::find_in_scope(database, actor, alarm_id).await?;
    }
    let shift = load_present(database).await?;
    let now = clock.now();
    let entry = ShiftEntry {
        id: id.unwrap_or_else(|| new_id(now)),
        shift_id: shift.id,
        at: now,
        author: actor.name.clone(),
        text: check_text("text", text, 1)?,
        alarm_id,
    };
    let mut transaction = database.begin().await?;
    store::duty::add_entry(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(entry)
}

/// Hands the desk over: the present shift ends with the list of open alarms, the next begins.
///
/// # Errors
/// [`AlarmError::Conflict`] when no shift is present or it was handed over in the meantime.
pub async fn hand_over_shift(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    to_officer: &str,
    text: &str,
) -> Result<(Shift, Shift), AlarmError> {
    actor.check_everywhere(Permission::KeepDuty)?;
    let to_officer = check_text("to_officer", to_officer, 1)?;
    let text = check_text("text", text, 0)?;
    let now = clock.now();
    let mut ended = load_present(database).await?;
    let filter = AlarmFilter {
        states: vec![AlarmState::Open, AlarmState::Acknowledged],
        limit: 1000,
        ..AlarmFilter::default()
    };
    let open = store::alarms::list(database, &ScopeFilter::of(&actor.scope), &filter).await?;
    ended.ended_at = Some(now);
    ended.handed_to = Some(to_officer.clone());
    ended.hand_over_text = Some(text);
    ended.carried = open.iter().map(|alarm| alarm.id).collect();
    let begun = new_shift(now, to_officer);
    let mut transaction = database.begin().await?;
    if !store::duty::end(&mut transaction, &ended).await? {
        return Err(AlarmError::conflict(
            "the shift was handed over in the meantime",
        ));
    }
    store::duty::add(&mut transaction, &begun).await?;
    let after = serde_json::json!({
        "from": ended.officer, "to": begun.officer, "open_alarms": ended.carried.len(),
    });
    let subject = format!("duty_shift:{}", ended.id);
    let entry = AuditEntry::new(actor, "alarms.hand_over_shift", subject);
    audit::append(&mut transaction, now, entry.after(after.to_string())).await?;
    transaction.commit().await?;
    Ok((ended, begun))
}

async fn load_present(database: &Database) -> Result<Shift, AlarmError> {
    store::duty::find_present(database)
        .await?
        .ok_or_else(|| AlarmError::conflict("no shift is present; start one first"))
}

fn new_shift(now: Timestamp, officer: String) -> Shift {
    Shift {
        id: new_id(now),
        officer,
        started_at: now,
        ended_at: None,
        handed_to: None,
        hand_over_text: None,
        carried: Vec::new(),
    }
}

//! Use cases of alarms: list, acknowledge, close; and in the modules below rules, planned stops,
//! the duty desk and back-testing.

mod backtest;
mod duty;
mod exemptions;
mod rules;

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, audit};
use uuid::Uuid;

pub use backtest::{
    Backtest, BacktestAlarm, BacktestRequest, compute_backtest, load_backtest_subjects,
    run_backtest,
};
pub use duty::{
    add_shift_entry, find_officer, find_present_shift, hand_over_shift, list_shift_entries,
    list_shifts, start_shift,
};
pub use exemptions::{create_exemption, list_exemptions, revoke_exemption};
pub use rules::{RuleChange, create_rule, list_rule_versions, list_rules, seed_rules, update_rule};

use crate::AlarmError;
use crate::model::{Alarm, AlarmEvent, AlarmFilter, ExceedanceFilter, ExceedanceRow, Noted};
use crate::store::{self, ScopeFilter};
use crate::words::{AlarmEventKind, AlarmKind, Severity};

const MOST_TEXT: usize = 2000;

/// Lists alarms in the actor's part of the city, newest first.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_alarms(
    database: &Database,
    actor: &Actor,
    filter: &AlarmFilter,
) -> Result<Vec<Alarm>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    store::alarms::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// An alarm with its timeline.
///
/// # Errors
/// [`AlarmError::NotFound`] when there is none or it lies outside the actor's part of the city.
pub async fn load_alarm(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<(Alarm, Vec<AlarmEvent>), AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    let alarm = find_in_scope(database, actor, id).await?;
    let events = store::alarms::list_events(database, id).await?;
    Ok((alarm, events))
}

/// What kinds of alarms are under way (open or acknowledged) at which points, each once, in order of
/// points.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_alarms_under_way_at_points(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<(i64, AlarmKind)>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    store::alarms::list_under_way_at_points(database, &ScopeFilter::of(&actor.scope)).await
}

/// How many alarms are open, by severity.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn count_open_alarms(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<(Severity, i64)>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    store::alarms::count_open(database, &ScopeFilter::of(&actor.scope)).await
}

/// Lists exceedances in the actor's part of the city, in order of time.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_exceedances(
    database: &Database,
    actor: &Actor,
    filter: &ExceedanceFilter,
) -> Result<Vec<ExceedanceRow>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    store::exceedances::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// Takes note of an alarm.
///
/// # Errors
/// [`AlarmError::Conflict`] when it is closed or somebody has already taken note.
pub async fn acknowledge_alarm(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    note: &str,
) -> Result<Alarm, AlarmError> {
    actor.check(Permission::HandleAlarms)?;
    let alarm = find_in_scope(database, actor, id).await?;
    let noted = Noted {
        at: clock.now(),
        by: actor.name.clone(),
        text: check_text("note", note, 0)?,
    };
    let mut transaction = database.begin().await?;
    if !store::alarms::acknowledge(&mut transaction, id, &noted).await? {
        return Err(AlarmError::conflict(
            "the alarm is closed or was acknowledged already",
        ));
    }
    let event = event_of(&alarm, AlarmEventKind::Acknowledged, &noted);
    store::alarms::add_event(&mut transaction, id, &event).await?;
    let entry = AuditEntry::new(actor, "alarms.acknowledge_alarm", format!("alarm:{id}"))
        .before(serde_json::json!({ "state": alarm.state.as_str() }).to_string())
        .after(serde_json::json!({ "note": noted.text }).to_string());
    audit::append(&mut transaction, noted.at, entry).await?;
    transaction.commit().await?;
    find_in_scope(database, actor, id).await
}

/// Closes an alarm with a reason. While its condition lasts, a new one opens only as the rule says.
///
/// # Errors
/// [`AlarmError::Conflict`] when it is closed already, [`AlarmError::Invalid`] without a reason.
pub async fn close_alarm(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    reason: &str,
) -> Result<Alarm, AlarmError> {
    actor.check(Permission::HandleAlarms)?;
    let alarm = find_in_scope(database, actor, id).await?;
    let noted = Noted {
        at: clock.now(),
        by: actor.name.clone(),
        text: check_text("reason", reason, 1)?,
    };
    let mut transaction = database.begin().await?;
    if !store::alarms::close(&mut transaction, id, &noted).await? {
        return Err(AlarmError::conflict("the alarm is closed already"));
    }
    let event = event_of(&alarm, AlarmEventKind::Closed, &noted);
    store::alarms::add_event(&mut transaction, id, &event).await?;
    let entry = AuditEntry::new(actor, "alarms.close_alarm", format!("alarm:{id}"))
        .before(serde_json::json!({ "state": alarm.state.as_str() }).to_string())
        .after(serde_json::json!({ "reason": noted.text }).to_string());
    audit::append(&mut transaction, noted.at, entry).await?;
    transaction.commit().await?;
    find_in_scope(database, actor, id).await
}

async fn find_in_scope(database: &Database, actor: &Actor, id: Uuid) -> Result<Alarm, AlarmError> {
    store::alarms::find(database, &ScopeFilter::of(&actor.scope), id)
        .await?
        .ok_or_else(|| AlarmError::not_found("alarm", id))
}

fn event_of(alarm: &Alarm, kind: AlarmEventKind, noted: &Noted) -> AlarmEvent {
    AlarmEvent {
        at: noted.at,
        recorded_at: noted.at,
        kind,
        actor: noted.by.clone(),
        note: noted.text.clone(),
        severity: alarm.severity,
        value: None,
        multiple: None,
        packet_id: None,
    }
}

fn check_text(field: &'static str, text: &str, least: usize) -> Result<String, AlarmError> {
    let text = text.trim();
    let length = text.chars().count();
    if length < least {
        return Err(AlarmError::invalid(field, "must not be empty"));
    }
    if length > MOST_TEXT {
        return Err(AlarmError::invalid(field, "at most 2000 characters"));
    }
    Ok(text.to_owned())
}

fn new_id(at: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(at.epoch_ms()).unwrap_or(0);
    let seconds = milliseconds / 1000;
    let nanos = u32::try_from(milliseconds % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

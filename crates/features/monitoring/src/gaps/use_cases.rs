//! Looking at gaps, and asking for one again by hand.

use access::{Actor, AuditEntry, Permission, RegionCode};
use beijing_time::{Clock, Timestamp};
use database::{Database, audit};
use uuid::Uuid;

use super::{Gap, GapReason, GapState};
use crate::store::gaps as store;
use crate::{MonitoringError, RecordKind};

/// Which gaps to list.
#[derive(Debug, Clone, Default)]
pub struct GapFilter {
    /// In these states; empty for all.
    pub states: Vec<GapState>,
    /// Of one kind.
    pub kind: Option<RecordKind>,
    /// Of one point.
    pub point_id: Option<i64>,
    /// Of one device.
    pub device_id: Option<i64>,
    /// In a region and below.
    pub region: Option<RegionCode>,
    /// Those that end after this instant.
    pub from: Option<Timestamp>,
    /// Those that begin before this instant.
    pub to: Option<Timestamp>,
    /// Those that follow this one (its beginning and id) in the list.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: u32,
}

/// How many gaps there are of a kind and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapCount {
    /// The kind.
    pub kind: RecordKind,
    /// The state.
    pub state: GapState,
    /// Gaps.
    pub gaps: i64,
    /// Periods that are missing still.
    pub missing: i64,
}

/// Lists gaps in the actor's part of the city, the latest first.
///
/// # Errors
/// [`MonitoringError::Refused`].
pub async fn list_gaps(
    database: &Database,
    actor: &Actor,
    filter: &GapFilter,
) -> Result<Vec<Gap>, MonitoringError> {
    actor.check(Permission::ReadData)?;
    store::list(database, &actor.scope, filter).await
}

/// Counts gaps that end after an instant, by kind and state, in the actor's part of the city.
///
/// # Errors
/// [`MonitoringError::Refused`].
pub async fn count_gaps(
    database: &Database,
    actor: &Actor,
    since: Timestamp,
) -> Result<Vec<GapCount>, MonitoringError> {
    actor.check(Permission::ReadData)?;
    store::count(database, &actor.scope, since).await
}

/// One gap.
///
/// # Errors
/// [`MonitoringError::NoSuchGap`], [`MonitoringError::Refused`].
pub async fn load_gap(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<Gap, MonitoringError> {
    actor.check(Permission::ReadData)?;
    store::find(database, &actor.scope, id)
        .await?
        .ok_or(MonitoringError::NoSuchGap { id })
}

/// Lets a gap be asked for again from the first attempt on, also one that was given up. Asking for
/// one that is being asked for changes nothing.
///
/// # Errors
/// [`MonitoringError::NoSuchGap`], [`MonitoringError::GapEnded`] for one that is filled or excused,
/// [`MonitoringError::Refused`].
pub async fn request_gap_again(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
) -> Result<Gap, MonitoringError> {
    actor.check(Permission::SendCommands)?;
    let gap = load_gap(database, actor, id).await?;
    match gap.state {
        GapState::Requested => return Ok(gap),
        GapState::Filled | GapState::Excused => return Err(MonitoringError::GapEnded { id }),
        GapState::Open | GapState::GivenUp => {}
    }
    let now = clock.now();
    let mut again = Gap {
        state: GapState::Open,
        reason: GapReason::Found,
        attempts: 0,
        next_at: now,
        changed_at: now,
        closed_at: None,
        ..gap.clone()
    };
    let mut transaction = database.begin().await?;
    if !store::update(&mut transaction, &again).await? {
        // the job was quicker: what it decided is shown
        drop(transaction);
        return load_gap(database, actor, id).await;
    }
    let entry = AuditEntry::new(actor, "gaps.request", format!("gap:{id}"))
        .before(format!(
            r#"{{"state":"{}","attempts":{}}}"#,
            gap.state.as_str(),
            gap.attempts
        ))
        .after(r#"{"state":"open","attempts":0}"#);
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    again.revision += 1;
    Ok(again)
}

/// All gaps that have not ended, by beginning: what requests are planned from.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn list_open_gaps(database: &Database) -> Result<Vec<Gap>, MonitoringError> {
    store::list_open(database).await
}

/// Writes new and changed gaps. One that somebody else wrote since is left as it is.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn save_gaps(database: &Database, gaps: &[Gap]) -> Result<(), MonitoringError> {
    store::save(database, gaps).await
}

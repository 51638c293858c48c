//! Missing data are found and asked for again (补传): the gaps that monitoring finds go out as
//! commands, and what becomes of the commands comes back to the gaps.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use alarms::AlarmError;
use beijing_time::{Clock, HOUR_MS, Timestamp};
use commands::{
    CommandFilter, CommandState, CommandsError, CommandsHandle, HistoryKind, LiveConnections,
    NewCommand, Order, Progress, send_command,
};
use database::Database;
use monitoring::gaps::{self, Extent, Gap, GapDevice, GapRequest, GapSettings, GapState, Outcome};
use monitoring::{MonitoringError, RecordKind};
use sites::{DeviceId, DirectoryHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::JobBoard;
use crate::rates::load_planned_stops;

/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(30);
/// Everything is looked at again so often, lest a change that nobody told be overlooked.
const WHOLE_MS: i64 = HOUR_MS;
/// A request that could not leave within so long is taken back by itself.
const EXPIRES_AFTER_S: u32 = 600;
/// What a request brought may be on its way into the records for so long.
const SETTLE_MS: i64 = 20_000;
/// Who orders the requests.
const ACTOR: &str = "gaps";
/// `ExeRtn` of a device that has no data (HJ 212-2017, table 6).
const NO_DATA: u16 = 100;

/// What the job works with.
#[derive(Debug, Clone)]
pub struct GapsJob {
    /// The main store.
    pub database: Database,
    /// Points, their timetables and devices.
    pub directory: DirectoryHandle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who is connected.
    pub connections: Arc<LiveConnections>,
    /// The way to the dispatcher of commands.
    pub commands: CommandsHandle,
    /// The settings.
    pub settings: GapSettings,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum GapsJobError {
    /// Gaps could not be read or written.
    #[error(transparent)]
    Monitoring(#[from] MonitoringError),
    /// Planned stops could not be read.
    #[error(transparent)]
    Alarms(#[from] AlarmError),
    /// Requests could not be ordered or followed.
    #[error(transparent)]
    Commands(#[from] CommandsError),
}

/// What a run remembers from the one before.
#[derive(Debug, Default)]
pub struct GapsProgress {
    directory: Option<i64>,
    whole_at: Option<Timestamp>,
    /// When each device last sent missing data by itself.
    resent: HashMap<i64, Timestamp>,
}

/// One run: finds gaps, judges the requests that have ended, and makes those that are due.
/// Returns how many requests it made.
///
/// # Errors
/// [`GapsJobError`]; the next run goes on from what is kept.
pub async fn run_gaps_once(
    job: &GapsJob,
    progress: &mut GapsProgress,
) -> Result<usize, GapsJobError> {
    let now = job.clock.now();
    let actor = Actor::system(ACTOR);
    let directory = job.directory.current();
    let is_whole = progress.directory != Some(directory.version())
        || progress
            .whole_at
            .is_none_or(|at| now.ms_since(at) >= WHOLE_MS);
    let extent = if is_whole {
        Extent::Whole
    } else {
        Extent::Recent
    };
    let since = now.plus_ms(-2 * job.settings.longest_lookback_ms());
    let stops = load_planned_stops(&job.database, &actor, since).await?;
    let scan = gaps::scan_gaps(
        &job.database,
        &directory,
        &stops,
        &job.settings,
        (extent, now),
    )
    .await?;
    if is_whole {
        progress.directory = Some(directory.version());
        progress.whole_at = Some(now);
    }
    for device_id in scan.resending {
        progress.resent.insert(device_id, now);
    }

    let mut open = gaps::list_open_gaps(&job.database).await?;
    let before = open.clone();
    judge(job, &actor, &mut open, now).await?;
    let mut devices: HashMap<i64, GapDevice> = HashMap::new();
    for gap in &open {
        if gap.state == GapState::Open && !devices.contains_key(&gap.device_id) {
            let device = look_at_device(job, &actor, progress, gap.device_id, now).await?;
            devices.insert(gap.device_id, device);
        }
    }
    let requests = gaps::plan_requests(
        &mut open,
        |device_id| devices.get(&device_id).copied().unwrap_or_default(),
        &job.settings,
        now,
    );
    let mut orders = Vec::with_capacity(requests.len());
    for request in &requests {
        let id = Uuid::now_v7();
        for place in &request.gaps {
            if let Some(gap) = open.get_mut(*place) {
                gap.mark_requested(id, now);
            }
        }
        orders.push(id);
    }
    // written down before anything is sent: after a crash nobody asks twice
    let changed: Vec<Gap> = open
        .iter()
        .zip(&before)
        .filter(|(gap, before)| gap != before)
        .map(|(gap, _)| gap.clone())
        .collect();
    gaps::save_gaps(&job.database, &changed).await?;
    for gap in &mut open {
        if changed.iter().any(|changed| changed.id == gap.id) {
            gap.revision += 1;
        }
    }
    let mut sent = 0;
    for (request, id) in requests.iter().zip(orders) {
        sent += usize::from(ask(job, &actor, &mut open, request, id).await?);
    }
    Ok(sent)
}

/// Looks what became of the requests that are under way.
async fn judge(
    job: &GapsJob,
    actor: &Actor,
    open: &mut [Gap],
    now: Timestamp,
) -> Result<(), GapsJobError> {
    let mut outcomes: HashMap<Uuid, Outcome> = HashMap::new();
    for gap in open {
        if gap.state != GapState::Requested {
            continue;
        }
        let outcome = match gap.command_id {
            None => Outcome::NotSent,
            Some(id) => {
                if let Some(known) = outcomes.get(&id) {
                    *known
                } else {
                    let outcome = find_outcome(job, actor, id, now).await?;
                    outcomes.insert(id, outcome);
                    outcome
                }
            }
        };
        gaps::judge_request(gap, outcome, &job.settings, now);
    }
    Ok(())
}

async fn find_outcome(
    job: &GapsJob,
    actor: &Actor,
    id: Uuid,
    now: Timestamp,
) -> Result<Outcome, GapsJobError> {
    match commands::load_command(&job.database, actor, id).await {
        Ok((command, _steps)) => Ok(outcome_of(&command.progress, now)),
        // the platform stopped between writing the gap and ordering the command
        Err(CommandsError::NotFound { .. }) => Ok(Outcome::NotSent),
        Err(error) => Err(error.into()),
    }
}

fn outcome_of(progress: &Progress, now: Timestamp) -> Outcome {
    let Some(finished_at) = progress.finished_at else {
        return Outcome::UnderWay;
    };
    if now.ms_since(finished_at) < SETTLE_MS {
        return Outcome::UnderWay;
    }
    match progress.state {
        CommandState::Done => Outcome::Done,
        CommandState::Failed if progress.execution_result == Some(NO_DATA) => Outcome::NoData,
        CommandState::Failed => Outcome::Refused,
        CommandState::TimedOut => Outcome::NoAnswer,
        CommandState::Expired | CommandState::Cancelled => Outcome::NotSent,
        CommandState::Queued | CommandState::Sent | CommandState::Accepted => Outcome::UnderWay,
    }
}

async fn look_at_device(
    job: &GapsJob,
    actor: &Actor,
    progress: &GapsProgress,
    device_id: i64,
    now: Timestamp,
) -> Result<GapDevice, GapsJobError> {
    let directory = job.directory.current();
    let Some(device) = directory.device(DeviceId(device_id)) else {
        return Ok(GapDevice::default());
    };
    let presence = job.connections.find(device_id);
    let online_since = presence.and_then(|presence| presence.snapshot().online_since);
    let has_history = device.is_enabled && device.quirks.has_history;
    let requests_in_hour = if online_since.is_some() && has_history {
        let filter = CommandFilter {
            device_id: Some(device_id),
            created_by: Some(actor.name.clone()),
            limit: job.settings.requests_per_hour.clamp(1, 1000),
            ..CommandFilter::default()
        };
        let since = now.plus_ms(-HOUR_MS);
        let recent = commands::list_commands(&job.database, actor, &filter).await?;
        let recent = recent.iter().filter(|command| command.created_at > since);
        u32::try_from(recent.count()).unwrap_or(u32::MAX)
    } else {
        0
    };
    Ok(GapDevice {
        online_since,
        has_history,
        resent_at: progress.resent.get(&device_id).copied(),
        requests_in_hour,
    })
}

/// Orders the history that a request asks for; `false` when it cannot be asked for.
async fn ask(
    job: &GapsJob,
    actor: &Actor,
    open: &mut [Gap],
    request: &GapRequest,
    id: Uuid,
) -> Result<bool, GapsJobError> {
    let directory = job.directory.current();
    let asked: Vec<&Gap> = request
        .gaps
        .iter()
        .filter_map(|place| open.get(*place))
        .collect();
    let span = gaps::compute_label_span(&directory, asked.into_iter());
    let sent = match span {
        None => Err(None),
        Some((from, to)) => {
            let kind = match request.kind {
                RecordKind::Minute => HistoryKind::Minute,
                RecordKind::Day => HistoryKind::Day,
                _ => HistoryKind::Hour,
            };
            let new = NewCommand {
                id,
                device_id: request.device_id,
                order: Order::GetHistory { kind, from, to },
                secret: None,
                expires_after_s: Some(EXPIRES_AFTER_S),
            };
            let key = job.directory.sealing_key();
            send_command(&job.database, &*job.clock, key, &job.commands, actor, new)
                .await
                .map_err(Some)
        }
    };
    match sent {
        Ok(_command) => return Ok(true),
        Err(Some(
            error @ (CommandsError::Invalid { .. }
            | CommandsError::NoDevice { .. }
            | CommandsError::IdTaken { .. }),
        )) => tracing::warn!(
            device.id = request.device_id,
            %error,
            "device {} cannot be asked for missing data: {error}",
            request.device_id
        ),
        Err(None) => {}
        Err(Some(error)) => return Err(error.into()),
    }
    let now = job.clock.now();
    let mut given_up = Vec::new();
    for place in &request.gaps {
        if let Some(gap) = open.get_mut(*place) {
            gap.give_up_unasked(now);
            given_up.push(gap.clone());
        }
    }
    gaps::save_gaps(&job.database, &given_up).await?;
    Ok(false)
}

/// Follows gaps until `stop`. Only one may run on a database.
pub async fn follow_gaps(job: GapsJob, board: JobBoard, stop: CancellationToken) {
    let delay = Duration::from_secs(u64::from(job.settings.start_delay_s));
    tokio::select! {
        () = stop.cancelled() => return,
        () = tokio::time::sleep(delay) => {}
    }
    let mut progress = GapsProgress::default();
    let mut was_failing = false;
    while !stop.is_cancelled() {
        let started_at = job.clock.now();
        let result = run_gaps_once(&job, &mut progress).await;
        let error = result.as_ref().err().map(ToString::to_string);
        match &error {
            Some(error) if !was_failing => {
                tracing::error!(error, "gaps cannot be followed; it is tried again");
            }
            None if was_failing => tracing::info!("gaps are followed again"),
            _ => {}
        }
        was_failing = error.is_some();
        board.put("gaps", started_at, job.clock.now(), error);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

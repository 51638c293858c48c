//! Rates follow the data, planned stops, the directory and the clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access::Actor;
use alarms::AlarmError;
use beijing_time::{Clock, Timestamp};
use database::Database;
use monitoring::MonitoringError;
use monitoring::rates::{self, PlannedStop};
use sites::DirectoryHandle;
use tokio_util::sync::CancellationToken;

use crate::JobBoard;

/// How often it is looked whether days wait.
const PAUSE: Duration = Duration::from_secs(10);
/// Days of points computed in one run.
const MOST_DAYS: u32 = 200;
/// While days wait, the job rests so many times as long as it worked: the first start with many
/// points has hundreds of thousands to compute, and packets, alarms and pages come first.
const REST: u32 = 3;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RatesJobError {
    /// Rates could not be computed.
    #[error(transparent)]
    Monitoring(#[from] MonitoringError),
    /// Planned stops could not be read.
    #[error(transparent)]
    Alarms(#[from] AlarmError),
}

/// What a run remembers from the one before, so that it need not look; what was taken into account
/// is kept in the database.
#[derive(Debug, Default)]
pub struct RatesProgress {
    hour: Option<Timestamp>,
    directory: Option<i64>,
}

/// Planned stops that end after an instant, up to when they were taken back.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn load_planned_stops(
    database: &Database,
    actor: &Actor,
    ends_after: Timestamp,
) -> Result<Vec<PlannedStop>, AlarmError> {
    let exemptions = alarms::list_exemptions(database, actor, ends_after).await?;
    let stops = exemptions.into_iter().map(|exemption| PlannedStop {
        site_id: exemption.site_id,
        point_id: exemption.point_id,
        factor_code: exemption.factor_code,
        from: exemption.from,
        to: exemption
            .revoked
            .map_or(exemption.to, |(at, _by)| at.min(exemption.to)),
    });
    Ok(stops.collect())
}

/// One run: when an hour has passed or the directory has changed, lets be computed again what that
/// changes, and computes what waits. Says whether more waits.
///
/// # Errors
/// [`RatesJobError`]; what waited then still waits.
pub async fn run_rates_once(
    database: &Database,
    directory: &DirectoryHandle,
    clock: &dyn Clock,
    progress: &mut RatesProgress,
) -> Result<bool, RatesJobError> {
    let now = clock.now();
    let directory = directory.current();
    let (version, hour) = (directory.version(), now.stat_hour().start());
    if (progress.directory, progress.hour) != (Some(version), Some(hour)) {
        rates::follow_directory_and_time(database, &directory, now).await?;
        (progress.directory, progress.hour) = (Some(version), Some(hour));
    }
    let Some(first) = rates::find_first_dirty(database, MOST_DAYS).await? else {
        return Ok(false);
    };
    let actor = Actor::system("rates");
    let stops = load_planned_stops(database, &actor, first.start()).await?;
    let done = rates::compute_dirty_days(database, &directory, clock, &stops, MOST_DAYS).await?;
    Ok(done >= usize::try_from(MOST_DAYS).unwrap_or(usize::MAX))
}

/// Keeps rates up to date until `stop`. Only one may run on a database.
pub async fn follow_rates(
    database: Database,
    directory: DirectoryHandle,
    clock: Arc<dyn Clock>,
    board: JobBoard,
    stop: CancellationToken,
) {
    let mut progress = RatesProgress::default();
    let mut was_failing = false;
    while !stop.is_cancelled() {
        let (started_at, begin) = (clock.now(), Instant::now());
        let result = run_rates_once(&database, &directory, &*clock, &mut progress).await;
        let error = result.as_ref().err().map(ToString::to_string);
        match &error {
            Some(error) if !was_failing => {
                tracing::error!(error, "rates cannot be computed; it is tried again");
            }
            None if was_failing => tracing::info!("rates are computed again"),
            _ => {}
        }
        was_failing = error.is_some();
        board.put("rates", started_at, clock.now(), error);
        let pause = if matches!(result, Ok(true)) {
            begin.elapsed() * REST
        } else {
            PAUSE
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

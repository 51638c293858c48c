//! Verdicts follow the data and what points are judged against.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::verdicts::{
    Rulebook, SettingsProgress, VerdictFeed, VerdictsContext, VerdictsError, follow_changes,
    follow_settings,
};
use beijing_time::Clock;
use database::Database;
use sites::DirectoryHandle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::JobBoard;

/// How often it is looked whether something waits when nobody says that records came.
const PAUSE: Duration = Duration::from_secs(10);
/// Changes of hours taken in by one run.
const MOST_CHANGES: u32 = 2_000;
/// While much waits, the job rests so many times as long as it worked: packets, alarms and pages
/// come first.
const REST: u32 = 2;
/// Runs that follow one another within this time are one.
const LINGER: Duration = Duration::from_secs(1);

/// What verdicts are computed with.
#[derive(Debug, Clone)]
pub struct VerdictsJob {
    /// The store.
    pub database: Database,
    /// Points, factors and limits.
    pub directory: DirectoryHandle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The parameters in use.
    pub rulebook: Arc<Rulebook>,
    /// Who is told.
    pub feed: VerdictFeed,
}

/// One run: takes in what changed, and what of one point is judged otherwise than before. Says
/// whether more may wait.
///
/// # Errors
/// [`VerdictsError`]; what waited then still waits.
pub async fn run_verdicts_once(
    job: &VerdictsJob,
    progress: &mut SettingsProgress,
) -> Result<bool, VerdictsError> {
    let directory = job.directory.current();
    let context = VerdictsContext {
        database: &job.database,
        directory: &directory,
        rulebook: &job.rulebook,
        now: job.clock.now(),
    };
    // the data first: they are what somebody looks at now
    let data = follow_changes(&context, MOST_CHANGES).await?;
    let settings = follow_settings(&context, progress).await?;
    let waits = data.taken >= MOST_CHANGES as usize || settings.taken > 0;
    let mut news = data.news;
    news.extend(settings.news);
    job.feed.publish(news);
    Ok(waits)
}

/// Keeps verdicts up to date until `stop`, whenever `interpreted` (the interpreter's checkpoint)
/// moves. Only one may run on a database.
pub async fn follow_verdicts(
    job: VerdictsJob,
    mut interpreted: watch::Receiver<i64>,
    board: JobBoard,
    stop: CancellationToken,
) {
    let mut was_failing = false;
    let mut progress = SettingsProgress::default();
    while !stop.is_cancelled() {
        let (started_at, begin) = (job.clock.now(), Instant::now());
        let result = run_verdicts_once(&job, &mut progress).await;
        let error = result.as_ref().err().map(ToString::to_string);
        match &error {
            Some(error) if !was_failing => {
                tracing::error!(error, "verdicts cannot be computed; it is tried again");
            }
            None if was_failing => tracing::info!("verdicts are computed again"),
            _ => {}
        }
        was_failing = error.is_some();
        board.put("verdicts", started_at, job.clock.now(), error);
        if matches!(result, Ok(true)) {
            pause(&stop, begin.elapsed() * REST).await;
        } else {
            pause(&stop, LINGER).await;
            wait(&stop, &mut interpreted).await;
        }
    }
}

async fn pause(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

async fn wait(stop: &CancellationToken, interpreted: &mut watch::Receiver<i64>) {
    let moved = async {
        if interpreted.changed().await.is_err() {
            // no interpreter in this process
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = moved => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

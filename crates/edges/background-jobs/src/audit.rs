//! The audit trail is walked from time to time, so that somebody learns of it when it was altered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beijing_time::{Clock, DAY_MS, Timestamp};
use database::audit::{TrailPlace, walk};
use database::{Database, DatabaseError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::schedule::Turns;
use crate::{JobBoard, Schedule};

/// How often new entries are walked.
const PAUSE: Duration = Duration::from_mins(5);
/// How often the chain is walked from its beginning: what was right once may be altered later.
const WHOLE_MS: i64 = DAY_MS;

/// What is known of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditVerdict {
    /// The place of the last entry that was found right; 0 for none.
    pub whole_up_to: i64,
    /// When that was found.
    pub verified_at: Option<Timestamp>,
    /// When the chain was last walked from its beginning.
    pub walked_whole_at: Option<Timestamp>,
    /// The first entry that is missing or does not follow from the one before.
    pub broken_at: Option<i64>,
    /// Whether it is to be walked from its beginning, and has not been yet.
    pub is_asked_for: bool,
}

/// Shared by the job and whoever asks how the chain is. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct AuditWatch(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    verdict: Mutex<AuditVerdict>,
    asked: Notify,
}

impl AuditWatch {
    /// What is known.
    pub fn verdict(&self) -> AuditVerdict {
        self.change(|verdict| verdict.clone())
    }

    /// Has the chain walked from its beginning soon.
    pub fn ask(&self) {
        self.change(|verdict| verdict.is_asked_for = true);
        self.0.asked.notify_one();
    }

    fn change<T>(&self, change: impl FnOnce(&mut AuditVerdict) -> T) -> T {
        let mut verdict = self
            .0
            .verdict
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut verdict)
    }
}

/// What a run remembers from the one before.
#[derive(Debug, Default)]
pub struct AuditProgress(TrailPlace);

/// One run: walks what is new, or all of it when it is time or somebody asked.
///
/// # Errors
/// [`DatabaseError`]; the next run goes on.
pub async fn run_audit_once(
    database: &Database,
    clock: &dyn Clock,
    watch: &AuditWatch,
    progress: &mut AuditProgress,
) -> Result<(), DatabaseError> {
    let began_at = clock.now();
    let before = watch.verdict();
    let is_whole = before.is_asked_for
        || before.broken_at.is_some()
        || before
            .walked_whole_at
            .is_none_or(|at| began_at.ms_since(at) >= WHOLE_MS);
    if is_whole {
        progress.0 = TrailPlace::default();
    }
    let broken_at = walk(database, &mut progress.0).await?;
    if let Some(entry) = broken_at
        && before.broken_at != broken_at
    {
        tracing::error!(
            entry,
            "the audit trail is broken at entry {entry}: it was altered or cut off"
        );
    }
    watch.change(|verdict| {
        verdict.whole_up_to = progress.0.sequence();
        verdict.verified_at = Some(clock.now());
        verdict.broken_at = broken_at;
        if is_whole {
            verdict.walked_whole_at = Some(began_at);
            verdict.is_asked_for = false;
        }
    });
    Ok(())
}

/// Walks the audit trail until `stop`.
pub async fn follow_audit(
    database: Database,
    clock: Arc<dyn Clock>,
    watch: AuditWatch,
    board: JobBoard,
    stop: CancellationToken,
) {
    let schedule = Schedule {
        name: "audit",
        pause: PAUSE,
    };
    let mut progress = AuditProgress::default();
    let mut turns = Turns::new(schedule, board, Arc::clone(&clock), stop);
    while turns.begin() {
        let result = run_audit_once(&database, &*clock, &watch, &mut progress).await;
        tokio::select! {
            biased;
            () = turns.end(result.map(|()| false)) => {}
            () = watch.0.asked.notified() => {}
        }
    }
}

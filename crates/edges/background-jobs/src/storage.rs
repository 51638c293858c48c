//! The store keeps itself small: records of completed days move into blocks, packets of completed
//! days into the vault, and records that are kept no longer go.

use std::sync::Arc;
use std::time::Duration;

use beijing_time::{Clock, HOUR_MS, Timestamp};
use database::Database;
use monitoring::MonitoringError;
use monitoring::compaction::{CompactionPlace, compact_next};
use monitoring::retention::{self, StepSize};
use monitoring::vault::{self, VaultSettings};
use tokio_util::sync::CancellationToken;

use crate::schedule::Turns;
use crate::{JobBoard, Schedule};

/// How often it is looked whether there is something to compact: what came late waits as long.
const PAUSE: Duration = Duration::from_mins(30);
/// How long after its end a day is compacted: most of what is late has come by then.
const GRACE_MS: i64 = HOUR_MS;

/// How often it is looked whether there is something to remove.
const REMOVAL_PAUSE: Duration = Duration::from_hours(1);
/// Between two transactions that remove records, so that others come to write.
const BREATH: Duration = Duration::from_millis(50);

/// What a run of compaction remembers from the one before.
#[derive(Debug, Default)]
pub struct CompactionProgress(CompactionPlace);

/// The instant before which days are complete.
pub fn find_completed(now: Timestamp) -> Timestamp {
    now.plus_ms(-GRACE_MS).stat_day().start()
}

/// One run: compacts one span of one kind. Says whether there is more.
///
/// # Errors
/// [`MonitoringError`]; what could not be compacted is tried again by a later run.
pub async fn run_compaction_once(
    database: &Database,
    clock: &dyn Clock,
    progress: &mut CompactionProgress,
) -> Result<bool, MonitoringError> {
    let before = find_completed(clock.now());
    match compact_next(database, before, progress.0).await {
        Ok((_, Some(next))) => {
            progress.0 = next;
            Ok(true)
        }
        Ok((_, None)) => {
            progress.0 = CompactionPlace::default();
            Ok(false)
        }
        Err(error) => {
            progress.0 = CompactionPlace::default();
            Err(error)
        }
    }
}

/// Compacts records of completed days until `stop`.
pub async fn follow_compaction(
    database: Database,
    clock: Arc<dyn Clock>,
    board: JobBoard,
    stop: CancellationToken,
) {
    let schedule = Schedule {
        name: "compaction",
        pause: PAUSE,
    };
    let mut progress = CompactionProgress::default();
    let mut turns = Turns::new(schedule, board, Arc::clone(&clock), stop);
    while turns.begin() {
        let result = run_compaction_once(&database, &*clock, &mut progress).await;
        turns.end(result).await;
    }
}

/// One run: packs one window of the journal. Says whether there may be more.
///
/// # Errors
/// [`MonitoringError`]; the packets stay in the journal.
pub async fn run_packing_once(
    database: &Database,
    clock: &dyn Clock,
) -> Result<bool, MonitoringError> {
    let before = find_completed(clock.now());
    let packed = vault::pack_next(database, before, VaultSettings::default()).await?;
    Ok(packed.is_some())
}

/// Packs packets of completed days into the vault until `stop`.
pub async fn follow_packing(
    database: Database,
    clock: Arc<dyn Clock>,
    board: JobBoard,
    stop: CancellationToken,
) {
    let schedule = Schedule {
        name: "packing",
        pause: PAUSE,
    };
    let mut turns = Turns::new(schedule, board, Arc::clone(&clock), stop);
    while turns.begin() {
        let result = run_packing_once(&database, &*clock).await;
        turns.end(result).await;
    }
}

/// One run: removes some records that are kept no longer. Says whether there may be more.
///
/// # Errors
/// [`MonitoringError`]; what could not be removed is tried again by a later run.
pub async fn run_retention_once(
    database: &Database,
    clock: &dyn Clock,
) -> Result<bool, MonitoringError> {
    let removed = retention::remove_next(database, clock.now(), StepSize::default()).await?;
    let Some(removed) = removed else {
        return Ok(false);
    };
    tracing::debug!(
        kind = removed.kind.as_str(),
        before = %removed.before,
        records = removed.amount.records,
        bytes = removed.amount.bytes,
        "records that are kept no longer were removed"
    );
    Ok(true)
}

/// Removes records that are kept no longer until `stop`; packets that come go first.
pub async fn follow_retention(
    database: Database,
    clock: Arc<dyn Clock>,
    board: JobBoard,
    stop: CancellationToken,
) {
    let schedule = Schedule {
        name: "retention",
        pause: REMOVAL_PAUSE,
    };
    let mut turns = Turns::new(schedule, board, Arc::clone(&clock), stop);
    while turns.begin() {
        let result = run_retention_once(&database, &*clock).await;
        if matches!(result, Ok(true)) {
            tokio::time::sleep(BREATH).await;
        }
        turns.end(result).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_complete_an_hour_after_its_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let check = |now: &str, completed: &str| {
            assert_eq!(find_completed(at(now)), at(completed), "{now}");
        };
        check("2024-03-02T00:59:59+08:00", "2024-03-01T00:00:00+08:00");
        check("2024-03-02T01:00:00+08:00", "2024-03-02T00:00:00+08:00");
        check("2024-03-02T23:00:00+08:00", "2024-03-02T00:00:00+08:00");
    }
}

//! Running one job again and again.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use beijing_time::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::JobBoard;

/// A job's name and its pace.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Stable name on the board and in the log.
    pub name: &'static str,
    /// Pause between the end of one run and the start of the next.
    pub pause: Duration,
}

/// Runs `job` until `stop`, first at once, then after each pause. A job that says it has more to
/// do (`Ok(true)`) is run again without the pause.
pub async fn repeat<E, F>(
    schedule: Schedule,
    board: JobBoard,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    mut job: F,
) where
    E: Display,
    F: AsyncFnMut() -> Result<bool, E>,
{
    let mut turns = Turns::new(schedule, board, clock, stop);
    while turns.begin() {
        let result = job().await;
        turns.end(result).await;
    }
}

/// The turns of one job, for jobs that are no closure.
pub(crate) struct Turns {
    schedule: Schedule,
    board: JobBoard,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    started_at: Timestamp,
    was_failing: bool,
}

impl Turns {
    pub(crate) fn new(
        schedule: Schedule,
        board: JobBoard,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Self {
        let started_at = clock.now();
        Self {
            schedule,
            board,
            clock,
            stop,
            started_at,
            was_failing: false,
        }
    }

    /// Begins a turn; false when the job is to stop.
    pub(crate) fn begin(&mut self) -> bool {
        self.started_at = self.clock.now();
        !self.stop.is_cancelled()
    }

    /// Reports how the turn went and waits for the next one.
    pub(crate) async fn end<E: Display>(&mut self, result: Result<bool, E>) {
        let error = result.as_ref().err().map(ToString::to_string);
        let job = self.schedule.name;
        match &error {
            // said once when it begins and once when it ends; the board has the present state
            Some(error) if !self.was_failing => {
                tracing::error!(job, error, "job failed; it is tried again");
            }
            None if self.was_failing => tracing::info!(job, "job works again"),
            _ => {}
        }
        self.was_failing = error.is_some();
        self.board
            .put(job, self.started_at, self.clock.now(), error);
        if !matches!(result, Ok(true)) {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(self.schedule.pause) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beijing_time::FixedClock;

    fn schedule() -> Schedule {
        Schedule {
            name: "test",
            pause: Duration::from_mins(1),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_run_is_reported_and_tried_again() {
        let (board, stop) = (JobBoard::new(), CancellationToken::new());
        let clock = Arc::new(FixedClock::new(Timestamp::from_epoch_ms(1)));
        let mut results = vec![Ok(false), Err("no disk"), Ok(true), Ok(false)];
        results.reverse();
        let inner = stop.clone();
        let mut seen = Vec::new();
        let watched = board.clone();
        repeat(schedule(), board.clone(), clock, stop, async || {
            seen.push(
                watched
                    .reports()
                    .get("test")
                    .and_then(|report| report.error.clone()),
            );
            let result = results.pop().unwrap_or(Ok(false));
            if results.is_empty() {
                inner.cancel();
            }
            result
        })
        .await;
        assert_eq!(seen, [None, None, Some("no disk".to_owned()), None]);
        let report = board.reports().get("test").cloned().expect("a report");
        assert_eq!((report.runs, report.failures), (4, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_schedule_does_not_run() {
        let (board, stop) = (JobBoard::new(), CancellationToken::new());
        stop.cancel();
        let clock = Arc::new(FixedClock::new(Timestamp::from_epoch_ms(1)));
        repeat(schedule(), board.clone(), clock, stop, async || {
            Ok::<_, String>(true)
        })
        .await;
        assert!(board.reports().is_empty());
    }
}

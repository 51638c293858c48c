//! Reminders of the plan's deadlines are written as time passes.

use std::sync::Arc;
use std::time::Duration;

use beijing_time::Clock;
use database::Database;
use plan::PlanBook;
use tokio_util::sync::CancellationToken;

use crate::schedule::Turns;
use crate::{JobBoard, Schedule};

/// How often it is looked whether a stage has begun: days matter, so an hour is soon enough.
const PAUSE: Duration = Duration::from_hours(1);

/// Writes reminders until `stop`.
pub async fn follow_reminders(
    database: Database,
    clock: Arc<dyn Clock>,
    book: Arc<PlanBook>,
    board: JobBoard,
    stop: CancellationToken,
) {
    let schedule = Schedule {
        name: "reminders",
        pause: PAUSE,
    };
    let mut turns = Turns::new(schedule, board, Arc::clone(&clock), stop);
    while turns.begin() {
        let result = tasks::write_reminders(&database, &*clock, &book).await;
        turns.end(result.map(|_written| false)).await;
    }
}

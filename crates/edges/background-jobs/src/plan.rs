//! The plan's measures follow the verdicts.

use std::sync::Arc;

use ::plan::{MeasuresContext, PlanBook, PlanError, follow_measures};
use ::verdicts::{Rulebook, VerdictsContext};
use beijing_time::Clock;
use database::Database;
use sites::DirectoryHandle;

/// Changes taken in, and measures computed, by one run.
const MOST: u32 = 2_000;

/// What measures are computed with.
#[derive(Debug, Clone)]
pub struct PlanJob {
    /// The store.
    pub database: Database,
    /// Points and their regions.
    pub directory: DirectoryHandle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The standards' parameters in use.
    pub rulebook: Arc<Rulebook>,
    /// The plan.
    pub plan: Arc<PlanBook>,
}

/// One run; says whether more may wait. Only one may run on a database.
///
/// # Errors
/// [`PlanError`]; what waited then still waits.
pub async fn run_plan_once(job: &PlanJob) -> Result<bool, PlanError> {
    let directory = job.directory.current();
    let context = MeasuresContext {
        verdicts: VerdictsContext {
            database: &job.database,
            directory: &directory,
            rulebook: &job.rulebook,
            now: job.clock.now(),
        },
        book: &job.plan,
    };
    let done = follow_measures(&context, MOST).await?;
    let most = MOST as usize;
    Ok(done.taken >= most || done.computed >= most)
}

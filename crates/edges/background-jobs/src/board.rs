//! The last run of each job.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use beijing_time::Timestamp;

/// How a job's last run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobReport {
    /// When the last run began.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// What went wrong, if anything did.
    pub error: Option<String>,
    /// Runs since the server started.
    pub runs: u64,
    /// Runs that failed since the server started.
    pub failures: u64,
}

/// Shared by the jobs and whoever asks for their state. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct JobBoard(Arc<Mutex<BTreeMap<&'static str, JobReport>>>);

impl JobBoard {
    /// An empty board.
    pub fn new() -> Self {
        Self::default()
    }

    /// All reports by job name.
    pub fn reports(&self) -> BTreeMap<&'static str, JobReport> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn put(
        &self,
        name: &'static str,
        started_at: Timestamp,
        ended_at: Timestamp,
        error: Option<String>,
    ) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = reports.get(name);
        let failures = before.map_or(0, |report| report.failures) + u64::from(error.is_some());
        let runs = before.map_or(0, |report| report.runs) + 1;
        let duration_ms = ended_at.ms_since(started_at);
        reports.insert(
            name,
            JobReport {
                started_at,
                duration_ms,
                error,
                runs,
                failures,
            },
        );
    }
}

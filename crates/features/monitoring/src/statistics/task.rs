//! The one task that derives what has become dirty.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use database::Database;
use tokio::sync::watch;

use super::derive_dirty;

/// How statistics work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatisticsSettings {
    /// Periods of one transaction at the most.
    pub most_periods: u32,
    /// The least time between two looks at an empty queue.
    pub linger: Duration,
    /// How often the queue is looked at when nobody says that records came.
    pub look: Duration,
    /// How long after a refusal it is tried again.
    pub retry: Duration,
}

impl Default for StatisticsSettings {
    fn default() -> Self {
        Self {
            most_periods: 2_000,
            linger: Duration::from_secs(2),
            look: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

/// What statistics have done since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatisticsFigures {
    /// Periods derived.
    pub periods: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Times at which the queue was found empty.
    pub rests: u64,
}

#[derive(Debug, Default)]
struct Counters {
    periods: AtomicU64,
    failures: AtomicU64,
    rests: AtomicU64,
}

/// What can be known of the running statistics; cloning is cheap.
#[derive(Debug, Clone)]
pub struct Statistics {
    counters: Arc<Counters>,
}

/// The running statistics.
#[derive(Debug)]
pub struct StatisticsTask {
    task: tokio::task::JoinHandle<()>,
    closing: watch::Sender<bool>,
    statistics: Statistics,
}

impl Statistics {
    /// Starts to derive what is dirty, now and whenever `interpreted` (the interpreter's
    /// checkpoint) moves. Only one may run on a database.
    pub fn start(
        database: Database,
        interpreted: watch::Receiver<i64>,
        settings: StatisticsSettings,
    ) -> StatisticsTask {
        let counters = Arc::new(Counters::default());
        let (closing, is_closing) = watch::channel(false);
        let work = Work {
            database,
            interpreted,
            settings,
            counters: Arc::clone(&counters),
            closing: is_closing,
            is_refusing: false,
        };
        StatisticsTask {
            task: tokio::spawn(work.run()),
            closing,
            statistics: Self { counters },
        }
    }

    /// What they have done.
    pub fn figures(&self) -> StatisticsFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StatisticsFigures {
            periods: read(&self.counters.periods),
            failures: read(&self.counters.failures),
            rests: read(&self.counters.rests),
        }
    }
}

impl StatisticsTask {
    /// What can be known of them.
    pub fn handle(&self) -> Statistics {
        self.statistics.clone()
    }

    /// Finishes the transaction at hand and ends.
    pub async fn finish(mut self, patience: Duration) {
        self.closing.send_replace(true);
        if tokio::time::timeout(patience, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

struct Work {
    database: Database,
    interpreted: watch::Receiver<i64>,
    settings: StatisticsSettings,
    counters: Arc<Counters>,
    closing: watch::Receiver<bool>,
    is_refusing: bool,
}

impl Work {
    async fn run(mut self) {
        while !*self.closing.borrow() {
            match derive_dirty(&self.database, self.settings.most_periods).await {
                Ok(0) => {
                    self.recover();
                    self.counters.rests.fetch_add(1, Ordering::Relaxed);
                    self.pause(self.settings.linger).await;
                    self.wait().await;
                }
                Ok(periods) => {
                    self.recover();
                    self.counters
                        .periods
                        .fetch_add(periods as u64, Ordering::Relaxed);
                }
                Err(error) => {
                    self.counters.failures.fetch_add(1, Ordering::Relaxed);
                    if !self.is_refusing {
                        tracing::error!(%error, "statistics cannot be derived; they will follow");
                        self.is_refusing = true;
                    }
                    self.pause(self.settings.retry).await;
                }
            }
        }
    }

    fn recover(&mut self) {
        if self.is_refusing {
            tracing::info!("statistics are derived again");
            self.is_refusing = false;
        }
    }

    async fn pause(&mut self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            _ = self.closing.wait_for(|closing| *closing) => {}
        }
    }

    async fn wait(&mut self) {
        let moved = async {
            if self.interpreted.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep(self.settings.look) => {}
            _ = self.closing.wait_for(|closing| *closing) => {}
        }
    }
}

//! Running the engine against the database: what it is told is queued, what it says is written
//! down, and whoever watches is told.

use std::sync::Arc;

use beijing_time::{Clock, DAY_MS, Timestamp};
use database::Database;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, EngineSettings, Observation, Rule};
use crate::model::AlarmChange;
use crate::store;
use crate::{AlarmError, seed_rules};

/// How often time is let pass.
const TICK_MS: u64 = 1_000;
/// How often what is watched and the rules are read again.
const REFRESH_MS: i64 = 15_000;
/// How often what the engine remembers is written when nothing changed otherwise.
const KEEP_MS: i64 = 10_000;
/// Observations taken in before their changes are written.
const BATCH: usize = 4_096;

/// Where observations go in and changes come out. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct AlarmFeed {
    observations: mpsc::Sender<Vec<Observation>>,
    changes: broadcast::Sender<AlarmChange>,
}

/// The engine with its database.
#[derive(Debug)]
pub struct AlarmKeeper {
    database: Database,
    clock: Arc<dyn Clock>,
    engine: Engine,
    changes: broadcast::Sender<AlarmChange>,
    refreshed_at: Timestamp,
    kept_at: Timestamp,
}

impl AlarmFeed {
    /// A feed and its other end, for [`run_alarms`].
    pub fn new(batches: usize) -> (Self, mpsc::Receiver<Vec<Observation>>) {
        let (observations, receiver) = mpsc::channel(batches.max(1));
        let changes = broadcast::channel(1024).0;
        let feed = Self {
            observations,
            changes,
        };
        (feed, receiver)
    }

    /// Hands observations over; waits while the queue is full. Says whether anybody takes them.
    pub async fn observe(&self, observations: Vec<Observation>) -> bool {
        self.observations.send(observations).await.is_ok()
    }

    /// Watches alarms from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<AlarmChange> {
        self.changes.subscribe()
    }
}

impl AlarmKeeper {
    /// Puts in shipped rules that are missing, and restores what was remembered.
    ///
    /// # Errors
    /// [`AlarmError`] when the database cannot be read or written.
    pub async fn load(
        database: Database,
        clock: Arc<dyn Clock>,
        settings: EngineSettings,
        feed: &AlarmFeed,
    ) -> Result<Self, AlarmError> {
        seed_rules(&database, &*clock).await?;
        let mut engine = Engine::new(settings);
        let (trackers, watermarks, members) = store::engine::load(&database).await?;
        engine.restore(trackers, watermarks, members);
        let now = clock.now();
        let mut keeper = Self {
            database,
            clock,
            engine,
            changes: feed.changes.clone(),
            refreshed_at: now,
            kept_at: now,
        };
        keeper.refresh(now).await?;
        keeper.keep(now).await?;
        Ok(keeper)
    }

    /// Reads again what can be watched and which rules are in force.
    async fn refresh(&mut self, now: Timestamp) -> Result<(), AlarmError> {
        let since = now.plus_ms(-400 * DAY_MS);
        let subjects = store::subjects::load(&self.database, now, since).await?;
        let rules = store::rules::list_at(&self.database, now)
            .await?
            .into_iter()
            .filter(|rule| rule.is_enabled)
            .map(|rule| Rule::new(rule.rule_id, rule.version, rule.definition))
            .collect();
        self.engine.set_world(Arc::new(subjects), rules, now);
        self.refreshed_at = now;
        Ok(())
    }

    /// Takes in observations and writes down what they changed.
    ///
    /// # Errors
    /// [`AlarmError`] when the database refuses; the changes are kept and written with the next.
    pub async fn observe(&mut self, observations: Vec<Observation>) -> Result<(), AlarmError> {
        for observation in observations {
            self.engine.observe(observation);
        }
        self.keep(self.clock.now()).await
    }

    /// Lets time pass, takes note of what persons closed, and now and then reads rules again.
    ///
    /// # Errors
    /// [`AlarmError`] when the database cannot be read or written.
    pub async fn tick(&mut self) -> Result<(), AlarmError> {
        let now = self.clock.now();
        let closed = store::alarms::list_untold(&self.database).await?;
        for (id, at) in &closed {
            self.engine.close(*id, *at);
        }
        self.engine.tick(now);
        if now.ms_since(self.refreshed_at).abs() >= REFRESH_MS {
            self.refresh(now).await?;
        }
        self.keep(now).await?;
        if !closed.is_empty() {
            let mut transaction = self.database.begin().await?;
            for (id, _at) in closed {
                store::alarms::mark_told(&mut transaction, id).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Writes changes at once, and what the engine remembers with them or now and then.
    async fn keep(&mut self, now: Timestamp) -> Result<(), AlarmError> {
        let is_due = now.ms_since(self.kept_at).abs() >= KEEP_MS;
        if !self.engine.has_changes() && !is_due {
            return Ok(());
        }
        let changes = self.engine.take_changes();
        let (trackers, watermarks) = self.engine.take_snapshots();
        let written = self.write(&changes, &trackers, &watermarks, now).await;
        match written {
            Ok(told) => {
                self.kept_at = now;
                for change in told {
                    // nobody watching is no error
                    let _ = self.changes.send(change);
                }
                Ok(())
            }
            Err(error) => {
                self.engine
                    .put_back_changes(changes, &trackers, &watermarks);
                Err(error)
            }
        }
    }

    async fn write(
        &self,
        changes: &[crate::engine::Transition],
        trackers: &[crate::engine::TrackerSnapshot],
        watermarks: &[crate::engine::Watermark],
        now: Timestamp,
    ) -> Result<Vec<AlarmChange>, AlarmError> {
        if changes.is_empty() && trackers.is_empty() && watermarks.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.database.begin().await?;
        let told = store::changes::save(&mut transaction, changes, now).await?;
        store::engine::save(&mut transaction, trackers, watermarks).await?;
        transaction.commit().await?;
        Ok(told)
    }
}

/// Runs alarms until `stop`: takes observations, lets time pass, writes changes down.
pub async fn run_alarms(
    mut keeper: AlarmKeeper,
    mut observations: mpsc::Receiver<Vec<Observation>>,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(TICK_MS));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_failing = false;
    loop {
        let result = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _instant = ticks.tick() => keeper.tick().await,
            batch = observations.recv() => match batch {
                Some(mut batch) => {
                    while batch.len() < BATCH {
                        let Ok(more) = observations.try_recv() else { break };
                        batch.extend(more);
                    }
                    keeper.observe(batch).await
                }
                None => break,
            },
        };
        match &result {
            Err(error) if !was_failing => {
                tracing::error!(%error, "alarms cannot be kept; it is tried again");
            }
            Ok(()) if was_failing => tracing::info!("alarms are kept again"),
            _ => {}
        }
        was_failing = result.is_err();
    }
    keeper.kept_at = Timestamp::from_epoch_ms(0);
    if let Err(error) = keeper.keep(keeper.clock.now()).await {
        tracing::error!(%error, "the last changes of alarms were not kept");
    }
}

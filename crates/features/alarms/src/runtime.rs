//! Running the engine against the database: what it is told is queued, what it says is written
//! down, and whoever watches is told.

use std::collections::VecDeque;
use std::sync::Arc;

use beijing_time::{Clock, DAY_MS, Timestamp};
use database::Database;
use monitoring::journal::{load_checkpoint, move_checkpoint};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, EngineSettings, Observation, Rule, Subjects};
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
/// How long devices have after a start to speak before their silence counts.
const GRACE_MS: i64 = 300_000;

/// The name of alarms among the readers of the journal.
pub const ALARM_READER: &str = "alarms";

/// What is handed over at once.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// What was observed.
    pub observations: Vec<Observation>,
    /// The batch of the journal that it is all of, if it comes from there.
    pub batch_id: Option<i64>,
    /// Whether nothing older is still to come: from then on the clock is looked at.
    pub is_present: bool,
}

/// Where observations go in and changes come out. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct AlarmFeed {
    observations: mpsc::Sender<Observed>,
    changes: broadcast::Sender<AlarmChange>,
}

/// The engine with its database.
#[derive(Debug)]
pub struct AlarmKeeper {
    database: Database,
    clock: Arc<dyn Clock>,
    engine: Engine,
    changes: broadcast::Sender<AlarmChange>,
    settle_ms: i64,
    progress: Progress,
    refreshed_at: Timestamp,
    kept_at: Timestamp,
}

/// How far the journal was taken in.
#[derive(Debug, Default)]
struct Progress {
    /// Up to where a restart need not look again, as kept.
    kept: i64,
    /// The same, as known.
    done: i64,
    /// Batches taken in, with the instant when nothing of them waits any more.
    waiting: VecDeque<(i64, Timestamp)>,
}

impl Progress {
    fn take_in(&mut self, batch_id: i64, settled_at: Timestamp) {
        if self.waiting.back().map_or(self.done, |(last, _)| *last) < batch_id {
            self.waiting.push_back((batch_id, settled_at));
        }
    }

    fn settle(&mut self, now: Timestamp, has_waiting: bool) {
        while let Some((batch_id, settled_at)) = self.waiting.front() {
            if has_waiting && *settled_at > now {
                break;
            }
            self.done = *batch_id;
            self.waiting.pop_front();
        }
    }
}

impl AlarmFeed {
    /// A feed and its other end, for [`run_alarms`].
    pub fn new(batches: usize) -> (Self, mpsc::Receiver<Observed>) {
        let (observations, receiver) = mpsc::channel(batches.max(1));
        let changes = broadcast::channel(1024).0;
        let feed = Self {
            observations,
            changes,
        };
        (feed, receiver)
    }

    /// Hands observations over; waits while the queue is full. Says whether anybody takes them.
    pub async fn observe(&self, observed: Observed) -> bool {
        self.observations.send(observed).await.is_ok()
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
        let checkpoint = load_checkpoint(&database, ALARM_READER).await?;
        let mut keeper = Self {
            database,
            clock,
            engine,
            changes: feed.changes.clone(),
            settle_ms: settings.settle_ms,
            progress: Progress {
                kept: checkpoint,
                done: checkpoint,
                waiting: VecDeque::new(),
            },
            refreshed_at: now,
            kept_at: now,
        };
        if checkpoint == 0 {
            keeper.enter_as_reader(now).await?;
        }
        // what came while nobody looked is caught up with first: time passes with it
        let (subjects, rules) = keeper.load_world(now).await?;
        keeper.engine.enter_world(subjects, rules, now);
        keeper.engine.postpone_clocks(now.plus_ms(GRACE_MS));
        keeper.keep(now).await?;
        Ok(keeper)
    }

    /// From now on what is not taken in stays in the journal.
    async fn enter_as_reader(&self, now: Timestamp) -> Result<(), AlarmError> {
        let mut transaction = self.database.begin().await?;
        move_checkpoint(&mut transaction, ALARM_READER, 0, 0, now).await?;
        Ok(transaction.commit().await?)
    }

    /// The last batch of the journal that a restart need not look at again.
    pub fn checkpoint(&self) -> i64 {
        self.progress.kept
    }

    /// Reads again what can be watched and which rules are in force.
    async fn refresh(&mut self, now: Timestamp) -> Result<(), AlarmError> {
        let (subjects, rules) = self.load_world(now).await?;
        self.engine.set_world(subjects, rules, now);
        self.refreshed_at = now;
        Ok(())
    }

    async fn load_world(&self, now: Timestamp) -> Result<(Arc<Subjects>, Vec<Rule>), AlarmError> {
        let since = now.plus_ms(-400 * DAY_MS);
        let subjects = store::subjects::load(&self.database, now, since).await?;
        let rules = store::rules::list_at(&self.database, now)
            .await?
            .into_iter()
            .filter(|rule| rule.is_enabled)
            .map(|rule| Rule::new(rule.rule_id, rule.version, rule.definition))
            .collect();
        Ok((Arc::new(subjects), rules))
    }

    /// Takes in observations and writes down what they changed.
    ///
    /// # Errors
    /// [`AlarmError`] when the database refuses; the changes are kept and written with the next.
    pub async fn observe(&mut self, observations: Vec<Observation>) -> Result<(), AlarmError> {
        self.take_in(observations, None);
        self.keep(self.clock.now()).await
    }

    /// Takes in a whole batch of the journal and writes down what it changed. What it has, and how
    /// far the journal was taken in, is written together.
    ///
    /// # Errors
    /// [`AlarmError`] when the database refuses; the changes are kept and written with the next.
    pub async fn observe_batch(
        &mut self,
        batch_id: i64,
        observations: Vec<Observation>,
    ) -> Result<(), AlarmError> {
        self.take_in(observations, Some(batch_id));
        self.keep(self.clock.now()).await
    }

    fn take_in(&mut self, observations: Vec<Observation>, batch_id: Option<i64>) {
        for observation in observations {
            self.engine.observe(observation);
        }
        if let Some(batch_id) = batch_id {
            // the engine's present is not before the arrival of anything in the batch
            let settled_at = self.engine.now().plus_ms(self.settle_ms);
            self.progress.take_in(batch_id, settled_at);
        }
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
        let has_waiting = self.engine.has_waiting();
        self.progress.settle(self.engine.now(), has_waiting);
        let written = self.write(&changes, &trackers, &watermarks, now).await;
        match written {
            Ok(told) => {
                self.kept_at = now;
                self.progress.kept = self.progress.done;
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
        let Progress { kept, done, .. } = self.progress;
        let has_moved = done != kept;
        if changes.is_empty() && trackers.is_empty() && watermarks.is_empty() && !has_moved {
            return Ok(Vec::new());
        }
        let mut transaction = self.database.begin().await?;
        let told = store::changes::save(&mut transaction, changes, now).await?;
        store::engine::save(&mut transaction, trackers, watermarks).await?;
        if has_moved && !move_checkpoint(&mut transaction, ALARM_READER, kept, done, now).await? {
            return Err(AlarmError::conflict(
                "another server keeps the alarms of this database",
            ));
        }
        transaction.commit().await?;
        Ok(told)
    }
}

/// Runs alarms until `stop`: takes observations, lets time pass, writes changes down. Time passes
/// by the clock only from when [`Observed::is_present`] was said: a device is not silent whose
/// packets are still to be caught up with.
pub async fn run_alarms(
    mut keeper: AlarmKeeper,
    mut observed: mpsc::Receiver<Observed>,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(TICK_MS));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut was_failing, mut is_present) = (false, false);
    loop {
        let result = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _instant = ticks.tick(), if is_present => keeper.tick().await,
            first = observed.recv() => {
                let Some(first) = first else { break };
                let (mut taken, mut next) = (0, Some(first));
                while let Some(one) = next {
                    taken += one.observations.len();
                    is_present |= one.is_present;
                    keeper.take_in(one.observations, one.batch_id);
                    next = if taken < BATCH { observed.try_recv().ok() } else { None };
                }
                keeper.keep(keeper.clock.now()).await
            }
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

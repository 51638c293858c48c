//! The one task that turns the journal into records.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use beijing_time::Clock;
use database::Database;
use sites::DirectoryHandle;
use tokio::sync::watch;

use super::chunk::{Chunk, INTERPRETER, list_changed, list_dirty, take_late};
use super::figures::{Counters, InterpreterFigures, InterpreterHealth};
use crate::retention::Removals;
use crate::store::{journal, records as store, retention};
use crate::{LastRecord, LiveFeed, MonitoringError, RecordKind};

/// How the interpreter works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterpreterSettings {
    /// Packets of one transaction at the most, unless a single batch has more.
    pub most_packets: i64,
    /// Batches of one transaction at the most.
    pub most_batches: u32,
    /// The least time between two transactions that are not full.
    pub linger: Duration,
    /// How long after a refusal it is tried again.
    pub retry: Duration,
    /// How often the journal is looked at when nobody says that it has grown.
    pub look: Duration,
}

impl Default for InterpreterSettings {
    fn default() -> Self {
        Self {
            most_packets: 20_000,
            most_batches: 64,
            linger: Duration::from_millis(100),
            retry: Duration::from_millis(500),
            look: Duration::from_secs(1),
        }
    }
}

/// What can be known of the running interpreter; cloning is cheap.
#[derive(Debug, Clone)]
pub struct Interpreter {
    counters: Arc<Counters>,
    health: watch::Receiver<InterpreterHealth>,
    checkpoint: watch::Receiver<i64>,
    journal_committed: watch::Receiver<i64>,
    clock: Arc<dyn Clock>,
}

/// The running interpreter.
#[derive(Debug)]
pub struct InterpreterTask {
    task: tokio::task::JoinHandle<()>,
    closing: watch::Sender<bool>,
    interpreter: Interpreter,
}

impl Interpreter {
    /// Starts the interpreter: it takes up where the last one stopped. Only one may run on a
    /// database; a second one notices that its checkpoint was moved and reads on from there.
    pub fn start(
        database: Database,
        directory: DirectoryHandle,
        journal_committed: watch::Receiver<i64>,
        feed: LiveFeed,
        clock: Arc<dyn Clock>,
        settings: InterpreterSettings,
    ) -> InterpreterTask {
        let counters = Arc::new(Counters::default());
        let (health_sender, health) = watch::channel(InterpreterHealth::Working);
        let (checkpoint_sender, checkpoint) = watch::channel(0);
        let (closing, is_closing) = watch::channel(false);
        let work = Work {
            database,
            directory,
            journal_committed: journal_committed.clone(),
            feed,
            clock: Arc::clone(&clock),
            settings,
            counters: Arc::clone(&counters),
            health: health_sender,
            checkpoint_sender,
            closing: is_closing,
            checkpoint: None,
            pending: None,
        };
        InterpreterTask {
            task: tokio::spawn(work.run()),
            closing,
            interpreter: Self {
                counters,
                health,
                checkpoint,
                journal_committed,
                clock,
            },
        }
    }

    /// What it has done and how far behind it is.
    pub fn figures(&self) -> InterpreterFigures {
        let committed = *self.journal_committed.borrow();
        self.counters.figures(committed, self.clock.now())
    }

    /// Whether records are being written, to be watched.
    pub fn health(&self) -> watch::Receiver<InterpreterHealth> {
        self.health.clone()
    }

    /// The last batch whose records are committed, to be watched.
    pub fn checkpoint(&self) -> watch::Receiver<i64> {
        self.checkpoint.clone()
    }
}

impl InterpreterTask {
    /// What can be known of it.
    pub fn handle(&self) -> Interpreter {
        self.interpreter.clone()
    }

    /// What it has done and how far behind it is.
    pub fn figures(&self) -> InterpreterFigures {
        self.interpreter.figures()
    }

    /// Finishes the transaction at hand and ends; the next start takes up from there.
    pub async fn finish(mut self, patience: Duration) {
        self.closing.send_replace(true);
        if tokio::time::timeout(patience, &mut self.task)
            .await
            .is_err()
        {
            tracing::warn!("the interpreter could not finish its transaction; it will be repeated");
            self.task.abort();
        }
    }

    /// Ends at once, as a killed process would; for tests.
    pub fn abort(self) {
        self.task.abort();
    }
}

struct Work {
    database: Database,
    directory: DirectoryHandle,
    journal_committed: watch::Receiver<i64>,
    feed: LiveFeed,
    clock: Arc<dyn Clock>,
    settings: InterpreterSettings,
    counters: Arc<Counters>,
    health: watch::Sender<InterpreterHealth>,
    checkpoint_sender: watch::Sender<i64>,
    closing: watch::Receiver<bool>,
    /// Where the database said the checkpoint is; asked again after every failure.
    checkpoint: Option<i64>,
    /// What was interpreted and is not known to be committed.
    pending: Option<Chunk>,
}

impl Work {
    async fn run(mut self) {
        let mut is_restored = false;
        while !*self.closing.borrow() {
            let started = Instant::now();
            let result = if is_restored {
                self.step().await
            } else {
                self.restore().await.map(|()| is_restored = true)
            };
            match result {
                Ok(()) => self.recover(),
                Err(error) => {
                    self.refuse(&error);
                    self.checkpoint = None;
                    self.pause(self.settings.retry).await;
                    continue;
                }
            }
            let is_behind = self.counters.oldest_ms.load(Ordering::Relaxed) > 0;
            if is_restored && !is_behind {
                self.pause(self.settings.linger.saturating_sub(started.elapsed()))
                    .await;
                self.wait().await;
            }
        }
    }

    /// The last records, so that a restart knows them.
    async fn restore(&mut self) -> Result<(), MonitoringError> {
        let last = store::list_last(&self.database).await?;
        self.feed.remember(last);
        Ok(())
    }

    /// Interprets and writes what there is, up to one transaction.
    async fn step(&mut self) -> Result<(), MonitoringError> {
        let checkpoint = match self.checkpoint {
            Some(checkpoint) => checkpoint,
            None => self.find_checkpoint().await?,
        };
        if self.pending.is_none() {
            self.pending = self.read(checkpoint).await?;
        }
        let Some(chunk) = self.pending.take() else {
            self.counters.oldest_ms.store(0, Ordering::Relaxed);
            return Ok(());
        };
        let started = Instant::now();
        match self.write(&chunk).await {
            Ok(last) => {
                let elapsed = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.counters
                    .last_commit_us
                    .store(elapsed, Ordering::Relaxed);
                self.feed.remember(last);
                self.publish(chunk);
                Ok(())
            }
            Err(error) => {
                self.pending = Some(chunk);
                Err(error)
            }
        }
    }

    /// Asks the database how far we are; it may have committed what it told us it had not.
    async fn find_checkpoint(&mut self) -> Result<i64, MonitoringError> {
        let checkpoint = journal::load_checkpoint(&self.database, INTERPRETER).await?;
        let head = journal::load_head(&self.database).await?.batch_id;
        self.counters.head.store(head, Ordering::Relaxed);
        if let Some(chunk) = self.pending.take() {
            if checkpoint == chunk.from {
                self.pending = Some(chunk);
            } else if checkpoint == chunk.to {
                self.publish(chunk);
            } else {
                tracing::warn!(
                    checkpoint,
                    "another interpreter works on this database; reading on from its checkpoint"
                );
            }
        }
        self.set_checkpoint(checkpoint);
        Ok(checkpoint)
    }

    fn set_checkpoint(&mut self, checkpoint: i64) {
        self.checkpoint = Some(checkpoint);
        self.counters
            .checkpoint
            .store(checkpoint, Ordering::Relaxed);
        self.checkpoint_sender.send_replace(checkpoint);
    }

    async fn read(&self, after: i64) -> Result<Option<Chunk>, MonitoringError> {
        let listed =
            journal::list_batches(&self.database, after, self.settings.most_batches).await?;
        let Some(first) = listed.first() else {
            return Ok(None);
        };
        self.counters
            .oldest_ms
            .store(first.first_received_ms, Ordering::Relaxed);
        if let Some(last) = listed.last() {
            self.counters.head.fetch_max(last.id, Ordering::Relaxed);
        }
        let mut packets = 0;
        let fitting = listed.iter().take_while(|batch| {
            packets += batch.packet_count;
            packets <= self.settings.most_packets
        });
        let count = u32::try_from(fitting.count().max(1)).unwrap_or(1);
        let contents = journal::list_contents(&self.database, after, count).await?;
        let directory = self.directory.current();
        let chunk =
            tokio::task::spawn_blocking(move || Chunk::interpret(after, contents, &directory))
                .await
                .map_err(|error| MonitoringError::damaged("batch", error))?;
        Ok(Some(chunk))
    }

    /// Writes records, last records, dirty periods and checkpoint; returns the last records.
    async fn write(
        &self,
        chunk: &Chunk,
    ) -> Result<HashMap<(i64, RecordKind), LastRecord>, MonitoringError> {
        let mut rows = chunk.sorted();
        let last = self.find_last(chunk);
        let mut dirty = list_dirty(chunk);
        let mut transaction = self.database.begin().await?;
        let written = async {
            let removals = Removals::load_in(&mut transaction).await?;
            let late = take_late(&removals, &mut rows, &mut dirty);
            retention::count_late(&mut transaction, &late).await?;
            store::insert_records(&mut transaction, &rows).await?;
            store::put_dirty(&mut transaction, &dirty).await?;
            let changed = list_changed(&rows);
            crate::store::changes::insert(&mut transaction, &changed).await?;
            store::put_last(&mut transaction, &last).await?;
            let now = self.clock.now();
            journal::move_checkpoint(&mut transaction, INTERPRETER, chunk.from, chunk.to, now).await
        }
        .await;
        match written {
            Ok(true) => transaction.commit().await?,
            Ok(false) => {
                transaction.rollback().await?;
                return Err(MonitoringError::damaged(
                    "checkpoint of the interpreter",
                    "another one has moved it",
                ));
            }
            // dropped, it is undone; that this may fail too must not hide why
            Err(error) => return Err(error),
        }
        Ok(last)
    }

    fn find_last(&self, chunk: &Chunk) -> HashMap<(i64, RecordKind), LastRecord> {
        let mut last: HashMap<(i64, RecordKind), LastRecord> = HashMap::new();
        for record in chunk.records().filter(|record| !record.marks.is_future) {
            let key = (record.point_id, record.kind);
            let known = last
                .remove(&key)
                .or_else(|| self.feed.last(key.0, key.1))
                .map_or_else(
                    || LastRecord::of(record),
                    |known| known.with(LastRecord::of(record)),
                );
            last.insert(key, known);
        }
        last
    }

    fn publish(&mut self, chunk: Chunk) {
        self.counters.count(&chunk.counts);
        for batch in chunk.batches {
            self.feed.publish(Arc::new(batch));
        }
        // last: who waits for the checkpoint finds all the rest done
        self.set_checkpoint(chunk.to);
    }

    fn recover(&self) {
        if *self.health.borrow() != InterpreterHealth::Working {
            tracing::info!("the interpreter writes records again");
            self.health.send_replace(InterpreterHealth::Working);
        }
    }

    fn refuse(&self, error: &MonitoringError) {
        self.counters.failures.fetch_add(1, Ordering::Relaxed);
        let reason = error.to_string();
        let since = self.clock.now();
        self.health.send_if_modified(|health| {
            if matches!(health, InterpreterHealth::Refusing { .. }) {
                return false;
            }
            tracing::error!(
                reason,
                "the interpreter cannot write records; packets are kept and will be interpreted"
            );
            *health = InterpreterHealth::Refusing { since, reason };
            true
        });
    }

    async fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            _ = self.closing.wait_for(|closing| *closing) => {}
        }
    }

    /// Waits until the journal has grown, or for a while.
    async fn wait(&mut self) {
        let checkpoint = self.checkpoint.unwrap_or(0);
        let grown = async {
            if self
                .journal_committed
                .wait_for(|head| *head > checkpoint)
                .await
                .is_err()
            {
                // no journal in this process
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = grown => {}
            () = tokio::time::sleep(self.settings.look) => {}
            _ = self.closing.wait_for(|closing| *closing) => {}
        }
    }
}

//! The journal: every packet of a known device is committed here before it is acknowledged.
//!
//! Many connections share one commit. A [`Journal`] is a bounded queue; one [`JournalTask`] takes
//! what has come in, writes it as one row chained to the row before, commits durably and then tells
//! each packet's [`CommitSink`](crate::CommitSink). When the database cannot commit, nothing is
//! acknowledged, [`Journal::health`] says so, the queue fills and holds back the sockets, and the
//! task tries again by itself with the same packets.

pub(crate) mod batch;
mod reader;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use beijing_time::{Clock, Timestamp};
use database::Database;
use tokio::sync::{mpsc, watch};

pub(crate) use reader::find_in_journal;
pub use reader::{
    BatchSummary, ChainState, find_head, list_batches, load_batch, load_checkpoint,
    move_checkpoint, verify_journal_chain,
};

use crate::{ArrivedPacket, MonitoringError};

/// How the journal works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalSettings {
    /// Packets that may wait for their commit; more hold back their sockets.
    pub queue_packets: usize,
    /// Packets of one commit at the most (65,536 or fewer).
    pub batch_packets: usize,
    /// Bytes of one commit at the most, roughly.
    pub batch_bytes: usize,
    /// How long the first packet of a commit waits for others.
    pub linger: Duration,
    /// How long after a failed commit it is tried again.
    pub retry: Duration,
    /// A commit that takes longer is said to be refused while it is still waited for.
    pub patience: Duration,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            queue_packets: 32_768,
            batch_packets: 16_384,
            batch_bytes: 32 << 20,
            linger: Duration::from_millis(15),
            retry: Duration::from_millis(500),
            patience: Duration::from_secs(3),
        }
    }
}

/// Whether packets are being committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalHealth {
    /// The last commit went through.
    Committing,
    /// The database refuses: nothing is acknowledged until it takes commits again.
    Refusing {
        /// Since when.
        since: Timestamp,
        /// What the database said.
        reason: String,
    },
}

/// What the journal has done since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JournalFigures {
    /// Packets committed.
    pub packets: u64,
    /// Bytes of packets committed.
    pub bytes: u64,
    /// Bytes written for them.
    pub stored_bytes: u64,
    /// Commits.
    pub commits: u64,
    /// Commits that failed.
    pub failures: u64,
    /// How long the last commit took, microseconds.
    pub last_commit_us: u64,
    /// The longest commit, microseconds.
    pub longest_commit_us: u64,
    /// Packets waiting now.
    pub waiting: u64,
    /// When the last commit returned.
    pub last_commit_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    packets: AtomicU64,
    bytes: AtomicU64,
    stored_bytes: AtomicU64,
    commits: AtomicU64,
    failures: AtomicU64,
    last_commit_us: AtomicU64,
    longest_commit_us: AtomicU64,
    last_commit_ms: AtomicI64,
}

/// The way into the journal; cloning is cheap.
#[derive(Debug, Clone)]
pub struct Journal {
    sender: mpsc::Sender<ArrivedPacket>,
    health: watch::Receiver<JournalHealth>,
    committed: watch::Receiver<i64>,
    counters: Arc<Counters>,
    closing: Arc<watch::Sender<bool>>,
}

/// Room for one packet, kept free until it is used or dropped.
#[derive(Debug)]
pub struct JournalRoom(mpsc::OwnedPermit<ArrivedPacket>);

impl JournalRoom {
    /// Puts the packet in.
    pub fn put(self, packet: ArrivedPacket) {
        self.0.send(packet);
    }
}

/// A packet that the journal did not take, given back.
#[derive(Debug)]
pub enum NotTaken {
    /// There is no room at the moment.
    Full(ArrivedPacket),
    /// The journal ends.
    Closed(ArrivedPacket),
}

/// The running writer.
#[derive(Debug)]
pub struct JournalTask {
    task: tokio::task::JoinHandle<()>,
    closing: Arc<watch::Sender<bool>>,
}

impl Journal {
    /// Starts the journal's writer. One journal runs for each raw store; a second one on the same
    /// database is safe, but both then write shorter batches.
    pub fn start(
        database: Database,
        clock: Arc<dyn Clock>,
        settings: JournalSettings,
    ) -> (Self, JournalTask) {
        let (sender, receiver) = mpsc::channel(settings.queue_packets.max(1));
        let (health_sender, health) = watch::channel(JournalHealth::Committing);
        let (committed_sender, committed) = watch::channel(0);
        let counters = Arc::new(Counters::default());
        let closing = Arc::new(watch::channel(false).0);
        let writer = writer::Writer {
            database,
            clock,
            settings,
            receiver,
            health: health_sender,
            committed: committed_sender,
            counters: Arc::clone(&counters),
            closing: closing.subscribe(),
        };
        let task = tokio::spawn(writer.run());
        let journal = Self {
            sender,
            health,
            committed,
            counters,
            closing: Arc::clone(&closing),
        };
        (journal, JournalTask { task, closing })
    }

    /// Puts a packet in; waits while the queue is full, which is the back-pressure.
    ///
    /// # Errors
    /// [`MonitoringError::JournalClosed`] after [`JournalTask::finish`].
    pub async fn put(&self, packet: ArrivedPacket) -> Result<(), MonitoringError> {
        if *self.closing.borrow() {
            return Err(MonitoringError::JournalClosed);
        }
        self.sender
            .send(packet)
            .await
            .map_err(|_closed| MonitoringError::JournalClosed)
    }

    /// Puts several packets in, in order, waiting for room for all of them together.
    ///
    /// # Errors
    /// [`MonitoringError::JournalClosed`] after [`JournalTask::finish`]; none of them was taken.
    pub async fn put_all(&self, packets: Vec<ArrivedPacket>) -> Result<(), MonitoringError> {
        if *self.closing.borrow() {
            return Err(MonitoringError::JournalClosed);
        }
        let mut packets = packets.into_iter().peekable();
        while packets.peek().is_some() {
            let most = self.sender.max_capacity().min(256);
            let part: Vec<ArrivedPacket> = packets.by_ref().take(most).collect();
            let permits = self
                .sender
                .reserve_many(part.len())
                .await
                .map_err(|_closed| MonitoringError::JournalClosed)?;
            for (permit, packet) in permits.zip(part) {
                permit.send(packet);
            }
        }
        Ok(())
    }

    /// Puts a packet in if there is room, without waiting.
    ///
    /// # Errors
    /// [`NotTaken`] gives the packet back.
    pub fn try_put(&self, packet: ArrivedPacket) -> Result<(), NotTaken> {
        if *self.closing.borrow() {
            return Err(NotTaken::Closed(packet));
        }
        self.sender.try_send(packet).map_err(|error| match error {
            mpsc::error::TrySendError::Full(packet) => NotTaken::Full(packet),
            mpsc::error::TrySendError::Closed(packet) => NotTaken::Closed(packet),
        })
    }

    /// Waits for room for one packet. Who waits longest gets it first. `None` when the journal
    /// ends.
    pub async fn reserve(&self) -> Option<JournalRoom> {
        if *self.closing.borrow() {
            return None;
        }
        let permit = self.sender.clone().reserve_owned().await;
        permit.ok().map(JournalRoom)
    }

    /// Whether packets are being committed, to be watched.
    pub fn health(&self) -> watch::Receiver<JournalHealth> {
        self.health.clone()
    }

    /// The id of the last committed batch, to be watched by readers of the journal; 0 before the
    /// first commit since the start.
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.committed.clone()
    }

    /// What the journal has done.
    pub fn figures(&self) -> JournalFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let at = self.counters.last_commit_ms.load(Ordering::Relaxed);
        JournalFigures {
            packets: read(&self.counters.packets),
            bytes: read(&self.counters.bytes),
            stored_bytes: read(&self.counters.stored_bytes),
            commits: read(&self.counters.commits),
            failures: read(&self.counters.failures),
            last_commit_us: read(&self.counters.last_commit_us),
            longest_commit_us: read(&self.counters.longest_commit_us),
            waiting: (self.sender.max_capacity() - self.sender.capacity()) as u64,
            last_commit_at: (at > 0).then(|| Timestamp::from_epoch_ms(at)),
        }
    }
}

impl JournalTask {
    /// Takes no new packets, commits what is waiting and ends. When the database does not take it
    /// within `patience`, the rest is given up: it was never acknowledged.
    pub async fn finish(mut self, patience: Duration) {
        self.closing.send_replace(true);
        if tokio::time::timeout(patience, &mut self.task)
            .await
            .is_err()
        {
            tracing::warn!("the journal could not commit its last packets; none was acknowledged");
            self.task.abort();
        }
    }

    /// Ends at once, as a killed process would; for tests.
    pub fn abort(self) {
        self.task.abort();
    }
}

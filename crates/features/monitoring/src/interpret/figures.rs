//! How far interpretation has come and whether it goes on.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use beijing_time::Timestamp;

use super::chunk::Counts;

/// What the interpreter has done since the start, and how far behind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InterpreterFigures {
    /// The last batch whose records are committed.
    pub checkpoint: i64,
    /// The last batch of the journal.
    pub head: i64,
    /// How long the oldest packet without records has been waiting, milliseconds.
    pub lag_ms: i64,
    /// Packets interpreted.
    pub packets: u64,
    /// Records made of them.
    pub records: u64,
    /// Departures from the standard found in them.
    pub defects: u64,
    /// Packets of which values are missing in the records: unreadable, without a time, or with a
    /// factor that belongs to no point. The packets are kept.
    pub incomplete_packets: u64,
    /// Batches whose stored bytes are damaged; they were passed over.
    pub damaged_batches: u64,
    /// Commits.
    pub commits: u64,
    /// Commits that failed.
    pub failures: u64,
    /// How long the last commit took, from its first statement, microseconds.
    pub last_commit_us: u64,
}

/// Whether records are being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterpreterHealth {
    /// The last attempt went through.
    Working,
    /// The database refuses; the journal is kept, and interpretation goes on when it can.
    Refusing {
        /// Since when.
        since: Timestamp,
        /// What the database said.
        reason: String,
    },
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) checkpoint: AtomicI64,
    pub(super) head: AtomicI64,
    /// When the oldest packet in work was received; 0 when none is.
    pub(super) oldest_ms: AtomicI64,
    packets: AtomicU64,
    records: AtomicU64,
    defects: AtomicU64,
    incomplete: AtomicU64,
    damaged: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) failures: AtomicU64,
    pub(super) last_commit_us: AtomicU64,
}

impl Counters {
    pub(super) fn count(&self, counts: &Counts) {
        let add = |counter: &AtomicU64, count: u64| counter.fetch_add(count, Ordering::Relaxed);
        add(&self.packets, counts.packets);
        add(&self.records, counts.records);
        add(&self.defects, counts.defects);
        add(&self.incomplete, counts.incomplete);
        add(&self.damaged, counts.damaged);
        add(&self.commits, 1);
    }

    pub(super) fn figures(&self, committed: i64, now: Timestamp) -> InterpreterFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let checkpoint = self.checkpoint.load(Ordering::Relaxed);
        let head = self.head.load(Ordering::Relaxed).max(committed);
        let oldest = self.oldest_ms.load(Ordering::Relaxed);
        let lag_ms = if head > checkpoint && oldest > 0 {
            now.epoch_ms().saturating_sub(oldest).max(0)
        } else {
            0
        };
        InterpreterFigures {
            checkpoint,
            head,
            lag_ms,
            packets: read(&self.packets),
            records: read(&self.records),
            defects: read(&self.defects),
            incomplete_packets: read(&self.incomplete),
            damaged_batches: read(&self.damaged),
            commits: read(&self.commits),
            failures: read(&self.failures),
            last_commit_us: read(&self.last_commit_us),
        }
    }
}

//! What is shared of one connection: its task, the journal's commits, commands and housekeeping
//! meet here.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use beijing_time::Timestamp;
use bytes::Bytes;
use commands::{Connection, Counter, LiveConnections, Traffic};
use monitoring::{CommitSink, PacketId};
use tokio::sync::Notify;

use crate::budget::BufferBudget;
use crate::events::EndReason;

/// A packet that waits for its commit.
#[derive(Debug)]
struct Pending {
    tag: u64,
    answer: Option<Bytes>,
    size: usize,
}

/// The shared side of one connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: i64,
    pub(crate) peer: SocketAddr,
    pub(crate) opened_at: Timestamp,
    pub(crate) live: Arc<LiveConnections>,
    pub(crate) budget: Arc<BufferBudget>,
    /// Wakes the connection's task: answers to send, or an order to end.
    pub(crate) wake: Notify,
    outgoing: Mutex<Vec<u8>>,
    most_outgoing: usize,
    end: AtomicU8,
    /// Packets that wait for their commit, in the order they came.
    pending: Mutex<VecDeque<Pending>>,
    next_tag: AtomicU64,
    pub(crate) opened_monotonic_ms: u64,
    packets: AtomicU64,
    bytes: AtomicU64,
    last_packet_ms: AtomicI64,
    /// Monotonic milliseconds since the gateway's start; 0 means "not at the moment".
    pub(crate) last_read: AtomicU64,
    pub(crate) frame_since: AtomicU64,
    pub(crate) write_since: AtomicU64,
    /// Bytes of an unfinished packet.
    pub(crate) buffered: AtomicUsize,
}

impl Link {
    pub(crate) fn new(
        id: i64,
        peer: SocketAddr,
        opened_at: Timestamp,
        live: Arc<LiveConnections>,
        budget: Arc<BufferBudget>,
        most_outgoing: usize,
        opened_monotonic_ms: u64,
    ) -> Self {
        Self {
            id,
            peer,
            opened_at,
            live,
            budget,
            wake: Notify::new(),
            outgoing: Mutex::default(),
            most_outgoing,
            end: AtomicU8::new(EndReason::Open as u8),
            pending: Mutex::default(),
            next_tag: AtomicU64::new(0),
            opened_monotonic_ms,
            packets: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            last_packet_ms: AtomicI64::new(0),
            last_read: AtomicU64::new(0),
            frame_since: AtomicU64::new(0),
            write_since: AtomicU64::new(0),
            buffered: AtomicUsize::new(0),
        }
    }

    /// Orders the connection to end; the first reason stays.
    pub(crate) fn end(&self, reason: EndReason) {
        let _ = self.end.compare_exchange(
            EndReason::Open as u8,
            reason as u8,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        self.wake.notify_one();
    }

    /// Why it is to end, [`EndReason::Open`] while it is not.
    pub(crate) fn end_reason(&self) -> EndReason {
        EndReason::from_number(self.end.load(Ordering::Acquire))
    }

    /// Appends to what is to be sent.
    pub(crate) fn push(&self, packet: &[u8]) -> bool {
        // A stopping gateway still sends the answers of packets under way.
        if !matches!(self.end_reason(), EndReason::Open | EndReason::Stopped) {
            return false;
        }
        {
            let mut outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
            if outgoing.len() + packet.len() > self.most_outgoing {
                drop(outgoing);
                self.end(EndReason::NotReading);
                return false;
            }
            outgoing.extend_from_slice(packet);
        }
        self.wake.notify_one();
        true
    }

    /// Takes what is to be sent.
    pub(crate) fn take_outgoing(&self) -> Vec<u8> {
        std::mem::take(&mut *self.outgoing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn has_outgoing(&self) -> bool {
        !self
            .outgoing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Packets that wait for their commit.
    pub(crate) fn in_flight(&self) -> usize {
        self.lock_pending().len()
    }

    fn lock_pending(&self) -> MutexGuard<'_, VecDeque<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a packet that goes to be kept, and the answer that goes out once it is. Returns the
    /// tag to settle it by.
    pub(crate) fn expect(&self, answer: Option<Bytes>, size: usize) -> u64 {
        self.budget.add(size);
        let mut pending = self.lock_pending();
        let tag = self.next_tag.fetch_add(1, Ordering::Relaxed);
        pending.push_back(Pending { tag, answer, size });
        tag
    }

    /// A packet is kept, and its answer goes out if it is to be answered.
    fn settle(&self, tag: u64, is_answered: bool) {
        let (settled, is_last) = {
            let mut pending = self.lock_pending();
            // The journal keeps the order, so it is nearly always the first.
            let Some(at) = pending.iter().position(|pending| pending.tag == tag) else {
                return;
            };
            let settled = pending.remove(at);
            if pending.is_empty() {
                *pending = VecDeque::new();
            }
            (settled, pending.is_empty())
        };
        let Some(Pending { answer, size, .. }) = settled else {
            return;
        };
        self.budget.release(size);
        if let Some(answer) = answer.filter(|_| is_answered)
            && self.push(&answer)
        {
            self.live.counters.count(Counter::AnswersSent);
        } else if is_last {
            // A closing connection waits for its last commit.
            self.wake.notify_one();
        }
    }

    /// The journal did not take the packet: no answer.
    pub(crate) fn settle_unkept(&self, tag: u64) {
        self.settle(tag, false);
    }

    /// Gives up what waits: the connection has ended and no answer can reach the device.
    pub(crate) fn forget_pending(&self) {
        let forgotten = std::mem::take(&mut *self.lock_pending());
        self.budget
            .release(forgotten.iter().map(|pending| pending.size).sum());
    }

    pub(crate) fn note_bytes(&self, bytes: usize, monotonic_ms: u64) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.live.counters.add(Counter::BytesReceived, bytes);
        self.last_read.store(monotonic_ms.max(1), Ordering::Relaxed);
    }

    pub(crate) fn note_packet(&self, at: Timestamp) {
        self.packets.fetch_add(1, Ordering::Relaxed);
        self.last_packet_ms.store(at.epoch_ms(), Ordering::Relaxed);
    }
}

impl Connection for Link {
    fn id(&self) -> i64 {
        self.id
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    fn send(&self, packet: Bytes) -> bool {
        self.push(&packet)
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            packets: self.packets.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            last_packet_ms: self.last_packet_ms.load(Ordering::Relaxed),
        }
    }
}

impl CommitSink for Link {
    fn committed(&self, tag: u64, _packet_id: PacketId) {
        self.live.counters.count(Counter::PacketsCommitted);
        self.settle(tag, true);
    }
}

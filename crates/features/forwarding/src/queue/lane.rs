//! The packets of one device in a queue: one after the other.

use std::collections::BTreeMap;

use bytes::Bytes;
use monitoring::{PacketId, StoredPacket};

use super::Expected;

/// After so many packets in a row without an acknowledgement, while others are acknowledged, the
/// device is passed over.
const MOST_MISSES: u32 = 3;
/// Then one packet is tried so often.
const PROBE_PAUSE_MS: u64 = 60_000;

/// A packet in the window.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) packet: StoredPacket,
    /// How often it was given up before.
    pub(super) attempts: i64,
}

impl Item {
    pub(super) fn new(mut packet: StoredPacket, attempts: i64) -> Self {
        // bytes of its own: a slice would hold the whole batch of the journal in memory
        packet.bytes = Bytes::copy_from_slice(&packet.bytes);
        Self { packet, attempts }
    }
}

/// A packet that was sent often enough without an acknowledgement.
#[derive(Debug)]
pub(super) struct Suspect {
    pub(super) item: Item,
    pub(super) expected: Expected,
    pub(super) since: u64,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) waiting: BTreeMap<PacketId, Item>,
    /// The packet that waits for its acknowledgement.
    pub(super) current: Option<PacketId>,
    pub(super) suspects: Vec<Suspect>,
    misses: u32,
    next_probe: u64,
}

impl Lane {
    pub(super) fn first(&self) -> Option<PacketId> {
        self.waiting.keys().next().copied()
    }

    /// Whether nothing of it needs to be remembered.
    pub(super) fn is_forgettable(&self) -> bool {
        self.waiting.is_empty()
            && self.current.is_none()
            && self.suspects.is_empty()
            && self.misses == 0
    }

    pub(super) fn is_unanswered(&self) -> bool {
        self.misses >= MOST_MISSES
    }

    /// Whether its packets are passed over at present, without being sent.
    pub(super) fn is_shunned(&self, now: u64) -> bool {
        self.is_unanswered() && now < self.next_probe
    }

    pub(super) fn note_miss(&mut self, now: u64) {
        self.misses = self.misses.saturating_add(1);
        self.next_probe = now + PROBE_PAUSE_MS;
    }

    /// The superior has answered to a packet of it; `true` when it was passed over before.
    pub(super) fn note_answer(&mut self) -> bool {
        let was_unanswered = self.is_unanswered();
        self.misses = 0;
        was_unanswered
    }
}

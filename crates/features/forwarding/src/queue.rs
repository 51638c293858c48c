//! The window of the journal that is on its way to one superior: a state machine without clock and
//! socket. Time is given as milliseconds of a clock that never goes back.

mod answer;
mod lane;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use beijing_time::Timestamp;
use bytes::Bytes;
use monitoring::{PacketId, StoredPacket};

use crate::model::{Delivery, Failure, FailureReason, FailureState};
use crate::plan::Outgoing;
use lane::{Item, Lane, Suspect};

pub use answer::{Acknowledgement, Expected, Verdict};

/// Packets of a window at the most, unless a single batch of the journal has more.
const MOST_PACKETS: usize = 16_384;
/// Bytes of a window at the most, unless a single batch has more.
const MOST_BYTES: usize = 32 << 20;

/// How a queue works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSettings {
    /// How long an acknowledgement is waited for.
    pub timeout_ms: u64,
    /// How often a packet is sent again.
    pub resends: u32,
    /// Packets that may wait for their acknowledgement at a time, each of another device.
    pub most_in_flight: usize,
    /// A packet that nobody acknowledges is delivered when its connection has held so long after it.
    pub grace_ms: u64,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            timeout_ms: 10_000,
            resends: 3,
            most_in_flight: 256,
            grace_ms: 1_000,
        }
    }
}

/// What became of the queue since it was asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything of the journal up to this packet is done.
    pub done: PacketId,
    /// When the journal up to there was received.
    pub done_received_at: Option<Timestamp>,
    /// What happened to packets.
    pub delivery: Delivery,
}

/// A packet on its way that waits for its acknowledgement.
#[derive(Debug)]
struct Flight {
    item: Item,
    bytes: Bytes,
    expected: Expected,
    first_sent: u64,
    due: u64,
    sendings: u32,
    most_sendings: u32,
}

/// The window.
#[derive(Debug)]
pub struct Queue {
    settings: QueueSettings,
    lanes: HashMap<i64, Lane>,
    /// The next packet of each lane that has nothing under way.
    ready: BTreeSet<(PacketId, i64)>,
    flights: BTreeMap<PacketId, Flight>,
    /// Written to a superior that acknowledges nothing, and when they count as delivered.
    written: VecDeque<(u64, Item)>,
    /// Packets of the journal that are not done.
    unsettled: BTreeMap<PacketId, Timestamp>,
    /// Packets that were passed over before and are sent again.
    again: BTreeSet<PacketId>,
    held_bytes: usize,
    read_to: PacketId,
    read_received_at: Option<Timestamp>,
    last_acknowledged: Option<u64>,
    delivery: Delivery,
}

impl Queue {
    /// A queue of what comes after a packet.
    pub fn new(settings: QueueSettings, done: PacketId, received_at: Option<Timestamp>) -> Self {
        Self {
            settings,
            lanes: HashMap::new(),
            ready: BTreeSet::new(),
            flights: BTreeMap::new(),
            written: VecDeque::new(),
            unsettled: BTreeMap::new(),
            again: BTreeSet::new(),
            held_bytes: 0,
            read_to: done,
            read_received_at: received_at,
            last_acknowledged: None,
            delivery: Delivery::default(),
        }
    }

    /// Whether more of the journal may be read.
    pub fn has_room(&self) -> bool {
        self.unsettled.len() + self.again.len() < MOST_PACKETS && self.held_bytes < MOST_BYTES
    }

    /// Up to which packet the journal was read.
    pub fn read_to(&self) -> PacketId {
        self.read_to
    }

    /// Packets that are not done.
    pub fn len(&self) -> usize {
        self.unsettled.len() + self.again.len()
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Packets that wait for their acknowledgement.
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Packets that were sent and are not settled.
    pub fn under_way(&self) -> usize {
        self.flights.len() + self.written.len()
    }

    /// When the oldest packet that is not done was received.
    pub fn oldest_received_at(&self) -> Option<Timestamp> {
        self.unsettled.values().next().copied()
    }

    /// Takes a packet of the journal in. They come in the order of the journal.
    pub fn offer(&mut self, packet: StoredPacket) {
        self.unsettled.insert(packet.id, packet.received_at);
        self.put(Item::new(packet, 0));
    }

    /// Takes a packet in that was passed over before, after so many attempts.
    pub fn offer_again(&mut self, packet: StoredPacket, attempts: i64) {
        if self.again.insert(packet.id) {
            self.put(Item::new(packet, attempts));
        }
    }

    /// Whether a packet passed over before is on its way again.
    pub fn is_again(&self, id: PacketId) -> bool {
        self.again.contains(&id)
    }

    /// Everything of the journal up to a packet was offered, or does not go out.
    pub fn note_read(&mut self, to: PacketId, received_at: Option<Timestamp>) {
        self.read_to = self.read_to.max(to);
        if received_at.is_some() {
            self.read_received_at = received_at;
        }
    }

    fn put(&mut self, item: Item) {
        let device_id = item.packet.device_id;
        self.held_bytes += item.packet.bytes.len();
        let lane = self.lanes.entry(device_id).or_default();
        if let Some(first) = lane.first() {
            self.ready.remove(&(first, device_id));
        }
        lane.waiting.insert(item.packet.id, item);
        self.make_ready(device_id);
    }

    fn make_ready(&mut self, device_id: i64) {
        let Some(lane) = self.lanes.get(&device_id) else {
            return;
        };
        if lane.current.is_none()
            && let Some(first) = lane.first()
        {
            self.ready.insert((first, device_id));
        }
        if lane.is_forgettable() {
            self.lanes.remove(&device_id);
        }
    }

    /// The next packet to send, written by `encode`; `None` when nothing may go out at present.
    pub fn next(
        &mut self,
        now: u64,
        encode: impl Fn(&StoredPacket) -> Result<Outgoing, (FailureReason, String)>,
    ) -> Option<Bytes> {
        while self.flights.len() < self.settings.most_in_flight {
            let (id, device_id) = self.ready.pop_first()?;
            let Some(lane) = self.lanes.get_mut(&device_id) else {
                continue;
            };
            let (is_shunned, is_probe) = (lane.is_shunned(now), lane.is_unanswered());
            let Some(item) = lane.waiting.remove(&id) else {
                continue;
            };
            if is_shunned {
                self.fail(&item, FailureReason::DeviceUnanswered, String::new());
                self.make_ready(device_id);
                continue;
            }
            match encode(&item.packet) {
                Err((reason, detail)) => {
                    self.fail(&item, reason, detail);
                    self.make_ready(device_id);
                }
                Ok(outgoing) => {
                    let bytes = outgoing.bytes.clone();
                    self.send(item, outgoing, now, is_probe);
                    return Some(bytes);
                }
            }
        }
        None
    }

    fn send(&mut self, item: Item, outgoing: Outgoing, now: u64, is_probe: bool) {
        let (id, device_id) = (item.packet.id, item.packet.device_id);
        let Some(expected) = outgoing.expected else {
            self.written.push_back((now + self.settings.grace_ms, item));
            self.make_ready(device_id);
            return;
        };
        if let Some(lane) = self.lanes.get_mut(&device_id) {
            lane.current = Some(id);
        }
        let most_sendings = if is_probe {
            1
        } else {
            self.settings.resends.saturating_add(1)
        };
        self.flights.insert(
            id,
            Flight {
                item,
                bytes: outgoing.bytes,
                expected,
                first_sent: now,
                due: now + self.settings.timeout_ms,
                sendings: 1,
                most_sendings,
            },
        );
    }

    /// The superior has answered. Returns whether the answer was for a packet under way.
    pub fn acknowledge(&mut self, acknowledgement: &Acknowledgement, now: u64) -> bool {
        let flight = self
            .flights
            .iter()
            .find(|(_id, flight)| acknowledgement.is_for(&flight.expected))
            .map(|(id, _flight)| *id);
        let found = match flight.and_then(|id| self.flights.remove(&id)) {
            Some(flight) => {
                if let Some(lane) = self.lanes.get_mut(&flight.item.packet.device_id) {
                    lane.current = None;
                }
                Some(flight.item)
            }
            None => self.take_suspect(acknowledgement),
        };
        let is_ours = found.is_some();
        if let Some(item) = &found {
            self.settle(item, acknowledgement.verdict);
        }
        if is_ours {
            // it takes packets: what it did not take before is that packet's own fault
            self.last_acknowledged = Some(now);
            self.give_up_suspects(now);
        }
        is_ours
    }

    fn settle(&mut self, item: &Item, verdict: Verdict) {
        let device_id = item.packet.device_id;
        if let Some(lane) = self.lanes.get_mut(&device_id)
            && lane.note_answer()
        {
            self.delivery.revived.push(device_id);
        }
        match verdict {
            Verdict::Accepted => self.deliver(item),
            Verdict::Refused(code) => {
                self.fail(item, FailureReason::RefusedBySuperior, code.to_string());
            }
        }
        self.make_ready(device_id);
    }

    fn take_suspect(&mut self, acknowledgement: &Acknowledgement) -> Option<Item> {
        self.lanes.values_mut().find_map(|lane| {
            let place = lane
                .suspects
                .iter()
                .position(|suspect| acknowledgement.is_for(&suspect.expected))?;
            Some(lane.suspects.remove(place).item)
        })
    }

    fn give_up_suspects(&mut self, now: u64) {
        let devices: Vec<i64> = self
            .lanes
            .iter()
            .filter(|(_id, lane)| !lane.suspects.is_empty())
            .map(|(id, _lane)| *id)
            .collect();
        for device_id in devices {
            let Some(lane) = self.lanes.get_mut(&device_id) else {
                continue;
            };
            let suspects = std::mem::take(&mut lane.suspects);
            for suspect in suspects {
                lane.note_miss(now);
                let item = suspect.item;
                let failure = item.failure(FailureReason::NotAcknowledged, String::new());
                self.unsettled.remove(&item.packet.id);
                self.again.remove(&item.packet.id);
                self.held_bytes -= item.packet.bytes.len();
                self.delivery.failures.push(failure);
            }
            self.make_ready(device_id);
        }
    }

    /// Time has passed: returns what is to be sent again. Packets that were sent often enough are
    /// given up when the superior has acknowledged another one meanwhile, or suspected until it
    /// does.
    pub fn tick(&mut self, now: u64) -> Vec<Bytes> {
        while let Some((due, _item)) = self.written.front() {
            if *due > now {
                break;
            }
            if let Some((_due, item)) = self.written.pop_front() {
                self.deliver(&item);
                self.make_ready(item.packet.device_id);
            }
        }
        let mut resend = Vec::new();
        let mut exhausted = Vec::new();
        for (id, flight) in &mut self.flights {
            if flight.due > now {
                continue;
            }
            if flight.sendings < flight.most_sendings {
                flight.sendings += 1;
                flight.due = now + self.settings.timeout_ms;
                resend.push(flight.bytes.clone());
            } else {
                exhausted.push(*id);
            }
        }
        for id in exhausted {
            let Some(flight) = self.flights.remove(&id) else {
                continue;
            };
            let device_id = flight.item.packet.device_id;
            let is_alive = self
                .last_acknowledged
                .is_some_and(|at| at >= flight.first_sent);
            if let Some(lane) = self.lanes.get_mut(&device_id) {
                lane.current = None;
                if is_alive {
                    lane.note_miss(now);
                } else {
                    lane.suspects.push(Suspect {
                        item: flight.item.clone(),
                        expected: flight.expected,
                        since: now,
                    });
                }
            }
            if is_alive {
                self.fail(&flight.item, FailureReason::NotAcknowledged, String::new());
            }
            self.make_ready(device_id);
        }
        resend
    }

    /// Whether the superior acknowledges nothing at all: packets were sent often enough, others
    /// after them, and no answer came. The connection is worth nothing then.
    pub fn is_silent(&self, now: u64) -> bool {
        self.lanes
            .values()
            .flat_map(|lane| &lane.suspects)
            .any(|suspect| suspect.since + self.settings.timeout_ms <= now)
    }

    /// The connection is gone: what was not acknowledged goes out again on the next one.
    pub fn disconnect(&mut self) {
        self.last_acknowledged = None;
        let flights = std::mem::take(&mut self.flights);
        let written = std::mem::take(&mut self.written);
        let mut items: Vec<Item> = flights.into_values().map(|flight| flight.item).collect();
        items.extend(written.into_iter().map(|(_due, item)| item));
        for lane in self.lanes.values_mut() {
            lane.current = None;
            items.extend(lane.suspects.drain(..).map(|suspect| suspect.item));
        }
        for item in items {
            let lane = self.lanes.entry(item.packet.device_id).or_default();
            lane.waiting.insert(item.packet.id, item);
        }
        self.ready = self
            .lanes
            .iter()
            .filter_map(|(device_id, lane)| Some((lane.first()?, *device_id)))
            .collect();
    }

    fn deliver(&mut self, item: &Item) {
        let id = item.packet.id;
        self.held_bytes -= item.packet.bytes.len();
        if self.again.remove(&id) {
            self.delivery.redelivered.push(id);
        } else {
            self.unsettled.remove(&id);
            self.delivery.delivered += 1;
        }
    }

    fn fail(&mut self, item: &Item, reason: FailureReason, detail: String) {
        self.held_bytes -= item.packet.bytes.len();
        self.unsettled.remove(&item.packet.id);
        self.again.remove(&item.packet.id);
        self.delivery.failures.push(item.failure(reason, detail));
    }

    /// How far the queue is, and what happened since this was asked last. What is not written down
    /// is to be given back with [`restore`](Self::restore).
    pub fn take_outcome(&mut self, at: Timestamp) -> Outcome {
        let mut delivery = std::mem::take(&mut self.delivery);
        for failure in &mut delivery.failures {
            if failure.at == Timestamp::default() {
                failure.at = at;
            }
        }
        let (done, done_received_at) = match self.unsettled.first_key_value() {
            Some((first, received_at)) => (PacketId(first.0 - 1), Some(*received_at)),
            None => (self.read_to, self.read_received_at),
        };
        Outcome {
            done,
            done_received_at,
            delivery,
        }
    }

    /// What could not be written down is told again with the next outcome.
    pub fn restore(&mut self, mut delivery: Delivery) {
        delivery.delivered += self.delivery.delivered;
        delivery.failures.append(&mut self.delivery.failures);
        delivery.redelivered.append(&mut self.delivery.redelivered);
        delivery.revived.append(&mut self.delivery.revived);
        self.delivery = delivery;
    }
}

impl Item {
    fn failure(&self, reason: FailureReason, detail: String) -> Failure {
        Failure {
            packet_id: self.packet.id,
            device_id: self.packet.device_id,
            at: Timestamp::default(),
            reason,
            detail,
            attempts: self.attempts + 1,
            state: FailureState::Failed,
        }
    }
}

#[cfg(test)]
mod tests;

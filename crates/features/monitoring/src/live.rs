//! What has just been interpreted, for whoever watches: pages, alarms, forwarding.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use beijing_time::Timestamp;
use tokio::sync::broadcast;

use crate::{PacketId, Payload, RecordKind};

/// One record, as it was interpreted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpretedRecord {
    /// The point it belongs to.
    pub point_id: i64,
    /// The device that sent it.
    pub device_id: i64,
    /// Its kind.
    pub kind: RecordKind,
    /// The moment, or the START of the period.
    pub time: Timestamp,
    /// When its packet was received.
    pub received_at: Timestamp,
    /// The packet.
    pub packet_id: PacketId,
    /// How it came about: late and replayed records raise no alarm as if they were now.
    pub marks: RecordMarks,
    /// The values.
    pub payload: Payload,
}

/// What is peculiar about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts about one record"
)]
pub struct RecordMarks {
    /// Replayed from the quarantine.
    pub is_replayed: bool,
    /// Marked as re-sent by its device (`RF=1`).
    pub is_resent: bool,
    /// Received long after its period ended.
    pub is_late: bool,
    /// Stamped later than it was received.
    pub is_future: bool,
}

impl RecordMarks {
    /// Whether the record tells of the past: an exceedance in it is recorded as historical.
    pub const fn is_historical(self) -> bool {
        self.is_replayed || self.is_resent || self.is_late
    }
}

/// What one batch of the journal said; sent after it was committed.
pub type Interpreted = Arc<InterpretedBatch>;

/// What one batch of the journal said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InterpretedBatch {
    /// The batch.
    pub batch_id: i64,
    /// The records, in the order of their packets.
    pub records: Vec<InterpretedRecord>,
    /// The signs of life of its devices, one for each packet, in their order.
    pub signs: Vec<DeviceSign>,
}

/// A packet as a sign of life of its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSign {
    /// The device that sent it.
    pub device_id: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// The address it came from.
    pub peer: Arc<str>,
    /// The time it was stamped with, the device's time shift taken into account; for a period, its
    /// start.
    pub data_time: Option<Timestamp>,
    /// Whether it tells of the past (replayed, re-sent or late): the device may be silent now.
    pub is_historical: bool,
}

/// The last record of a point and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRecord {
    /// The moment, or the START of the period.
    pub time: Timestamp,
    /// When its packet was received.
    pub received_at: Timestamp,
    /// The packet.
    pub packet_id: PacketId,
    /// The values.
    pub payload: Payload,
}

impl LastRecord {
    pub(crate) fn of(record: &InterpretedRecord) -> Self {
        Self {
            time: record.time,
            received_at: record.received_at,
            packet_id: record.packet_id,
            payload: record.payload.clone(),
        }
    }

    /// The later of two; two packets of one time are parts of one record and are joined.
    pub(crate) fn with(self, other: Self) -> Self {
        let (before, after) = if (self.time, self.packet_id) <= (other.time, other.packet_id) {
            (self, other)
        } else {
            (other, self)
        };
        if before.time < after.time || before.payload == after.payload {
            return after;
        }
        let mut readings = after.payload.readings();
        for reading in before.payload.readings() {
            if readings.iter().all(|known| known.code != reading.code) {
                readings.push(reading);
            }
        }
        Self {
            payload: Payload::encode(readings),
            ..after
        }
    }
}

/// Broadcasts interpreted batches and knows the last of each point and kind. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct LiveFeed {
    sender: broadcast::Sender<Interpreted>,
    last: Arc<RwLock<HashMap<(i64, RecordKind), LastRecord>>>,
}

impl Default for LiveFeed {
    fn default() -> Self {
        Self::new(256)
    }
}

impl LiveFeed {
    /// A feed that keeps `batches` for slow listeners; a slower one is told that it missed some.
    pub fn new(batches: usize) -> Self {
        Self {
            sender: broadcast::channel(batches.max(1)).0,
            last: Arc::default(),
        }
    }

    /// Listens to what is interpreted from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Interpreted> {
        self.sender.subscribe()
    }

    /// The last record of a point and kind.
    pub fn last(&self, point_id: i64, kind: RecordKind) -> Option<LastRecord> {
        let last = self
            .last
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        last.get(&(point_id, kind)).cloned()
    }

    /// The last records of a kind, of all points.
    pub fn list_last(&self, kind: RecordKind) -> Vec<(i64, LastRecord)> {
        let last = self
            .last
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        last.iter()
            .filter(|((_, of), _)| *of == kind)
            .map(|((point_id, _), record)| (*point_id, record.clone()))
            .collect()
    }

    /// Takes records as the last ones where they are newer, without telling anybody.
    pub(crate) fn remember(
        &self,
        records: impl IntoIterator<Item = ((i64, RecordKind), LastRecord)>,
    ) {
        let mut last = self
            .last
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for (key, record) in records {
            let record = match last.remove(&key) {
                Some(known) => known.with(record),
                None => record,
            };
            last.insert(key, record);
        }
    }

    /// Takes in a committed batch and tells those who listen.
    pub fn publish(&self, batch: Interpreted) {
        self.remember(
            batch
                .records
                .iter()
                .filter(|record| !record.marks.is_future)
                .map(|record| ((record.point_id, record.kind), LastRecord::of(record))),
        );
        // nobody listening is no error
        let _ = self.sender.send(batch);
    }
}

//! Several batches of the journal interpreted together, to be written in one transaction.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use beijing_time::HOUR_MS;
use sites::DeviceDirectory;

use super::{Interpretation, PacketDefect, interpret_packet};
use crate::changes::{ChangeCause, HourChange};
use crate::journal::batch::decode_batch;
use crate::model::{PacketOrigin, StoredPacket};
use crate::retention::Removals;
use crate::{DeviceSign, InterpretedBatch, InterpretedRecord, RecordKind, statistics};

/// The interpreter's name among the readers of the journal.
pub(crate) const INTERPRETER: &str = "interpreter";

/// What was counted while interpreting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) packets: u64,
    pub(super) records: u64,
    pub(super) defects: u64,
    pub(super) incomplete: u64,
    pub(super) damaged: u64,
}

/// Interpreted batches in the order of the journal.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The last batch before.
    pub(super) from: i64,
    /// The last batch in it.
    pub(super) to: i64,
    pub(super) batches: Vec<InterpretedBatch>,
    /// The version and digest of each record, in the order of batches and records.
    pub(super) keys: Vec<(i64, i64)>,
    pub(super) counts: Counts,
}

impl Chunk {
    /// Interprets stored batches behind `from`.
    pub(super) fn interpret(
        from: i64,
        contents: Vec<(i64, i64, Vec<u8>)>,
        directory: &DeviceDirectory,
    ) -> Self {
        let mut chunk = Self {
            from,
            to: from,
            ..Self::default()
        };
        for (batch_id, _, content) in contents {
            chunk.to = batch_id;
            match decode_batch(batch_id, &content) {
                Ok(packets) => chunk.take_batch(batch_id, &packets, directory),
                Err(error) => {
                    tracing::error!(
                        batch.id = batch_id,
                        %error,
                        "a batch of the journal cannot be read and is passed over"
                    );
                    chunk.counts.damaged += 1;
                }
            }
        }
        chunk
    }

    fn take_batch(&mut self, batch_id: i64, packets: &[StoredPacket], directory: &DeviceDirectory) {
        let mut batch = InterpretedBatch {
            batch_id,
            records: Vec::with_capacity(packets.len()),
            signs: Vec::with_capacity(packets.len()),
        };
        for packet in packets {
            let found = interpret_safely(packet, directory);
            self.counts.packets += 1;
            self.counts.records += found.records.len() as u64;
            self.counts.defects += found.defects.len() as u64;
            self.counts.incomplete +=
                u64::from(found.defects.iter().any(PacketDefect::loses_values));
            for record in &found.records {
                self.keys.push((found.version, record.payload.digest()));
            }
            batch.records.extend(found.records);
            batch.signs.push(found.sign);
        }
        self.batches.push(batch);
    }

    /// All records in order.
    pub(super) fn records(&self) -> impl Iterator<Item = &InterpretedRecord> {
        self.batches.iter().flat_map(|batch| &batch.records)
    }

    /// The records by stored key, each key once: what is written side by side lies side by side.
    pub(super) fn sorted(&self) -> Vec<(&InterpretedRecord, (i64, i64))> {
        let mut rows: Vec<_> = self.records().zip(self.keys.iter().copied()).collect();
        rows.sort_by_key(|(record, (version, digest))| {
            (
                record.kind,
                record.time,
                record.point_id,
                *version,
                *digest,
                record.packet_id,
            )
        });
        rows.dedup_by_key(|(record, key)| (record.kind, record.time, record.point_id, *key));
        rows
    }
}

/// A fault of ours in reading one packet must not stop the others.
fn interpret_safely(packet: &StoredPacket, directory: &DeviceDirectory) -> Interpretation {
    catch_unwind(AssertUnwindSafe(|| interpret_packet(packet, directory))).unwrap_or_else(
        |_fault| {
            tracing::error!(packet.id = packet.id.0, "interpreting a packet failed");
            Interpretation {
                records: Vec::new(),
                version: 0,
                sign: DeviceSign {
                    device_id: packet.device_id,
                    received_at: packet.received_at,
                    peer: std::sync::Arc::clone(&packet.peer),
                    data_time: None,
                    is_historical: packet.origin == PacketOrigin::Replayed,
                },
                defects: vec![PacketDefect::Fault],
            }
        },
    )
}

/// Interprets the packets of one batch.
pub(super) fn interpret_batch(
    batch_id: i64,
    content: Vec<u8>,
    directory: &DeviceDirectory,
) -> InterpretedBatch {
    let chunk = Chunk::interpret(batch_id - 1, vec![(batch_id, 0, content)], directory);
    let empty = InterpretedBatch {
        batch_id,
        ..InterpretedBatch::default()
    };
    chunk.batches.into_iter().next().unwrap_or(empty)
}

/// Interprets packets as one batch.
pub(super) fn interpret_packets(
    batch_id: i64,
    packets: &[StoredPacket],
    directory: &DeviceDirectory,
) -> InterpretedBatch {
    let mut chunk = Chunk::default();
    chunk.take_batch(batch_id, packets, directory);
    chunk.batches.pop().unwrap_or_default()
}

/// The periods whose derived figures the records touch: hours by minutes, days by hours.
pub(super) fn list_dirty(chunk: &Chunk) -> Vec<(i64, i64, i64)> {
    let mut dirty = HashSet::new();
    for record in chunk.records() {
        if let Some((kind, time)) = crate::statistics::find_derived(record.kind, record.time) {
            dirty.insert((kind.code(), time.epoch_ms(), record.point_id));
        }
    }
    let mut dirty: Vec<_> = dirty.into_iter().collect();
    // one order for all writers, so that two of them never wait for each other
    dirty.sort_unstable();
    dirty
}

/// The hours of which records came, each packet of them once; and those of which minutes came long
/// after they ended, once each: how many minutes an hour has may decide whether it counts.
pub(super) fn list_changed(rows: &[(&InterpretedRecord, (i64, i64))]) -> Vec<HourChange> {
    let mut minutes_of = HashSet::new();
    rows.iter()
        .filter(|(record, _)| match record.kind {
            RecordKind::Hour => true,
            RecordKind::Minute => {
                let hour = record.time.stat_hour().start();
                record.marks.is_historical() && minutes_of.insert((record.point_id, hour))
            }
            _ => false,
        })
        .map(|(record, _)| {
            let from = match record.kind {
                RecordKind::Minute => record.time.stat_hour().start(),
                _ => record.time,
            };
            HourChange {
                id: 0,
                point_id: record.point_id,
                from,
                to: from.plus_ms(HOUR_MS),
                cause: ChangeCause::Packet(record.packet_id),
            }
        })
        .collect()
}

/// Takes out what came for a time of which the records were removed, and counts it by kind: its
/// packets are kept, and that is all.
pub(super) fn take_late(
    removals: &Removals,
    rows: &mut Vec<(&InterpretedRecord, (i64, i64))>,
    dirty: &mut Vec<(i64, i64, i64)>,
) -> BTreeMap<RecordKind, i64> {
    let mut late = BTreeMap::new();
    rows.retain(|(record, _)| {
        let is_late = removals.has(record.kind, record.time);
        if is_late {
            *late.entry(record.kind).or_default() += 1;
        }
        !is_late
    });
    dirty.retain(|(kind, time_ms, _)| !statistics::has_lost_sources(removals, *kind, *time_ms));
    late
}

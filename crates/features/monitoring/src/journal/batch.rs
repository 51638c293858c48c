//! The inside of a journal batch: packets with their senders, then one compression over all.
//!
//! Uncompressed: a version byte, the first time of receipt, the number of packets, the list of
//! peers, then for each packet: time since the packet before, device, origin, peer's place in the
//! list, length; last the bytes of all packets one after another.

use bytes::Bytes;
use sm3::{Digest, Sm3};

use crate::bytecode::{Reader, put_bytes, put_signed, put_unsigned};
use crate::model::{PacketId, PacketOrigin, StoredPacket};
use crate::{ArrivedPacket, MonitoringError};
use beijing_time::Timestamp;

const VERSION: u8 = 1;
const LEVEL: i32 = 1;
/// No batch is larger than this when uncompressed; a damaged header cannot ask for more memory.
const MOST_BYTES: usize = 1 << 30;

/// A batch ready to be stored.
#[derive(Debug)]
pub(crate) struct EncodedBatch {
    pub(crate) first_received: Timestamp,
    pub(crate) last_received: Timestamp,
    pub(crate) packet_count: i64,
    pub(crate) size_bytes: i64,
    pub(crate) content: Vec<u8>,
}

/// Writes packets into one compressed batch.
pub(crate) fn encode_batch(packets: &[ArrivedPacket]) -> Result<EncodedBatch, MonitoringError> {
    let size: usize = packets.iter().map(|packet| packet.bytes.len()).sum();
    let first = packets.iter().map(|packet| packet.received_at).min();
    let last = packets.iter().map(|packet| packet.received_at).max();
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let mut out = Vec::with_capacity(size + packets.len() * 10 + 64);
    out.push(VERSION);
    put_signed(&mut out, first.epoch_ms());
    put_unsigned(&mut out, packets.len() as u64);
    let mut peers = Vec::<&str>::new();
    let mut places = std::collections::HashMap::<&str, u64>::new();
    let peer_places: Vec<u64> = packets
        .iter()
        .map(|packet| {
            *places.entry(&packet.peer).or_insert_with(|| {
                peers.push(&packet.peer);
                peers.len() as u64 - 1
            })
        })
        .collect();
    put_unsigned(&mut out, peers.len() as u64);
    for peer in peers {
        put_bytes(&mut out, peer.as_bytes());
    }
    let mut before = first;
    for (packet, place) in packets.iter().zip(peer_places) {
        put_signed(&mut out, packet.received_at.ms_since(before));
        before = packet.received_at;
        put_signed(&mut out, packet.device_id);
        out.push(packet.origin.code());
        put_unsigned(&mut out, place);
        put_unsigned(&mut out, packet.bytes.len() as u64);
    }
    for packet in packets {
        out.extend_from_slice(&packet.bytes);
    }
    let content = zstd::bulk::compress(&out, LEVEL)
        .map_err(|error| MonitoringError::damaged("batch", error))?;
    Ok(EncodedBatch {
        first_received: first,
        last_received: last,
        packet_count: packets.len().try_into().unwrap_or(i64::MAX),
        size_bytes: size.try_into().unwrap_or(i64::MAX),
        content,
    })
}

/// Reads the packets of a batch.
pub(crate) fn decode_batch(
    batch_id: i64,
    content: &[u8],
) -> Result<Vec<StoredPacket>, MonitoringError> {
    let damaged = |detail: &str| {
        MonitoringError::damaged("journal batch", format!("batch {batch_id}: {detail}"))
    };
    let plain = decompress(content).ok_or_else(|| damaged("does not decompress"))?;
    read_packets(batch_id, &plain).ok_or_else(|| damaged("ends early"))
}

fn read_packets(batch_id: i64, plain: &Bytes) -> Option<Vec<StoredPacket>> {
    let mut reader = Reader::new(plain);
    if reader.byte()? != VERSION {
        return None;
    }
    let mut received = reader.signed()?;
    let count = reader.length()?;
    let peer_count = reader.length()?;
    let mut peers = Vec::with_capacity(peer_count.min(65_536));
    for _ in 0..peer_count {
        peers.push(std::sync::Arc::<str>::from(reader.text()?));
    }
    let mut packets = Vec::with_capacity(count.min(65_536));
    let mut lengths = Vec::with_capacity(count.min(65_536));
    for index in 0..count {
        received = received.checked_add(reader.signed()?)?;
        let device_id = reader.signed()?;
        let origin = PacketOrigin::from_code(reader.byte()?)?;
        let peer = peers.get(reader.length()?)?.clone();
        lengths.push(reader.length()?);
        packets.push(StoredPacket {
            id: PacketId::new(batch_id, index)?,
            received_at: Timestamp::from_epoch_ms(received),
            device_id,
            origin,
            peer,
            bytes: Bytes::new(),
        });
    }
    for (packet, length) in packets.iter_mut().zip(lengths) {
        packet.bytes = plain.slice_ref(reader.take(length)?);
    }
    Some(packets)
}

/// Decompresses what [`encode_batch`] or the vault compressed.
pub(crate) fn decompress(content: &[u8]) -> Option<Bytes> {
    let size = zstd::zstd_safe::get_frame_content_size(content).ok()??;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= MOST_BYTES)?;
    zstd::bulk::decompress(content, size).ok().map(Bytes::from)
}

/// The journal's chain: SM3 over the hash before, the id and the content.
pub(crate) fn compute_batch_hash(previous: &[u8], batch_id: i64, content: &[u8]) -> Vec<u8> {
    let mut hasher = Sm3::new();
    hasher.update(previous);
    hasher.update(batch_id.to_be_bytes());
    hasher.update(content);
    hasher.finalize().to_vec()
}

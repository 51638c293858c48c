//! Reading packets from the vault.

use beijing_time::Timestamp;
use database::Database;

use super::block::{chain, decode_block, decode_ids};
use crate::MonitoringError;
use crate::journal::BatchSummary;
use crate::model::{PacketId, StoredPacket};
use crate::store::vault::{self as store, BlockIds, StoredBlock, Window};

/// Blocks read with one statement.
const BLOCKS_OF_PAGE: i64 = 64;

/// A packet of the vault with its place in its MN's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VaultedPacket {
    pub(crate) packet: StoredPacket,
    pub(crate) mn: String,
    /// Its place in the chain, from 1.
    pub(crate) position: i64,
    /// The chain before it.
    pub(crate) previous_hash: Vec<u8>,
    /// The chain after it.
    pub(crate) hash: Vec<u8>,
    /// Whether the chain of its block follows from its packets.
    pub(crate) is_whole: bool,
    pub(crate) window: Window,
}

/// The window that holds a batch; none for batches behind the last window.
async fn find_window(
    database: &Database,
    batch_id: i64,
) -> Result<Option<Window>, MonitoringError> {
    let window = store::find_window(database, batch_id).await?;
    Ok(window.filter(|window| window.first_batch_id <= batch_id))
}

fn damaged(window: &Window, mn: &str) -> MonitoringError {
    let detail = format!("window {}, MN {mn}", window.id);
    MonitoringError::damaged("block of packets", detail)
}

fn open(window: &Window, block: &StoredBlock) -> Result<Vec<StoredPacket>, MonitoringError> {
    decode_block(&block.packet_ids, &block.content).ok_or_else(|| damaged(window, &block.mn))
}

fn open_ids(window: &Window, block: &BlockIds) -> Result<Vec<i64>, MonitoringError> {
    decode_ids(&block.packet_ids).ok_or_else(|| damaged(window, &block.mn))
}

/// One block of a window.
async fn load_block(
    database: &Database,
    window: &Window,
    ids: &BlockIds,
) -> Result<StoredBlock, MonitoringError> {
    let at = (window.id, ids.day, ids.device_id - 1);
    let blocks = store::list_blocks_of_mn(database, &ids.mn, at, 1).await?;
    let mut blocks = blocks.into_iter();
    blocks
        .next()
        .filter(|block| block.place() == (window.id, ids.day, ids.device_id))
        .ok_or_else(|| damaged(window, &ids.mn))
}

/// Finds a packet.
pub(crate) async fn find_packet(
    database: &Database,
    id: PacketId,
) -> Result<Option<VaultedPacket>, MonitoringError> {
    let Some(window) = find_window(database, id.batch_id()).await? else {
        return Ok(None);
    };
    for ids in store::list_ids(database, window.id).await? {
        if !open_ids(&window, &ids)?.contains(&id.0) {
            continue;
        }
        let block = load_block(database, &window, &ids).await?;
        let (mut position, mut hash) =
            store::load_chain_before(database, &block.mn, block.place()).await?;
        let mut found = None;
        for packet in open(&window, &block)? {
            let next = chain(&hash, &packet);
            position += 1;
            if packet.id == id {
                found = Some((packet, position, hash, next.clone()));
            }
            hash = next;
        }
        return Ok(
            found.map(|(packet, position, previous_hash, own)| VaultedPacket {
                packet,
                mn: block.mn,
                position,
                previous_hash,
                hash: own,
                is_whole: hash == block.hash,
                window,
            }),
        );
    }
    Ok(None)
}

/// A block with all that proves its packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProvedBlock {
    pub(crate) window: Window,
    pub(crate) mn: String,
    pub(crate) day: i64,
    pub(crate) device_id: i64,
    pub(crate) packets: Vec<StoredPacket>,
    /// The chain before each of its packets.
    pub(crate) links: Vec<Vec<u8>>,
    /// The chain after the last of them.
    pub(crate) hash: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) packet_ids: Vec<u8>,
}

/// The block that holds a packet.
pub(crate) async fn find_block_of(
    database: &Database,
    id: PacketId,
) -> Result<Option<ProvedBlock>, MonitoringError> {
    let Some(window) = find_window(database, id.batch_id()).await? else {
        return Ok(None);
    };
    for ids in store::list_ids(database, window.id).await? {
        if !open_ids(&window, &ids)?.contains(&id.0) {
            continue;
        }
        let block = load_block(database, &window, &ids).await?;
        let (_, mut hash) = store::load_chain_before(database, &block.mn, block.place()).await?;
        let packets = open(&window, &block)?;
        let links = packets
            .iter()
            .map(|packet| {
                let next = chain(&hash, packet);
                std::mem::replace(&mut hash, next)
            })
            .collect();
        return Ok(Some(ProvedBlock {
            window,
            mn: block.mn,
            day: block.day,
            device_id: block.device_id,
            packets,
            links,
            hash: block.hash,
            content: block.content,
            packet_ids: block.packet_ids,
        }));
    }
    Ok(None)
}

/// The packets of a batch; `None` when the vault does not have it.
pub(crate) async fn load_batch(
    database: &Database,
    batch_id: i64,
) -> Result<Option<Vec<StoredPacket>>, MonitoringError> {
    let Some(window) = find_window(database, batch_id).await? else {
        return Ok(None);
    };
    let mut packets = Vec::new();
    for ids in store::list_ids(database, window.id).await? {
        let is_of = |id: &i64| PacketId(*id).batch_id() == batch_id;
        if open_ids(&window, &ids)?.iter().any(is_of) {
            let block = load_block(database, &window, &ids).await?;
            packets.extend(open(&window, &block)?);
        }
    }
    packets.retain(|packet| packet.id.batch_id() == batch_id);
    packets.sort_by_key(|packet| packet.id);
    Ok(Some(packets))
}

/// Batches after one, oldest first, with the packets that they had. Their times of receipt are those
/// of their window: the vault does not keep them apart.
pub(crate) async fn list_batches(
    database: &Database,
    after: i64,
    limit: usize,
) -> Result<Vec<BatchSummary>, MonitoringError> {
    let mut batches: Vec<BatchSummary> = Vec::new();
    let mut at = after;
    while batches.len() < limit {
        let Some(window) = find_window(database, at + 1).await? else {
            break;
        };
        let mut counts = std::collections::BTreeMap::<i64, i64>::new();
        for ids in store::list_ids(database, window.id).await? {
            for id in open_ids(&window, &ids)? {
                *counts.entry(PacketId(id).batch_id()).or_default() += 1;
            }
        }
        let mean = window.size_bytes / window.packet_count.max(1);
        batches.extend(
            counts
                .range(at + 1..)
                .map(|(id, packet_count)| BatchSummary {
                    id: *id,
                    first_received_ms: window.first_received_ms,
                    last_received_ms: window.last_received_ms,
                    packet_count: *packet_count,
                    size_bytes: packet_count * mean,
                }),
        );
        at = window.last_batch_id;
    }
    batches.truncate(limit);
    Ok(batches)
}

/// The packets of the window behind a batch, up to another batch, in order, and the last batch that
/// they reach to; `None` when that batch is not in the vault.
pub(crate) async fn load_next(
    database: &Database,
    after: i64,
    to: i64,
) -> Result<Option<(i64, Vec<StoredPacket>)>, MonitoringError> {
    let Some(window) = find_window(database, after + 1).await? else {
        return Ok(None);
    };
    let last = window.last_batch_id.min(to);
    let mut packets = load_window(database, &window).await?;
    packets.retain(|packet| (after + 1..=last).contains(&packet.id.batch_id()));
    Ok(Some((last, packets)))
}

/// All packets of a window, in order.
async fn load_window(
    database: &Database,
    window: &Window,
) -> Result<Vec<StoredPacket>, MonitoringError> {
    let mut packets = Vec::new();
    let mut at = (String::new(), i64::MIN, i64::MIN);
    loop {
        let behind = (at.0.as_str(), at.1, at.2);
        let page = store::list_blocks(database, window.id, behind, BLOCKS_OF_PAGE).await?;
        let Some(last) = page.last() else { break };
        at = (last.mn.clone(), last.day, last.device_id);
        for block in &page {
            packets.extend(open(window, block)?);
        }
    }
    packets.sort_by_key(|packet| packet.id);
    Ok(packets)
}

/// Packets of one window, newest first: of the newest that begins below a batch and has packets of
/// a device, or of any, received in a time. Gives the window's first batch, below which to go on.
pub(crate) async fn list_before(
    database: &Database,
    below_batch: i64,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    device_id: Option<i64>,
) -> Result<Option<(i64, Vec<StoredPacket>)>, MonitoringError> {
    let times_ms = (
        from.map_or(i64::MIN, Timestamp::epoch_ms),
        to.map_or(i64::MAX, Timestamp::epoch_ms),
    );
    let found = store::find_window_before(database, below_batch, times_ms, device_id).await?;
    let Some(window) = found else {
        return Ok(None);
    };
    let mut packets = Vec::new();
    match device_id {
        None => packets = load_window(database, &window).await?,
        Some(device_id) => {
            for block in store::list_blocks_of_device(database, window.id, device_id).await? {
                packets.extend(open(&window, &block)?);
            }
            packets.sort_by_key(|packet| packet.id);
        }
    }
    packets.reverse();
    Ok(Some((window.first_batch_id, packets)))
}

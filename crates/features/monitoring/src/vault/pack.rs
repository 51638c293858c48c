//! Packing: a window of the journal becomes blocks of the vault.

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use database::Database;

use super::block::{chain, decode_block, encode_block, find_mn};
use super::{NOTHING, compute_seal};
use crate::MonitoringError;
use crate::journal::batch::{compute_batch_hash, decode_batch};
use crate::model::StoredPacket;
use crate::store::journal;
use crate::store::vault::{self as store, BlockHash, ChainHead, NewBlock, Window};

/// Blocks written in one transaction.
const BLOCKS_OF_TRANSACTION: usize = 32;
/// Batches removed in one transaction.
const BATCHES_OF_TRANSACTION: i64 = 100;
/// Batches looked at together.
const BATCHES_OF_PAGE: u32 = 500;

/// How packing works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultSettings {
    /// Bytes of packets of one window, roughly: they are held in memory while they are packed.
    pub window_bytes: i64,
}

impl Default for VaultSettings {
    fn default() -> Self {
        Self {
            window_bytes: 48 << 20,
        }
    }
}

/// What packing one window did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packed {
    /// Batches of the journal that are in the vault now.
    pub batches: i64,
    /// Their packets.
    pub packets: i64,
    /// Bytes of the packets as they came.
    pub bytes: i64,
    /// Bytes of the blocks they are in.
    pub stored_bytes: i64,
}

/// Packs the next window of the journal: batches in order, received before an instant and read by
/// all readers of the journal. `None` when there is nothing to pack.
///
/// # Errors
/// [`MonitoringError::Database`]; [`MonitoringError::Damaged`] when the journal's chain is broken or a
/// block does not come back as it was. The journal then keeps its batches.
pub async fn pack_next(
    database: &Database,
    before: Timestamp,
    settings: VaultSettings,
) -> Result<Option<Packed>, MonitoringError> {
    // what an earlier packing did not come to
    delete_packed(database).await?;
    store::delete_unfinished(database).await?;
    let start = journal::load_packed(database).await?;
    let Some((last_batch_id, mut window)) = choose(database, &start, before, settings).await?
    else {
        return Ok(None);
    };
    let packets = read_window(database, start.clone(), last_batch_id, &mut window).await?;
    let mut packed = Packed {
        batches: last_batch_id - start.batch_id,
        packets: window.packet_count,
        bytes: window.size_bytes,
        stored_bytes: 0,
    };
    let (heads, hashes, stored_bytes) = write_blocks(database, window.id, packets).await?;
    packed.stored_bytes = stored_bytes;
    let seal = store::find_last_window(database).await?;
    let seal = seal.map_or_else(|| NOTHING.to_vec(), |window| window.seal);
    window.seal = compute_seal(&seal, &window, &hashes);
    if !store::finish_window(database, start.batch_id, &window, &heads, &hashes).await? {
        tracing::info!(window.id, "another process packs the same packets");
        return Ok(None);
    }
    delete_packed(database).await?;
    Ok(Some(packed))
}

async fn delete_packed(database: &Database) -> Result<(), MonitoringError> {
    while store::delete_packed(database, BATCHES_OF_TRANSACTION).await? > 0 {
        // the journal's writer comes first
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// The last batch of the next window, and what is known of it from its batches.
async fn choose(
    database: &Database,
    start: &journal::Head,
    before: Timestamp,
    settings: VaultSettings,
) -> Result<Option<(i64, Window)>, MonitoringError> {
    // a batch with a clock that ran ahead is no reason to keep those behind it
    let complete = store::find_last_received_before(database, before.epoch_ms()).await?;
    let read = store::load_least_checkpoint(database).await?;
    let to = complete.min(read);
    let id = store::find_last_window(database)
        .await?
        .map_or(0, |window| window.id)
        + 1;
    let mut window = Window {
        id,
        first_batch_id: start.batch_id + 1,
        last_batch_id: start.batch_id,
        first_received_ms: i64::MAX,
        last_received_ms: i64::MIN,
        packet_count: 0,
        size_bytes: 0,
        journal_hash: Vec::new(),
        seal: Vec::new(),
    };
    'window: while window.last_batch_id < to {
        let page = journal::list_batches(database, window.last_batch_id, BATCHES_OF_PAGE).await?;
        if page.is_empty() {
            break;
        }
        for batch in page {
            let is_first = window.last_batch_id == start.batch_id;
            let is_full = window.size_bytes + batch.size_bytes > settings.window_bytes;
            if batch.id > to || (is_full && !is_first) {
                break 'window;
            }
            window.last_batch_id = batch.id;
            window.packet_count += batch.packet_count;
            window.size_bytes += batch.size_bytes;
        }
    }
    if window.last_batch_id == start.batch_id {
        return Ok(None);
    }
    Ok(Some((window.last_batch_id, window)))
}

/// Packets of an MN by day and device: the blocks in the order of its chain.
type Days = BTreeMap<(i64, i64), Vec<StoredPacket>>;
type PacketsOfMn = BTreeMap<String, Days>;

/// The packets of a window by MN, day and device, after the journal's chain was followed through it.
async fn read_window(
    database: &Database,
    start: journal::Head,
    last_batch_id: i64,
    window: &mut Window,
) -> Result<PacketsOfMn, MonitoringError> {
    let mut packets: PacketsOfMn = BTreeMap::new();
    let (mut count, mut size) = (0, 0);
    let mut head = start;
    while head.batch_id < last_batch_id {
        let id = head.batch_id + 1;
        let broken = || MonitoringError::damaged("journal", format!("its chain breaks at {id}"));
        let (content, kept) = journal::find_link(database, id).await?.ok_or_else(broken)?;
        let hash = compute_batch_hash(&head.hash, id, &content);
        if hash != kept {
            return Err(broken());
        }
        for packet in decode_batch(id, &content)? {
            count += 1;
            size += i64::try_from(packet.bytes.len()).unwrap_or(i64::MAX);
            let received_ms = packet.received_at.epoch_ms();
            window.first_received_ms = window.first_received_ms.min(received_ms);
            window.last_received_ms = window.last_received_ms.max(received_ms);
            let day = packet.received_at.stat_day().number();
            let of_mn = packets.entry(find_mn(&packet.bytes)).or_default();
            of_mn
                .entry((day, packet.device_id))
                .or_default()
                .push(packet);
        }
        head = journal::Head { batch_id: id, hash };
    }
    window.packet_count = count;
    window.size_bytes = size;
    window.journal_hash = head.hash;
    Ok(packets)
}

/// Writes the blocks of a window, reads them back and compares them with the packets; gives the new
/// heads, the hashes of the blocks by MN, day and device, and the bytes written.
async fn write_blocks(
    database: &Database,
    part: i64,
    packets: PacketsOfMn,
) -> Result<(Vec<ChainHead>, Vec<BlockHash>, i64), MonitoringError> {
    let mut heads = Vec::new();
    let mut hashes: Vec<BlockHash> = Vec::new();
    let mut stored_bytes = 0;
    let mut waiting = packets.into_iter();
    loop {
        let some: Vec<_> = waiting.by_ref().take(BLOCKS_OF_TRANSACTION).collect();
        if some.is_empty() {
            hashes.sort();
            return Ok((heads, hashes, stored_bytes));
        }
        let mut with_heads = Vec::with_capacity(some.len());
        for (mn, days) in some {
            let head = store::find_head(database, &mn).await?;
            let head = head.unwrap_or_else(|| ChainHead {
                mn,
                packet_count: 0,
                hash: NOTHING.to_vec(),
            });
            with_heads.push((head, days));
        }
        let encoded = tokio::task::spawn_blocking(move || encode(with_heads))
            .await
            .map_err(|error| MonitoringError::damaged("block of packets", error))??;
        store::insert_blocks(database, part, &encoded.blocks).await?;
        compare(database, part, encoded.days).await?;
        for block in &encoded.blocks {
            let bytes = block.block.content.len() + block.block.packet_ids.len();
            stored_bytes += i64::try_from(bytes).unwrap_or(0);
            let place = (block.mn.clone(), block.day, block.device_id);
            hashes.push((place.0, place.1, place.2, block.hash.clone()));
        }
        heads.extend(encoded.heads);
    }
}

/// Packets of an MN, day and device, to be compared.
type Day = (String, (i64, i64), Vec<StoredPacket>);

/// Blocks to be written, with the packets in them and the heads after them.
#[derive(Default)]
struct Encoded {
    heads: Vec<ChainHead>,
    blocks: Vec<NewBlock>,
    days: Vec<Day>,
}

fn encode(some: Vec<(ChainHead, Days)>) -> Result<Encoded, MonitoringError> {
    let mut encoded = Encoded::default();
    for (mut head, days) in some {
        for ((day, device_id), packets) in days {
            for packet in &packets {
                head.hash = chain(&head.hash, packet);
                head.packet_count += 1;
            }
            let ids = packets.iter().map(|packet| packet.id.0);
            encoded.blocks.push(NewBlock {
                mn: head.mn.clone(),
                day,
                device_id,
                first_packet_id: ids.clone().min().unwrap_or(0),
                last_packet_id: ids.max().unwrap_or(0),
                packet_count: packets.len().try_into().unwrap_or(i64::MAX),
                block: encode_block(&packets)?,
                hash: head.hash.clone(),
            });
            encoded
                .days
                .push((head.mn.clone(), (day, device_id), packets));
        }
        encoded.heads.push(head);
    }
    Ok(encoded)
}

/// Reads blocks back from the database: only what comes back byte for byte may leave the journal.
async fn compare(database: &Database, part: i64, days: Vec<Day>) -> Result<(), MonitoringError> {
    for (mn, (day, device_id), packets) in days {
        let before = (part, day, device_id - 1);
        let blocks = store::list_blocks_of_mn(database, &mn, before, 1).await?;
        let kept = blocks
            .first()
            .filter(|block| block.place() == (part, day, device_id))
            .and_then(|block| decode_block(&block.packet_ids, &block.content));
        if kept.as_ref() != Some(&packets) {
            return Err(MonitoringError::damaged(
                "block of packets",
                format!("packets of {mn} on day {day} do not come back as they came"),
            ));
        }
    }
    Ok(())
}

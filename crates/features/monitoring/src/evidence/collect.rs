//! Packets with the blocks, windows and batches that prove them.

use std::collections::{BTreeMap, BTreeSet};

use access::Actor;
use database::Database;
use sites::DeviceDirectory;

use super::format::{BatchEntry, BlockEntry, PacketEntry, Proof, WindowEntry, hex};
use crate::interpret::read_number_ms;
use crate::journal::batch::decode_batch;
use crate::packets::find_visible_devices;
use crate::store::{journal as journal_store, vault as store};
use crate::vault::{ProvedBlock, find_block_of};
use crate::{MonitoringError, PacketId, StoredPacket};

/// Packets and what proves them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) packets: Vec<StoredPacket>,
    pub(super) proof: Proof,
    /// The files of blocks and batches.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// Collects packets, by ids that grow. Packets of devices that the actor may not see stay out.
pub(super) async fn collect(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    ids: &[i64],
    sees_all: bool,
) -> Result<Found, MonitoringError> {
    let visible = find_visible_devices(directory, actor);
    let is_visible = |packet: &StoredPacket| {
        (visible.as_ref()).is_none_or(|visible| visible.contains(&packet.device_id))
    };
    let mut found = Found::default();
    let mut waiting: BTreeSet<i64> = ids.iter().copied().collect();
    let mut windows: BTreeSet<i64> = BTreeSet::new();
    while let Some(id) = waiting.first().copied() {
        // the journal first: what is packed in between is then found in the vault
        let batch_id = PacketId(id).batch_id();
        if let Some((content, hash)) = journal_store::find_link(database, batch_id).await? {
            let mut packets = decode_batch(batch_id, &content)?;
            packets.retain(|packet| waiting.remove(&packet.id.0) && is_visible(packet));
            waiting.retain(|id| PacketId(*id).batch_id() != batch_id);
            let file = format!("journal/{batch_id}.batch");
            for packet in packets {
                let proved_by = sees_all.then(|| file.clone());
                found.proof.packets.push(entry_of(&packet, proved_by, None));
                found.packets.push(packet);
            }
            if sees_all {
                found.proof.batches.push(BatchEntry {
                    file: file.clone(),
                    id: batch_id,
                    chain_before: hex(&find_hash_before(database, batch_id).await?),
                    chain_after: hex(&hash),
                });
                found.files.push((file, content));
            }
            continue;
        }
        let Some(block) = find_block_of(database, PacketId(id)).await? else {
            return Err(MonitoringError::NoSuchPacket { packet_id: id });
        };
        windows.insert(block.window.id);
        take_block(&mut found, block, &mut waiting, is_visible);
        waiting.remove(&id);
    }
    if sees_all {
        for id in windows {
            let entry = seal_of(database, id).await?;
            found.proof.windows.push(entry);
        }
    }
    Ok(found)
}

fn take_block(
    found: &mut Found,
    block: ProvedBlock,
    waiting: &mut BTreeSet<i64>,
    is_visible: impl Fn(&StoredPacket) -> bool,
) {
    let name = format!("vault/{}", found.proof.blocks.len() + 1);
    let content_file = format!("{name}.block");
    let mut is_any = false;
    let after = block.links.iter().skip(1).chain([&block.hash]);
    let links: BTreeMap<i64, (String, String)> = (block.packets.iter())
        .zip(block.links.iter().zip(after))
        .map(|(packet, (before, after))| (packet.id.0, (hex(before), hex(after))))
        .collect();
    for packet in block.packets {
        if !waiting.remove(&packet.id.0) || !is_visible(&packet) {
            continue;
        }
        is_any = true;
        let link = links.get(&packet.id.0).cloned();
        let proved_by = Some(content_file.clone());
        found.proof.packets.push(entry_of(&packet, proved_by, link));
        found.packets.push(packet);
    }
    if !is_any {
        return;
    }
    found.proof.blocks.push(BlockEntry {
        content_file: content_file.clone(),
        ids_file: format!("{name}.ids"),
        mn: block.mn,
        window: block.window.id,
        day: block.day,
        device_id: block.device_id,
        chain_before: (block.links.first()).map_or_else(String::new, |hash| hex(hash)),
        chain_after: hex(&block.hash),
    });
    found.files.push((content_file, block.content));
    found.files.push((format!("{name}.ids"), block.packet_ids));
}

fn entry_of(
    packet: &StoredPacket,
    proved_by: Option<String>,
    link: Option<(String, String)>,
) -> PacketEntry {
    let (chain_before, chain_after) = link.unzip();
    PacketEntry {
        id: packet.id.0,
        file: format!("packets/{}.txt", packet.id),
        received_at: packet.received_at.to_string(),
        received_ms: packet.received_at.epoch_ms(),
        device_id: packet.device_id,
        origin: packet.origin.code(),
        peer: packet.peer.to_string(),
        clock_skew_ms: read_number_ms(&packet.bytes)
            .map(|number| number - packet.received_at.epoch_ms()),
        proved_by,
        chain_before,
        chain_after,
    }
}

/// The journal's chain before a batch.
async fn find_hash_before(database: &Database, id: i64) -> Result<Vec<u8>, MonitoringError> {
    let start = journal_store::load_packed(database).await?;
    if start.batch_id == id - 1 {
        return Ok(start.hash);
    }
    let before = journal_store::find_batch_hash(database, id - 1).await?;
    Ok(before.unwrap_or_default())
}

async fn seal_of(database: &Database, id: i64) -> Result<WindowEntry, MonitoringError> {
    let before = store::list_windows(database, id - 2, 2).await?;
    let missing = || MonitoringError::damaged("window", id);
    let window = before.iter().find(|window| window.id == id);
    let window = window.ok_or_else(missing)?;
    let seal_before = before.iter().find(|window| window.id == id - 1);
    let blocks = store::list_hashes(database, id).await?;
    Ok(WindowEntry {
        id,
        first_batch_id: window.first_batch_id,
        last_batch_id: window.last_batch_id,
        packet_count: window.packet_count,
        size_bytes: window.size_bytes,
        journal_hash: hex(&window.journal_hash),
        seal_before: seal_before.map_or_else(String::new, |window| hex(&window.seal)),
        seal: hex(&window.seal),
        blocks: (blocks.into_iter())
            .map(|(mn, day, device_id, hash)| (mn, day, device_id, hex(&hash)))
            .collect(),
    })
}

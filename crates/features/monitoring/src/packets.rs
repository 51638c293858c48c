//! Looking into raw packets, in the journal and in the vault: which came, what one says, and the evidence that it is as it came.

use std::collections::HashSet;

use access::{Actor, Permission};
use beijing_time::Timestamp;
use bytes::Bytes;
use database::Database;
use hj212::{Envelope, scan_frame};
use sites::{DeviceDirectory, DirectoryDevice};

use crate::interpret::{Interpretation, interpret_packet};
use crate::journal::batch::{compute_batch_hash, decode_batch};
use crate::store::journal as store;
use crate::{MonitoringError, PacketId, StoredPacket, vault};

/// Batches looked through for one page at the most; the page says where to go on.
const MOST_BATCHES: usize = 500;
/// Windows of the vault looked through for one page at the most.
const MOST_WINDOWS: usize = 16;
/// Packets of one page at the most.
const MOST_ON_PAGE: usize = 1_000;

/// Which packets to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PacketFilter {
    /// Of one device.
    pub device_id: Option<i64>,
    /// Of one command code (CN).
    pub command: Option<String>,
    /// Received at or after.
    pub from: Option<Timestamp>,
    /// Received before.
    pub to: Option<Timestamp>,
    /// Go on behind this packet (newest first).
    pub before: Option<PacketId>,
    /// At most so many.
    pub limit: usize,
}

/// Packets, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PacketPage {
    /// The packets.
    pub packets: Vec<StoredPacket>,
    /// Give this as `before` to go on; absent when there is nothing more. A page may be short and
    /// still go on: one call looks through a bounded part of the journal.
    pub next: Option<PacketId>,
}

/// A packet with all that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketEvidence {
    /// The packet as it came.
    pub packet: StoredPacket,
    /// What it says, by the register as it is now.
    pub interpretation: Interpretation,
    /// The chain (SM3) before it: of the journal before its batch, or of its MN before the packet.
    pub previous_hash: Vec<u8>,
    /// The chain after it: of the journal with its batch, or of its MN with the packet.
    pub batch_hash: Vec<u8>,
    /// Whether the one follows from the other and what is stored.
    pub is_link_whole: bool,
    /// Its place in the vault, once its day has been packed.
    pub vault: Option<VaultPlace>,
}

/// Where a packet is in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultPlace {
    /// The MN in whose chain it is.
    pub mn: String,
    /// Its place in that chain, from 1.
    pub position: i64,
    /// The window of the journal with which it was packed.
    pub window: i64,
    /// The batches of that window, the first and the last.
    pub batches: (i64, i64),
    /// The journal's chain at the end of the window.
    pub journal_hash: Vec<u8>,
    /// The window's seal, over the one before, the journal's chain and the chains of its MNs.
    pub seal: Vec<u8>,
}

/// The command code of a packet, if it can be read.
pub fn find_command(bytes: &Bytes) -> Option<String> {
    let settings = hj212::FrameSettings::tolerant();
    let segment = match scan_frame(bytes, &settings, hj212::Input::Ended) {
        hj212::Scanned::Frame(span) => bytes.get(span.segment.clone()).unwrap_or_default(),
        _ => bytes,
    };
    Envelope::scan(segment).cn.map(str::to_owned)
}

/// Whether the actor may see a device's packets: all its points lie in the actor's part of the
/// city, or the actor sees everything.
fn covers(directory: &DeviceDirectory, actor: &Actor, device: &DirectoryDevice) -> bool {
    if actor.scope == access::Scope::Everything {
        return true;
    }
    !device.channels.is_empty()
        && device.channels.iter().all(|channel| {
            directory
                .point(channel.point_id)
                .is_some_and(|point| point.is_covered_by(&actor.scope))
        })
}

/// The devices whose packets the actor may see; `None` for all, also those no longer registered.
pub(crate) fn find_visible_devices(
    directory: &DeviceDirectory,
    actor: &Actor,
) -> Option<HashSet<i64>> {
    if actor.scope == access::Scope::Everything {
        return None;
    }
    let devices = directory.devices();
    Some(
        devices
            .filter(|device| covers(directory, actor, device))
            .map(|device| device.id.0)
            .collect(),
    )
}

/// Lists packets of the journal and the vault, newest first.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Database`], [`MonitoringError::Damaged`].
pub async fn list_packets(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    filter: &PacketFilter,
) -> Result<PacketPage, MonitoringError> {
    actor.check(Permission::ReadPackets)?;
    let visible = find_visible_devices(directory, actor);
    let limit = filter.limit.clamp(1, MOST_ON_PAGE);
    let matches = |packet: &StoredPacket| -> bool {
        filter.before.is_none_or(|before| packet.id < before)
            && filter.from.is_none_or(|from| packet.received_at >= from)
            && filter.to.is_none_or(|to| packet.received_at < to)
            && filter
                .device_id
                .is_none_or(|device_id| packet.device_id == device_id)
            && visible
                .as_ref()
                .is_none_or(|visible| visible.contains(&packet.device_id))
            && filter.command.as_ref().is_none_or(|command| {
                find_command(&packet.bytes).as_deref() == Some(command.as_str())
            })
    };
    let mut page = PacketPage::default();
    // the batch of `before` itself may hold more
    let mut below = filter
        .before
        .map_or(i64::MAX, |before| before.batch_id().saturating_add(1));
    let from_ms = filter.from.map_or(i64::MIN, Timestamp::epoch_ms);
    let to_ms = filter.to.map_or(i64::MAX, Timestamp::epoch_ms);
    for _batch in 0..MOST_BATCHES {
        let Some((id, content)) = store::find_before(database, below, from_ms, to_ms).await? else {
            return list_vaulted(database, filter, below, page, matches).await;
        };
        below = id;
        let mut packets = decode_batch(id, &content)?;
        packets.retain(&matches);
        if fill(&mut page, packets.into_iter().rev(), limit) {
            return Ok(page);
        }
    }
    page.next = PacketId::new(below, 0);
    Ok(page)
}

/// Fills a page; true when it is full and there is more.
fn fill(page: &mut PacketPage, packets: impl Iterator<Item = StoredPacket>, limit: usize) -> bool {
    for packet in packets {
        if page.packets.len() == limit {
            page.next = page.packets.last().map(|last| last.id);
            return true;
        }
        page.packets.push(packet);
    }
    false
}

/// Goes on in the vault.
async fn list_vaulted(
    database: &Database,
    filter: &PacketFilter,
    below: i64,
    mut page: PacketPage,
    matches: impl Fn(&StoredPacket) -> bool,
) -> Result<PacketPage, MonitoringError> {
    let limit = filter.limit.clamp(1, MOST_ON_PAGE);
    // a journal that is being packed may have given less than it had
    let mut below = filter
        .before
        .map_or(i64::MAX, |before| before.batch_id().saturating_add(1))
        .max(below);
    let times = (filter.from, filter.to);
    for _window in 0..MOST_WINDOWS {
        let found = vault::list_before(database, below, times, filter.device_id).await?;
        let Some((first_batch, packets)) = found else {
            return Ok(page);
        };
        below = first_batch;
        let known = page.packets.last().map_or(i64::MAX, |last| last.id.0);
        let packets = packets
            .into_iter()
            .filter(|packet| packet.id.0 < known && matches(packet));
        if fill(&mut page, packets, limit) {
            return Ok(page);
        }
    }
    page.next = PacketId::new(below, 0);
    Ok(page)
}

/// Finds a packet that the actor may see.
///
/// # Errors
/// [`MonitoringError::NoSuchPacket`] when there is none or the actor may not know of it,
/// [`MonitoringError::Refused`], [`MonitoringError::Database`], [`MonitoringError::Damaged`].
pub async fn find_packet(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    id: PacketId,
) -> Result<StoredPacket, MonitoringError> {
    actor.check(Permission::ReadPackets)?;
    let missing = MonitoringError::NoSuchPacket { packet_id: id.0 };
    // the journal first: what is packed in between is then found in the vault
    let packet = match crate::journal::find_in_journal(database, id).await? {
        Some(packet) => packet,
        None => match vault::find_packet(database, id).await? {
            Some(found) => found.packet,
            None => return Err(missing),
        },
    };
    match find_visible_devices(directory, actor) {
        Some(visible) if !visible.contains(&packet.device_id) => Err(missing),
        _ => Ok(packet),
    }
}

/// Loads a packet with the evidence for it.
///
/// # Errors
/// As [`find_packet`].
pub async fn load_packet_evidence(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    id: PacketId,
) -> Result<PacketEvidence, MonitoringError> {
    let packet = find_packet(database, directory, actor, id).await?;
    let interpretation = interpret_packet(&packet, directory);
    let batch_id = id.batch_id();
    let Some((content, batch_hash)) = store::find_link(database, batch_id).await? else {
        let found = vault::find_packet(database, id).await?;
        let found = found.ok_or(MonitoringError::NoSuchPacket { packet_id: id.0 })?;
        let window = found.window;
        return Ok(PacketEvidence {
            interpretation,
            packet,
            previous_hash: found.previous_hash,
            batch_hash: found.hash,
            is_link_whole: found.is_whole,
            vault: Some(VaultPlace {
                mn: found.mn,
                position: found.position,
                window: window.id,
                batches: (window.first_batch_id, window.last_batch_id),
                journal_hash: window.journal_hash,
                seal: window.seal,
            }),
        });
    };
    let chain_start = store::load_packed(database).await?;
    let previous_hash = if chain_start.batch_id == batch_id - 1 {
        chain_start.hash
    } else {
        store::find_batch_hash(database, batch_id - 1)
            .await?
            .unwrap_or_default()
    };
    let is_link_whole = compute_batch_hash(&previous_hash, batch_id, &content) == batch_hash;
    Ok(PacketEvidence {
        interpretation,
        packet,
        previous_hash,
        batch_hash,
        is_link_whole,
        vault: None,
    })
}

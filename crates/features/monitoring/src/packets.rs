//! Looking into raw packets: which came, what one says, and the evidence that it is as it came.

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
use crate::{MonitoringError, PacketId, StoredPacket};

/// Batches looked through for one page at the most; the page says where to go on.
const MOST_BATCHES: usize = 500;
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
    /// The hash of the journal's link before its batch (SM3).
    pub previous_hash: Vec<u8>,
    /// The hash of its batch, chained to the one before.
    pub batch_hash: Vec<u8>,
    /// Whether the batch's hash follows from its content and the link before.
    pub is_link_whole: bool,
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
fn visible_devices(directory: &DeviceDirectory, actor: &Actor) -> Option<HashSet<i64>> {
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

/// Lists packets of the journal, newest first.
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
    let visible = visible_devices(directory, actor);
    let limit = filter.limit.clamp(1, MOST_ON_PAGE);
    let matches = |packet: &StoredPacket| {
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
            return Ok(page);
        };
        below = id;
        let mut packets = decode_batch(id, &content)?;
        packets.retain(matches);
        for packet in packets.into_iter().rev() {
            if page.packets.len() == limit {
                page.next = page.packets.last().map(|last| last.id);
                return Ok(page);
            }
            page.packets.push(packet);
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
    let Some(packet) = crate::journal::find_in_journal(database, id).await? else {
        return Err(missing);
    };
    match visible_devices(directory, actor) {
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
    let batch_id = id.batch_id();
    let missing = || MonitoringError::NoSuchPacket { packet_id: id.0 };
    let (content, batch_hash) = store::find_link(database, batch_id)
        .await?
        .ok_or_else(missing)?;
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
        interpretation: interpret_packet(&packet, directory),
        packet,
        previous_hash,
        batch_hash,
        is_link_whole,
    })
}

//! Looking into the quarantine, replaying and discarding.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use bytes::Bytes;
use database::{Database, audit, sqlx};
use sites::DirectoryDevice;

use super::proposal;
use crate::store::quarantine as store;
use crate::{ArrivedPacket, CommitSink, Journal, MonitoringError, PacketId, PacketOrigin};

/// One unknown sender.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QuarantineEntry {
    /// The MN it names; empty for all senders beyond the bound.
    pub mn: String,
    /// Its network address.
    pub peer: String,
    /// Why it is refused: `unknown_device`, `wrong_password`, `device_disabled`, `no_device`.
    pub reason: String,
    /// First seen, epoch milliseconds.
    pub first_ms: i64,
    /// Last seen, epoch milliseconds.
    pub last_ms: i64,
    /// Packets seen.
    pub seen: i64,
    /// Packets kept of this MN.
    pub kept: i64,
}

/// A packet in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QuarantinedPacket {
    /// Its number in the quarantine.
    pub id: i64,
    /// The MN it names.
    pub mn: String,
    /// The sender's network address.
    pub peer: String,
    /// Why it is refused.
    pub reason: String,
    /// When it came, epoch milliseconds.
    pub received_ms: i64,
    /// The whole frame.
    pub packet: Vec<u8>,
}

/// Frames of one sort of defect from one address.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DefectCount {
    /// The network address; empty for all beyond the bound.
    pub peer: String,
    /// The defect's code.
    pub defect: String,
    /// First seen, epoch milliseconds.
    pub first_ms: i64,
    /// Last seen, epoch milliseconds.
    pub last_ms: i64,
    /// Frames seen.
    pub seen: i64,
    /// Their bytes, as far as they were kept for a sample.
    pub seen_bytes: i64,
}

/// A kept sample of a frame with a defect.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DefectSample {
    /// Its number.
    pub id: i64,
    /// The network address.
    pub peer: String,
    /// The defect's code.
    pub defect: String,
    /// When it came, epoch milliseconds.
    pub received_ms: i64,
    /// The first bytes.
    pub sample: Vec<u8>,
}

/// Lists unknown senders, the last seen first.
pub async fn list_quarantine(
    database: &Database,
    actor: &Actor,
    limit: u32,
) -> Result<Vec<QuarantineEntry>, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    store::list_entries(database, limit.min(1_000)).await
}

/// Lists the kept packets of an MN after a number, oldest first.
pub async fn list_quarantined_packets(
    database: &Database,
    actor: &Actor,
    mn: &str,
    after: i64,
    limit: u32,
) -> Result<Vec<QuarantinedPacket>, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    store::list_packets(database, mn, after, limit.min(1_000)).await
}

/// One kept packet.
pub async fn load_quarantined_packet(
    database: &Database,
    actor: &Actor,
    id: i64,
) -> Result<QuarantinedPacket, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    store::find_packet(database, id)
        .await?
        .ok_or(MonitoringError::NotInQuarantine { id })
}

/// Forgets what is kept and counted of an MN; returns how many packets went.
pub async fn discard_quarantine(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    mn: &str,
) -> Result<u64, MonitoringError> {
    actor.check_everywhere(Permission::ManageQuarantine)?;
    let subject = format!("mn:{mn}");
    write_trail(
        database,
        clock,
        actor,
        "monitoring.discard_quarantine",
        subject,
    )
    .await?;
    store::delete_all(database, mn).await
}

/// Puts the kept packets of a device's MN into the journal as packets of the device, which has been
/// registered since, and takes them out of the quarantine once they are committed. They are marked
/// as replayed: what they say is history. A crash in between replays them again, which changes
/// nothing. Packets without the device's password stay: anybody could have sent them.
pub async fn replay_quarantine(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    journal: &Journal,
    device: &DirectoryDevice,
) -> Result<u64, MonitoringError> {
    actor.check_everywhere(Permission::ManageQuarantine)?;
    let mn = &*device.mn;
    let subject = format!("mn:{mn}");
    write_trail(
        database,
        clock,
        actor,
        "monitoring.replay_quarantine",
        subject,
    )
    .await?;
    let mut after = 0;
    let mut replayed = 0;
    loop {
        let packets = store::list_packets(database, mn, after, 500).await?;
        let Some(last) = packets.last() else {
            break;
        };
        after = last.id;
        let waiter = Arc::new(Waiter::default());
        let mut ids = Vec::with_capacity(packets.len());
        let mut arrived = Vec::with_capacity(packets.len());
        for packet in packets {
            if packet.reason == "wrong_password" || !is_from(device, &packet.packet) {
                continue;
            }
            ids.push(packet.id);
            arrived.push(ArrivedPacket {
                bytes: Bytes::from(packet.packet),
                received_at: beijing_time::Timestamp::from_epoch_ms(packet.received_ms),
                device_id: device.id.0,
                origin: PacketOrigin::Replayed,
                peer: packet.peer.into(),
                tag: 0,
                sink: Arc::clone(&waiter) as Arc<dyn CommitSink>,
            });
        }
        let count = arrived.len() as u64;
        journal.put_all(arrived).await?;
        waiter.wait(count).await;
        store::delete_replayed(database, mn, &ids).await?;
        replayed += count;
    }
    Ok(replayed)
}

/// Whether a packet carries the password of the device.
fn is_from(device: &DirectoryDevice, packet: &[u8]) -> bool {
    proposal::decode(packet).is_some_and(|frame| {
        let password = frame.envelope().pw.unwrap_or_default();
        device.accepts_password(password.as_bytes())
    })
}

/// Lists frames with defects by sender, the last seen first.
pub async fn list_defects(
    database: &Database,
    actor: &Actor,
    limit: u32,
) -> Result<Vec<DefectCount>, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    store::list_defects(database, limit.min(1_000)).await
}

/// Which samples of frames with defects.
#[derive(Debug, Clone, Default)]
pub struct DefectSampleFilter {
    /// From this network address.
    pub peer: Option<String>,
    /// With this defect.
    pub defect: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Lists kept samples of frames with defects, the latest first.
pub async fn list_defect_samples(
    database: &Database,
    actor: &Actor,
    filter: &DefectSampleFilter,
) -> Result<Vec<DefectSample>, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    store::list_samples(database, filter, filter.limit.min(1_000)).await
}

/// Forgets counts and samples of one sort of defect from one address; returns how many samples
/// went.
pub async fn discard_defects(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (peer, defect): (&str, &str),
) -> Result<u64, MonitoringError> {
    actor.check_everywhere(Permission::ManageQuarantine)?;
    let subject = format!("peer:{peer};defect:{defect}");
    write_trail(
        database,
        clock,
        actor,
        "monitoring.discard_defects",
        subject,
    )
    .await?;
    store::delete_defects(database, peer, defect).await
}

/// How much the quarantine holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineFigures {
    /// Packets kept.
    pub packets: i64,
    /// Samples of defects kept.
    pub samples: i64,
}

/// Counts what the quarantine holds.
pub async fn load_quarantine_figures(
    database: &Database,
    actor: &Actor,
) -> Result<QuarantineFigures, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    let packets = store::count_packets(database).await?;
    let samples = store::count_samples(database).await?;
    Ok(QuarantineFigures {
        packets: packets.iter().map(|(_peer, count)| count).sum(),
        samples: samples.iter().map(|(_peer, _defect, count)| count).sum(),
    })
}

async fn write_trail(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    action: &'static str,
    subject: String,
) -> Result<(), MonitoringError> {
    // the quarantine lies in the raw store: the trail is written first, in the main store
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(actor, action, subject);
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// Counts commitments.
#[derive(Debug, Default)]
struct Waiter {
    committed: AtomicU64,
    changed: tokio::sync::Notify,
}

impl CommitSink for Waiter {
    fn committed(&self, _tag: u64, _packet_id: PacketId) {
        self.committed.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_one();
    }
}

impl Waiter {
    async fn wait(&self, count: u64) {
        while self.committed.load(Ordering::SeqCst) < count {
            self.changed.notified().await;
        }
    }
}

//! Looking into the quarantine, replaying and discarding.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use bytes::Bytes;
use database::{Database, audit, sqlx};

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
    actor.check(Permission::ReadQuarantine)?;
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
    actor.check(Permission::ReadQuarantine)?;
    store::list_packets(database, mn, after, limit.min(1_000)).await
}

/// One kept packet.
pub async fn load_quarantined_packet(
    database: &Database,
    actor: &Actor,
    id: i64,
) -> Result<QuarantinedPacket, MonitoringError> {
    actor.check(Permission::ReadQuarantine)?;
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
    actor.check(Permission::ManageQuarantine)?;
    write_trail(database, clock, actor, "monitoring.discard_quarantine", mn).await?;
    store::delete_all(database, mn).await
}

/// Puts the kept packets of an MN into the journal as packets of a device that has been registered
/// since, and takes them out of the quarantine once they are committed. They are marked as
/// replayed: what they say is history. A crash in between replays them again, which changes
/// nothing. Packets with a wrong password stay: the device's registration does not make them right.
pub async fn replay_quarantine(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    journal: &Journal,
    mn: &str,
    device_id: i64,
) -> Result<u64, MonitoringError> {
    actor.check(Permission::ManageQuarantine)?;
    write_trail(database, clock, actor, "monitoring.replay_quarantine", mn).await?;
    let mut after = 0;
    let mut replayed = 0;
    loop {
        let packets = store::list_packets(database, mn, after, 500).await?;
        let Some(last) = packets.last() else {
            break;
        };
        let last_id = last.id;
        let waiter = Arc::new(Waiter::default());
        let arrived: Vec<ArrivedPacket> = packets
            .into_iter()
            .filter(|packet| packet.reason != "wrong_password")
            .map(|packet| ArrivedPacket {
                bytes: Bytes::from(packet.packet),
                received_at: beijing_time::Timestamp::from_epoch_ms(packet.received_ms),
                device_id,
                origin: PacketOrigin::Replayed,
                peer: packet.peer.into(),
                tag: 0,
                sink: Arc::clone(&waiter) as Arc<dyn CommitSink>,
            })
            .collect();
        let count = arrived.len() as u64;
        journal.put_all(arrived).await?;
        waiter.wait(count).await;
        store::delete_replayed(database, mn, after, last_id).await?;
        replayed += count;
        after = last_id;
    }
    Ok(replayed)
}

/// Lists frames with defects by sender, the last seen first.
pub async fn list_defects(
    database: &Database,
    actor: &Actor,
    limit: u32,
) -> Result<Vec<DefectCount>, MonitoringError> {
    actor.check(Permission::ReadQuarantine)?;
    store::list_defects(database, limit.min(1_000)).await
}

/// Lists kept samples of frames with defects, the latest first.
pub async fn list_defect_samples(
    database: &Database,
    actor: &Actor,
    limit: u32,
) -> Result<Vec<DefectSample>, MonitoringError> {
    actor.check(Permission::ReadQuarantine)?;
    store::list_samples(database, limit.min(1_000)).await
}

async fn write_trail(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    action: &'static str,
    mn: &str,
) -> Result<(), MonitoringError> {
    // the quarantine lies in the raw store: the trail is written first, in the main store
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(actor, action, format!("mn:{mn}"));
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

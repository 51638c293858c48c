//! What the senders need of the two stores: plans, the journal from a packet on, and writing down
//! what became of packets.

use beijing_time::Timestamp;
use database::Database;
use monitoring::{PacketId, StoredPacket, journal};
use sites::{DevicePassword, DirectoryHandle, SealingKey};

use crate::model::{Failure, FailureState, TargetId};
use crate::plan::{Plan, PlannedDevice};
use crate::queue::Outcome;
use crate::{ForwardingError, store};

/// A piece of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalPiece {
    /// Its packets.
    pub packets: Vec<StoredPacket>,
    /// Everything up to this packet is in it or was before it.
    pub read_to: PacketId,
    /// How many packets of the journal were read for it.
    pub batch_packets: i64,
}

/// What a device's password for a superior is sealed for.
pub(crate) fn password_subject(target: TargetId, device_id: i64) -> String {
    format!("forwarding password of device {device_id} at target {target}")
}

/// The targets that packets go to at present, with their device maps opened.
///
/// # Errors
/// [`ForwardingError::Database`], [`ForwardingError::Damaged`].
pub async fn list_enabled_plans(
    database: &Database,
    sealing_key: &SealingKey,
) -> Result<Vec<Plan>, ForwardingError> {
    let mut plans = Vec::new();
    for target in store::target::list(database).await? {
        if !target.details.is_enabled {
            continue;
        }
        let mut devices = std::collections::HashMap::new();
        for row in store::mapping::list_all(database, target.id).await? {
            let subject = password_subject(target.id, row.device_id);
            let opened = row
                .password_sealed
                .map(|sealed| sealing_key.open(&subject, &sealed));
            let (password, sealing_error) = match opened {
                None => (None, None),
                Some(Ok(plain)) => {
                    let text = String::from_utf8_lossy(&plain).into_owned();
                    (Some(DevicePassword::new(text)), None)
                }
                Some(Err(error)) => (None, Some(error.to_string())),
            };
            let planned = PlannedDevice {
                mapping: row.details,
                password,
                sealing_error,
            };
            devices.insert(row.device_id, planned);
        }
        plans.push(Plan { target, devices });
    }
    Ok(plans)
}

/// The last packet of the journal as it is now: what comes after it is new.
///
/// # Errors
/// [`ForwardingError::Monitoring`].
pub async fn find_journal_head(database: &Database) -> Result<PacketId, ForwardingError> {
    let batch_id = journal::find_head(database).await?;
    Ok(last_of_batch(batch_id))
}

fn last_of_batch(batch_id: i64) -> PacketId {
    PacketId::new(batch_id, PacketId::MOST_IN_BATCH - 1).unwrap_or(PacketId(i64::MAX))
}

/// Reads the journal behind a packet: the rest of its batch, or the next batch. `None` when there
/// is nothing more at present.
///
/// # Errors
/// [`ForwardingError::Monitoring`].
pub async fn read_journal(
    database: &Database,
    after: PacketId,
) -> Result<Option<JournalPiece>, ForwardingError> {
    let mut batch_id = after.batch_id();
    if after.place() + 1 < PacketId::MOST_IN_BATCH
        && batch_id > 0
        && let Some(mut packets) = journal::load_batch(database, batch_id).await?
    {
        packets.retain(|packet| packet.id > after);
        return Ok(Some(JournalPiece {
            packets,
            read_to: last_of_batch(batch_id),
            batch_packets: 0,
        }));
    }
    loop {
        let listed = journal::list_batches(database, batch_id, 1).await?;
        let Some(batch) = listed.first() else {
            return Ok(None);
        };
        if let Some(packets) = journal::load_batch(database, batch.id).await? {
            return Ok(Some(JournalPiece {
                packets,
                read_to: last_of_batch(batch.id),
                batch_packets: batch.packet_count,
            }));
        }
        batch_id = batch.id;
    }
}

/// Writes down how far a target has come, in one transaction with what could not be delivered.
///
/// # Errors
/// [`ForwardingError::CheckpointMoved`] when another server forwards to the target too.
pub async fn save_outcome(
    database: &Database,
    target: TargetId,
    from: PacketId,
    outcome: &Outcome,
) -> Result<(), ForwardingError> {
    let delivery = &outcome.delivery;
    let mut transaction = database.begin().await?;
    let fresh = delivery
        .failures
        .iter()
        .filter(|failure| failure.attempts <= 1)
        .count();
    for failure in &delivery.failures {
        store::failure::put(&mut transaction, target, failure).await?;
    }
    let mut removed = 0;
    for packet_id in &delivery.redelivered {
        removed += store::failure::delete(&mut transaction, target, *packet_id).await?;
    }
    for device_id in &delivery.revived {
        store::failure::queue_unanswered(&mut transaction, target, *device_id).await?;
    }
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let redelivered = delivery.redelivered.len() as u64;
    let step = store::target::ProgressStep {
        from,
        to: outcome.done,
        to_received_at: outcome.done_received_at,
        sent: count(delivery.delivered.saturating_add(redelivered)),
        given_up: count(fresh as u64) - count(removed),
    };
    if !store::target::move_progress(&mut transaction, target, &step).await? {
        transaction.rollback().await?;
        return Err(ForwardingError::CheckpointMoved { id: target });
    }
    transaction.commit().await?;
    Ok(())
}

/// Packets passed over that somebody asked to send again, oldest first, with the packets
/// themselves; those that are no longer kept come without.
///
/// # Errors
/// [`ForwardingError::Database`], [`ForwardingError::Monitoring`].
pub async fn list_queued_failures(
    database: &Database,
    directory: &DirectoryHandle,
    target: TargetId,
    after: PacketId,
    limit: u32,
) -> Result<Vec<(Failure, Option<StoredPacket>)>, ForwardingError> {
    let actor = access::Actor::system("forwarding");
    let present = directory.current();
    let mut found = Vec::new();
    for failure in store::failure::list_queued(database, target, after, limit).await? {
        let packet =
            match monitoring::find_packet(database, &present, &actor, failure.packet_id).await {
                Ok(packet) => Some(packet),
                Err(monitoring::MonitoringError::NoSuchPacket { .. }) => None,
                Err(error) => return Err(error.into()),
            };
        found.push((failure, packet));
    }
    Ok(found)
}

/// A packet that was to be sent again is no longer kept: it stays on the list as such.
///
/// # Errors
/// [`ForwardingError::Database`].
pub async fn mark_gone(
    database: &Database,
    target: TargetId,
    failure: &Failure,
    at: Timestamp,
) -> Result<(), ForwardingError> {
    let gone = Failure {
        at,
        reason: crate::FailureReason::Gone,
        state: FailureState::Failed,
        ..failure.clone()
    };
    let mut transaction = database.begin().await?;
    store::failure::put(&mut transaction, target, &gone).await?;
    transaction.commit().await?;
    Ok(())
}

//! Evidence to be carried away: the packets behind some records byte for byte, what proves them
//! without this database, and the records with their marks and reviews, in one ZIP file.
//!
//! A packet that has gone to the vault is proved by its whole block: from the hash of its MN's chain
//! before the block, over every packet in it, to the hash after it; and by the seal of the window,
//! which covers that hash, the journal's chain and the seal before. A packet that is still in the
//! journal is proved by its whole batch. A seal and a batch tell of other devices too: they go only
//! to who may see the whole city. What anchors the proof are the seals and the digest of the bundle:
//! the audit trail keeps the one, this installation the others.

mod archive;
mod collect;
mod format;
mod page;
mod verify;

use access::{Actor, AuditEntry, Permission, Scope};
use beijing_time::{Clock, DAY_MS, Timestamp};
use database::{Database, audit};
use sites::DeviceDirectory;

pub use verify::{EvidenceFault, EvidenceReport, verify_evidence};

use crate::facts::Facts;
use crate::layers::Layer;
use crate::records::{find_point, interval_of, merge_rows};
use crate::versions::{Wanted, load_versions};
use crate::{MonitoringError, RecordKind};

/// The longest time of one bundle.
const MOST_DAYS: i64 = 31;
/// The most packets of one bundle.
const MOST_PACKETS: usize = 5_000;

/// What to take along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRequest {
    /// The point.
    pub point_id: i64,
    /// Which records.
    pub kind: RecordKind,
    /// Of this factor; of all when absent.
    pub factor_code: Option<String>,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
}

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceBundle {
    /// The ZIP file.
    pub content: Vec<u8>,
    /// Packets in it.
    pub packets: usize,
    /// The SM3 digest of its list of files, which the audit trail keeps.
    pub digest: String,
}

/// Makes a bundle, and keeps in the audit trail who took what along.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::Invalid`] for
/// a time out of order, too long, or with more than 5,000 packets.
pub async fn export_evidence(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    request: &EvidenceRequest,
) -> Result<EvidenceBundle, MonitoringError> {
    let point = find_point(
        directory,
        actor,
        Permission::ExportEvidence,
        request.point_id,
    )?;
    actor.check(Permission::ReadData)?;
    actor.check(Permission::ReadPackets)?;
    check_request(request)?;
    let now = clock.now();
    let wanted = Wanted::new(request.kind, request.from, request.to);
    let rows = load_versions(database, request.point_id, &wanted).await?;
    let mut versions = merge_each(request, interval_of(point), rows);
    // an import proves nothing of what a device sent
    versions.retain(|record| record.packet_id.import_id().is_none());
    if let Some(code) = &request.factor_code {
        versions.retain(|record| (record.readings.iter()).any(|won| *won.reading.code == **code));
    }
    let mut ids: Vec<i64> = versions.iter().map(|record| record.packet_id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_PACKETS {
        return Err(MonitoringError::Invalid {
            field: "to",
            detail: format!("{} packets, more than {MOST_PACKETS} at once", ids.len()),
        });
    }
    let span = (request.from, request.to);
    let facts = Facts::load(database, request.point_id, span, Layer::Effective)
        .await?
        .known_at(None);
    let sees_all = actor.scope == Scope::Everything;
    let found = collect::collect(database, directory, actor, &ids, sees_all).await?;
    let told = format::Told::new(point, request, &versions, &facts, (now, &actor.name));
    let (content, digest) = archive::write(&told, &found)?;
    let subject = format!("point:{}", request.point_id);
    let entry = AuditEntry::new(actor, "monitoring.export_evidence", subject).after(format!(
        "{{\"kind\":\"{}\",\"from\":\"{}\",\"to\":\"{}\",\"packets\":{},\"digest\":\"{digest}\"}}",
        request.kind.as_str(),
        request.from,
        request.to,
        found.packets.len(),
    ));
    let mut transaction = database.begin().await?;
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(EvidenceBundle {
        content,
        packets: found.packets.len(),
        digest,
    })
}

/// Each version as a record of its own, in the order in which they win: the last one counts.
fn merge_each(
    request: &EvidenceRequest,
    minute_interval: Option<u32>,
    rows: Vec<crate::store::records::RecordRow>,
) -> Vec<crate::Record> {
    rows.into_iter()
        .flat_map(|row| merge_rows(request.kind, minute_interval, vec![row]))
        .collect()
}

fn check_request(request: &EvidenceRequest) -> Result<(), MonitoringError> {
    let invalid = |detail: String| {
        let field = "to";
        Err(MonitoringError::Invalid { field, detail })
    };
    if request.from >= request.to {
        return invalid("is not after the beginning".to_owned());
    }
    if request.to.ms_since(request.from) > MOST_DAYS * DAY_MS {
        return invalid(format!("more than {MOST_DAYS} days at once"));
    }
    Ok(())
}

//! Checking a bundle without the database that it came from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::{Read, Seek};

use bytes::Bytes;
use zip::ZipArchive;

use super::format::{FORM, MANIFEST, Manifest, PROOF, PacketEntry, Proof, WindowEntry};
use super::format::{hex, sm3, unhex};
use crate::journal::batch::{compute_batch_hash, decode_batch};
use crate::store::vault::Window;
use crate::vault::{chain, compute_seal, decode_block};
use crate::{MonitoringError, StoredPacket};

/// The longest file of a bundle that is read.
const MOST_BYTES: u64 = 256 << 20;
/// The most files of a bundle.
const MOST_FILES: usize = 50_000;

/// What a check of a bundle found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EvidenceReport {
    /// The digest of the list of files: that of the audit trail when the bundle is what was exported.
    pub digest: String,
    /// Files.
    pub files: usize,
    /// Packets.
    pub packets: usize,
    /// Packets that the bundle itself proves.
    pub proved: usize,
    /// Windows with their seals, to be compared with those of the platform.
    pub seals: Vec<(i64, String)>,
    /// What is wrong.
    pub faults: Vec<EvidenceFault>,
}

/// Something wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceFault {
    /// A file that is listed is not there or cannot be read.
    Unreadable(String),
    /// A file is not what was exported.
    Altered(String),
    /// A file is there that is not listed.
    Unlisted(String),
    /// A packet is not the one that its block or batch holds.
    Packet(i64),
    /// The packets of a block do not lead from the hash before it to the one after.
    Chain(String),
    /// A batch does not lead from the hash before it to the one after.
    Batch(i64),
    /// A seal does not follow from what it covers.
    Seal(i64),
}

impl fmt::Display for EvidenceFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(name) => write!(formatter, "{name} is missing or cannot be read"),
            Self::Altered(name) => write!(formatter, "{name} is not what was exported"),
            Self::Unlisted(name) => write!(formatter, "{name} was not in the bundle"),
            Self::Packet(id) => write!(formatter, "packet {id} is not the one that was received"),
            Self::Chain(name) => write!(formatter, "{name} does not fit its chain"),
            Self::Batch(id) => write!(formatter, "batch {id} does not fit the journal's chain"),
            Self::Seal(id) => write!(formatter, "the seal of window {id} does not cover this"),
        }
    }
}

/// Checks a bundle: every file against the list, every packet against its block or batch, every
/// block and batch against its chain, every seal against what it covers.
///
/// # Errors
/// [`MonitoringError::Damaged`] when it is no bundle or its list cannot be read.
pub fn verify_evidence(reader: impl Read + Seek) -> Result<EvidenceReport, MonitoringError> {
    let damaged = |detail: &dyn fmt::Display| MonitoringError::damaged("evidence bundle", detail);
    let mut archive = ZipArchive::new(reader).map_err(|error| damaged(&error))?;
    if archive.len() > MOST_FILES {
        return Err(damaged(&"it has too many files"));
    }
    let listed = read(&mut archive, MANIFEST).ok_or_else(|| damaged(&"its list is missing"))?;
    let manifest: Manifest = serde_json::from_slice(&listed).map_err(|error| damaged(&error))?;
    if manifest.form != FORM {
        return Err(damaged(&"its form is not known"));
    }
    let mut report = EvidenceReport {
        digest: sm3(&listed),
        files: manifest.files.len(),
        ..EvidenceReport::default()
    };
    let mut names: BTreeSet<String> = archive
        .file_names()
        .map(|name| name.map_or_else(|error| error.to_string(), std::borrow::Cow::into_owned))
        .collect();
    names.remove(MANIFEST);
    for entry in &manifest.files {
        names.remove(&entry.name);
        match read(&mut archive, &entry.name) {
            None => report
                .faults
                .push(EvidenceFault::Unreadable(entry.name.clone())),
            Some(content) if sm3(&content) != entry.sm3 => {
                report
                    .faults
                    .push(EvidenceFault::Altered(entry.name.clone()));
            }
            Some(_) => {}
        }
    }
    report
        .faults
        .extend(names.into_iter().map(EvidenceFault::Unlisted));
    let proof = read(&mut archive, PROOF)
        .and_then(|content| serde_json::from_slice::<Proof>(&content).ok());
    match proof {
        Some(proof) => check_proof(&mut archive, &proof, &mut report),
        None => report
            .faults
            .push(EvidenceFault::Unreadable(PROOF.to_owned())),
    }
    report.faults.sort();
    report.faults.dedup();
    Ok(report)
}

fn read<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let entry = archive.by_name(name).ok()?;
    entry.take(MOST_BYTES + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= MOST_BYTES).then_some(content)
}

fn check_proof<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    proof: &Proof,
    report: &mut EvidenceReport,
) {
    let mut of_file: BTreeMap<&str, Vec<&PacketEntry>> = BTreeMap::new();
    for packet in &proof.packets {
        report.packets += 1;
        if let Some(file) = &packet.proved_by {
            of_file.entry(file).or_default().push(packet);
        }
    }
    for block in &proof.blocks {
        let file = block.content_file.as_str();
        let packets = read(archive, file)
            .zip(read(archive, &block.ids_file))
            .and_then(|(content, ids)| decode_block(&ids, &content))
            .unwrap_or_default();
        let mut hash = unhex(&block.chain_before).unwrap_or_default();
        for packet in &packets {
            hash = chain(&hash, packet);
        }
        if packets.is_empty() || hex(&hash) != block.chain_after {
            report.faults.push(EvidenceFault::Chain(file.to_owned()));
        }
        check_packets(
            archive,
            of_file.remove(file).unwrap_or_default(),
            &packets,
            report,
        );
    }
    for batch in &proof.batches {
        let content = read(archive, &batch.file).unwrap_or_default();
        let before = unhex(&batch.chain_before).unwrap_or_default();
        if hex(&compute_batch_hash(&before, batch.id, &content)) != batch.chain_after {
            report.faults.push(EvidenceFault::Batch(batch.id));
        }
        let packets = decode_batch(batch.id, &content).unwrap_or_default();
        let named = of_file.remove(batch.file.as_str()).unwrap_or_default();
        check_packets(archive, named, &packets, report);
    }
    // packets that name a proof that is not there
    let lost = of_file.values().flatten().map(|packet| packet.id);
    report.faults.extend(lost.map(EvidenceFault::Packet));
    for window in &proof.windows {
        let is_covered = proof
            .blocks
            .iter()
            .filter(|block| block.window == window.id)
            .all(|block| {
                let own = (&block.mn, block.day, block.device_id, &block.chain_after);
                let mut blocks = window.blocks.iter();
                blocks.any(|(mn, day, device_id, hash)| (mn, *day, *device_id, hash) == own)
            });
        if !is_covered || seal(window).as_ref() != Some(&window.seal) {
            report.faults.push(EvidenceFault::Seal(window.id));
        }
        report.seals.push((window.id, window.seal.clone()));
    }
}

/// Compares packets with those of their block or batch.
fn check_packets<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    named: Vec<&PacketEntry>,
    packets: &[StoredPacket],
    report: &mut EvidenceReport,
) {
    let held: HashMap<i64, &StoredPacket> =
        packets.iter().map(|packet| (packet.id.0, packet)).collect();
    for entry in named {
        let content = read(archive, &entry.file).map(Bytes::from);
        let is_same = held.get(&entry.id).is_some_and(|packet| {
            content.as_ref() == Some(&packet.bytes)
                && entry.received_ms == packet.received_at.epoch_ms()
                && entry.received_at == packet.received_at.to_string()
                && entry.device_id == packet.device_id
                && entry.origin == packet.origin.code()
                && *entry.peer == *packet.peer
        });
        if is_same {
            report.proved += 1;
        } else {
            report.faults.push(EvidenceFault::Packet(entry.id));
        }
    }
}

/// The seal that follows from what a window covers.
fn seal(entry: &WindowEntry) -> Option<String> {
    let window = Window {
        id: entry.id,
        first_batch_id: entry.first_batch_id,
        last_batch_id: entry.last_batch_id,
        first_received_ms: 0,
        last_received_ms: 0,
        packet_count: entry.packet_count,
        size_bytes: entry.size_bytes,
        journal_hash: unhex(&entry.journal_hash)?,
        seal: Vec::new(),
    };
    let blocks: Option<Vec<_>> = (entry.blocks.iter())
        .map(|(mn, day, device_id, hash)| Some((mn.clone(), *day, *device_id, unhex(hash)?)))
        .collect();
    Some(hex(&compute_seal(
        &unhex(&entry.seal_before)?,
        &window,
        &blocks?,
    )))
}

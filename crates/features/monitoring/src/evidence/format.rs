//! The files of a bundle as they are written and read.

use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use sites::DirectoryPoint;
use sm3::{Digest, Sm3};
use std::fmt::Write as _;

use super::EvidenceRequest;
use crate::facts::Facts;
use crate::layers::Validity;
use crate::{Record, layers};

/// The form of the files.
pub(super) const FORM: &str = "qingshan-evidence-1";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const PROOF: &str = "proof.json";

/// The list of all other files.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) form: String,
    pub(super) files: Vec<FileEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FileEntry {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) sm3: String,
}

/// What proves the packets.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) packets: Vec<PacketEntry>,
    pub(super) blocks: Vec<BlockEntry>,
    pub(super) windows: Vec<WindowEntry>,
    pub(super) batches: Vec<BatchEntry>,
}

/// A packet, and where it is proved.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PacketEntry {
    pub(super) id: i64,
    pub(super) file: String,
    pub(super) received_at: String,
    pub(super) received_ms: i64,
    pub(super) device_id: i64,
    pub(super) origin: u8,
    pub(super) peer: String,
    /// Its number (QN) against the time of receipt, in milliseconds; none without a number.
    pub(super) clock_skew_ms: Option<i64>,
    /// The file of the block or batch that holds it; none when only this installation can prove it.
    pub(super) proved_by: Option<String>,
    /// The chain of its MN before and after it, in the vault.
    pub(super) chain_before: Option<String>,
    pub(super) chain_after: Option<String>,
}

/// A block of the vault: packets of one MN, day and device.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BlockEntry {
    pub(super) content_file: String,
    pub(super) ids_file: String,
    pub(super) mn: String,
    pub(super) window: i64,
    pub(super) day: i64,
    pub(super) device_id: i64,
    pub(super) chain_before: String,
    pub(super) chain_after: String,
}

/// A window of the vault and all that its seal covers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WindowEntry {
    pub(super) id: i64,
    pub(super) first_batch_id: i64,
    pub(super) last_batch_id: i64,
    pub(super) packet_count: i64,
    pub(super) size_bytes: i64,
    pub(super) journal_hash: String,
    pub(super) seal_before: String,
    pub(super) seal: String,
    /// MN, day, device and hash of each block.
    pub(super) blocks: Vec<(String, i64, i64, String)>,
}

/// A batch of the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BatchEntry {
    pub(super) file: String,
    pub(super) id: i64,
    pub(super) chain_before: String,
    pub(super) chain_after: String,
}

/// What the records say, for people and programs.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub(super) form: &'static str,
    pub(super) made_at: String,
    pub(super) made_by: String,
    pub(super) site: String,
    pub(super) point: String,
    pub(super) point_code: String,
    pub(super) is_simulated: bool,
    pub(super) kind: &'static str,
    pub(super) factor_code: Option<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) values: Vec<ToldValue>,
    pub(super) marks: Vec<ToldFact>,
    pub(super) reviews: Vec<ToldFact>,
    pub(super) limits: Vec<ToldLimit>,
}

/// What one packet says of one factor at one time.
#[derive(Debug, Serialize)]
pub(super) struct ToldValue {
    pub(super) time: String,
    pub(super) factor_code: String,
    /// All its values as sent, by field.
    pub(super) received: Vec<(String, String)>,
    pub(super) flag: Option<String>,
    pub(super) packet_id: i64,
    pub(super) received_at: String,
    /// Whether it wins over the other packets of this time.
    pub(super) wins: bool,
    pub(super) mark: Option<&'static str>,
    /// Of the winner: whether and as what it counts.
    pub(super) validity: Option<&'static str>,
    pub(super) effective: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ToldFact {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) factor_code: Option<String>,
    pub(super) word: &'static str,
    pub(super) value: Option<String>,
    pub(super) reason: String,
    pub(super) author: String,
    pub(super) at: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ToldLimit {
    pub(super) factor_code: String,
    pub(super) statistic: &'static str,
    pub(super) lower: Option<String>,
    pub(super) upper: Option<String>,
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) origin: &'static str,
    pub(super) basis: String,
}

impl Told {
    pub(super) fn new(
        point: &DirectoryPoint,
        request: &EvidenceRequest,
        versions: &[Record],
        facts: &Facts,
        (now, author): (Timestamp, &str),
    ) -> Self {
        let is_of = |code: &str| request.factor_code.as_deref().is_none_or(|of| of == code);
        let concerns = |subject: &layers::Subject| {
            subject.kind.is_none_or(|kind| kind == request.kind)
                && subject.factor_code.as_deref().is_none_or(is_of)
        };
        let marks = facts.marks.iter().filter(|mark| concerns(&mark.subject));
        let reviews = facts.reviews.iter().filter(|made| concerns(&made.subject));
        let limits = point.limits.iter().map(|(_, limit)| limit);
        let limits = limits.filter(|limit| {
            limit.kind.as_str() == request.kind.as_str()
                && is_of(&limit.factor_code)
                && limit.validity.from < request.to
                && limit.validity.to.is_none_or(|to| request.from < to)
        });
        Self {
            form: FORM,
            made_at: now.to_string(),
            made_by: author.to_owned(),
            site: point.site.name_zh.clone(),
            point: point.details.name_zh.clone(),
            point_code: point.details.code.clone(),
            is_simulated: point.site.is_simulated,
            kind: request.kind.as_str(),
            factor_code: request.factor_code.clone(),
            from: request.from.to_string(),
            to: request.to.to_string(),
            values: tell_values(versions, facts, is_of),
            marks: marks
                .map(|mark| ToldFact {
                    word: mark.mark.as_str(),
                    value: None,
                    reason: mark.reason.clone(),
                    author: mark.author.clone(),
                    at: mark.at.to_string(),
                    ..ToldFact::about(&mark.subject)
                })
                .collect(),
            reviews: reviews
                .map(|review| ToldFact {
                    word: review.decision.as_str(),
                    value: review.value.map(|value| value.to_string()),
                    reason: review.reason.clone(),
                    author: review.author.clone(),
                    at: review.at.to_string(),
                    ..ToldFact::about(&review.subject)
                })
                .collect(),
            limits: limits
                .map(|limit| ToldLimit {
                    factor_code: limit.factor_code.clone(),
                    statistic: limit.statistic.as_str(),
                    lower: limit.lower.map(|value| value.to_string()),
                    upper: limit.upper.map(|value| value.to_string()),
                    from: limit.validity.from.to_string(),
                    to: limit.validity.to.map(|to| to.to_string()),
                    origin: limit.origin.as_str(),
                    basis: limit.basis.clone(),
                })
                .collect(),
        }
    }
}

impl ToldFact {
    fn about(subject: &layers::Subject) -> Self {
        Self {
            from: subject.from.to_string(),
            to: subject.to.to_string(),
            factor_code: subject.factor_code.clone(),
            word: "",
            value: None,
            reason: String::new(),
            author: String::new(),
            at: String::new(),
        }
    }
}

fn tell_values(versions: &[Record], facts: &Facts, is_of: impl Fn(&str) -> bool) -> Vec<ToldValue> {
    let mut values = Vec::new();
    for same in versions.chunk_by(|a, b| a.time == b.time) {
        for (place, record) in same.iter().enumerate() {
            for won in &record.readings {
                let code = &*won.reading.code;
                if code.is_empty() || !is_of(code) {
                    continue;
                }
                let later = same.get(place + 1..).unwrap_or_default();
                let wins = !(later.iter().flat_map(|record| &record.readings))
                    .any(|other| *other.reading.code == *code);
                let mut counted = won.reading.clone();
                let validity =
                    layers::apply_reviews(&facts.reviews, record.kind, record.time, &mut counted);
                let mark = layers::find_mark(&facts.marks, record.kind, code, record.time);
                values.push(ToldValue {
                    time: record.time.to_string(),
                    factor_code: code.to_owned(),
                    received: (won.reading.values.iter())
                        .map(|(field, value)| {
                            (field.as_str().to_owned(), value.text().into_owned())
                        })
                        .collect(),
                    flag: won.reading.flag.as_deref().map(str::to_owned),
                    packet_id: won.packet_id.0,
                    received_at: won.received_at.to_string(),
                    wins,
                    mark: mark.filter(|_| wins).map(|mark| mark.mark.as_str()),
                    validity: wins.then(|| validity.as_str()),
                    effective: (counted.main_value())
                        .filter(|_| wins && validity != Validity::Invalid)
                        .map(|(_, value)| value.text().into_owned()),
                });
            }
        }
    }
    values
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a string does not fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The way back from [`hex`].
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

pub(super) fn sm3(bytes: &[u8]) -> String {
    hex(&Sm3::digest(bytes))
}

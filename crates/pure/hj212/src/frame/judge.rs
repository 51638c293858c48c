//! Judging checksums, in packets as they came and after decryption.

use super::scan::FrameSpan;
use super::{ChecksumDigits, FrameSettings, Terminator};
use crate::crc::{ChecksumRule, checksum, parse_checksum};
use crate::defect::Defect;

pub(super) struct JudgedChecksum {
    pub(super) computed: u16,
    pub(super) is_right: bool,
    pub(super) is_accepted: bool,
}

/// Compares a checksum field with its segment.
pub(super) fn judge_checksum(
    segment: &[u8],
    text: Option<&[u8]>,
    settings: &FrameSettings,
    defects: &mut Vec<Defect>,
) -> JudgedChecksum {
    let computed = checksum(segment);
    let Some((text, received)) = text.and_then(|text| Some((text, parse_checksum(text)?))) else {
        let is_accepted = settings.checksum == ChecksumRule::Off;
        return JudgedChecksum {
            computed,
            is_right: false,
            is_accepted,
        };
    };
    let expected = match settings.checksum {
        ChecksumRule::Hj212 | ChecksumRule::Off => computed,
        other => other.compute(segment),
    };
    let is_equal = expected == received;
    let is_short = text.len() < 4;
    if !is_equal {
        let looks_like = ChecksumRule::detect(segment, received);
        defects.push(Defect::ChecksumWrong {
            received,
            computed: expected,
            looks_like,
        });
    }
    if is_short {
        defects.push(Defect::ChecksumShort { digits: text.len() });
    }
    if text.iter().any(u8::is_ascii_lowercase) {
        defects.push(Defect::ChecksumLowerCase);
    }
    let is_right = is_equal && !is_short;
    let is_forgiven = (is_equal && settings.checksum_digits == ChecksumDigits::Any)
        || settings.checksum == ChecksumRule::Off;
    JudgedChecksum {
        computed,
        is_right,
        is_accepted: is_right || is_forgiven,
    }
}

/// Judges a segment after decryption against the checksum it came with.
pub(super) fn judge_decrypted(plain: &[u8], declared: usize, received: &str) -> Option<FrameSpan> {
    let settings = FrameSettings::tolerant();
    let mut defects = Vec::new();
    let judged = judge_checksum(plain, Some(received.as_bytes()), &settings, &mut defects);
    if !judged.is_accepted {
        return None;
    }
    let is_length_right = plain.len() == declared;
    if !is_length_right {
        defects.push(Defect::LengthWrong {
            declared,
            actual: plain.len(),
        });
    }
    // The rebuilt packet has a header of four digits at least.
    let start = 2 + declared.to_string().len().max(4);
    let end = start + plain.len();
    Some(FrameSpan {
        length: end + received.len(),
        terminator_length: 0,
        segment: start..end,
        checksum: end..end + received.len(),
        declared_length: declared,
        checksum_computed: judged.computed,
        is_checksum_right: judged.is_right,
        is_length_right,
        is_accepted: true,
        terminator: Terminator::Unseen,
        defects,
    })
}
